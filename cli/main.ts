import { version } from '../shared/build.js'

/** The first word decides what is loaded: `ask` and `--version` must cost hardly more than Node. */
async function main(args: string[]): Promise<void> {
  const [first] = args
  if (first === '--version' || first === '-V') {
    process.stdout.write(`${version}\n`)
    return
  }
  if (first === 'ask') {
    const { runAsk } = await import('./ask-program.js')
    return runAsk(args)
  }
  if (first === undefined) {
    const { runBareChat } = await import('./bare-chat.js')
    return runBareChat()
  }
  if (isChat(args)) {
    const { runChatProgram } = await import('./chat-program.js')
    return runChatProgram(args)
  }
  const { runProgram } = await import('./program.js')
  return runProgram(args)
}

/** Options of the chat that have a value. */
const valued = ['-s', '--session', '-m', '--model', '-r', '--role', '-o', '--param']

/** Options and no command: the chat, which needs none of the commands. */
function isChat(args: readonly string[]): boolean {
  return args.every((argument, index) => {
    const isValue = valued.includes(args[index - 1] ?? '')
    return isValue || (argument.startsWith('-') && !['-h', '--help'].includes(argument))
  })
}

void main(process.argv.slice(2))
