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
  const { runProgram } = await import('./program.js')
  return runProgram(args)
}

void main(process.argv.slice(2))
