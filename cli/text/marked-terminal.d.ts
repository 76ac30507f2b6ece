// marked-terminal brings no types of its own; this is what painter.ts uses.
declare module 'marked-terminal' {
  type Style = (text: string) => string

  type Options = {
    [name in
      | 'code'
      | 'blockquote'
      | 'html'
      | 'heading'
      | 'firstHeading'
      | 'hr'
      | 'listitem'
      | 'table'
      | 'paragraph'
      | 'strong'
      | 'em'
      | 'codespan'
      | 'del'
      | 'link'
      | 'href']?: Style
  } & {
    width?: number
    tab?: number
    reflowText?: boolean
    emoji?: boolean
    unescape?: boolean
    showSectionPrefix?: boolean
  }

  export function markedTerminal(options?: Options): import('marked').MarkedExtension
}
