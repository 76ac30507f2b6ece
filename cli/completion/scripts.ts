import { filesReply, type Shell } from './reply.js'

const command = 'c2a'
const files = filesReply.trim()

const bash = `# c2a completion bash: in ~/.bashrc  eval "$(${command} completion bash)"
_c2a() {
  local line replies reply
  line="\${COMP_LINE:0:COMP_POINT}"
  COMPREPLY=()
  replies="$("\${COMP_WORDS[0]}" completion bash --line "$line" 2>/dev/null)" || return
  if [ "$replies" = $'\\t${files}' ]; then
    compopt -o default 2>/dev/null
    return
  fi
  while IFS= read -r reply; do
    [ -n "$reply" ] && COMPREPLY+=("$reply")
  done <<< "$replies"
  case "\${COMPREPLY[0]}" in *=) [ "\${#COMPREPLY[@]}" -eq 1 ] && compopt -o nospace 2>/dev/null ;; esac
}
complete -F _c2a ${command}
`

const zsh = `#compdef ${command}
# c2a completion zsh: in ~/.zshrc, after compinit  eval "$(${command} completion zsh)"
_c2a() {
  local line reply
  local -a replies words_ about
  line="\${(j: :)words[1,CURRENT]}"
  replies=("\${(@f)$("\${words[1]}" completion zsh --line "$line" 2>/dev/null)}")
  if [[ "$replies[1]" == $'\\t${files}' ]]; then
    _files
    return
  fi
  for reply in "\${replies[@]}"; do
    [[ -n "$reply" ]] || continue
    words_+=("\${reply%%$'\\t'*}")
    about+=("\${reply//$'\\t'/  }")
  done
  compadd -M 'm:{a-zA-Z}={A-Za-z}' -l -d about -a words_
}
if [ "$funcstack[1]" = "_c2a" ]; then _c2a "$@"; else compdef _c2a ${command}; fi
`

const fish = `# c2a completion fish: in ~/.config/fish/config.fish  c2a completion fish | source
function __c2a_complete
    set -l line (commandline -cp)
    set -l program (string split -f 1 ' ' -- (string trim -l -- $line))
    set -l replies ($program completion fish --line "$line" 2>/dev/null)
    if test "$replies[1]" = \\t'${files}'
        __fish_complete_path (commandline -ct)
        return
    end
    printf '%s\\n' $replies
end
complete -c ${command} -f -a '(__c2a_complete)'
`

/** What a shell reads to complete command lines of c2a; each key asks c2a itself. */
export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish }
