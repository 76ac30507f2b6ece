// How a client's file is bundled that measures text. What that needs takes twenty milliseconds to make,
// which every command would spend at its start, and most texts need none of it.
import { join } from 'node:path'
import { replaced } from './replaced.mjs'

/** esbuild's `define` beside the common one. */
export const leanTextDefine = { 'Intl.Segmenter': '__Segmenter' }

/** esbuild's `inject` for it. */
export const leanTextInject = (root) => [join(root, 'scripts', 'lean-segmenter.mjs')]

export function leanStringWidth(root) {
  return {
    name: 'lean-string-width',
    setup({ onLoad, onResolve }) {
      // One version of it for all, the one that we measure with.
      onResolve({ filter: /^string-width$/ }, () => ({
        path: join(root, 'node_modules', 'string-width', 'index.js'),
      }))
      // Sixteen milliseconds to compile, and most screens have no emoji.
      onLoad({ filter: /node_modules[\\/]string-width[\\/]index\.js$/ }, ({ path }) => ({
        contents: replaced(path, [
          [
            'const rgiEmojiRegex = /^\\p{RGI_Emoji}$/v;',
            'let rgi; const rgiEmojiRegex = { test: (text) => maybeEmoji.test(text) && (rgi ??= /^\\p{RGI_Emoji}$/v).test(text) };\n' +
              'const maybeEmoji = /\\p{Emoji_Presentation}|\\p{RI}|[\\u200d\\u20e3\\ufe0f\\u{1f3fb}-\\u{1f3ff}\\u{e0020}-\\u{e007f}]/u;',
          ],
        ]),
      }))
    },
  }
}
