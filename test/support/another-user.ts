import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

/** Only root can be somebody else, and only Linux tells of it. */
export const canBeAnother = process.platform === 'linux' && process.getuid?.() === 0

/** Nobody's. */
export const anotherUser = 65_534

/** Says its port, then what it is asked; answers everything with LiteLLM's liveliness. */
const program = (port: number, host: string): string => `
const server = require('http').createServer((request, response) => {
  console.log(request.method + ' ' + request.url)
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify("I'm alive!"))
})
server.listen(${port}, '${host}', () => console.log(server.address().port))`

/** A process of another user that listens and says it is LiteLLM, until the test ends. */
export async function listenAsAnother({
  port = 0,
  host = '127.0.0.1',
}): Promise<{ port: number; url: string; heard: string[] }> {
  const identity = { uid: anotherUser, gid: anotherUser, cwd: '/' }
  const child = spawn(process.execPath, ['-e', program(port, host)], identity)
  onTestFinished(() => void child.kill())
  const heard: string[] = []
  const [said] = await once(child.stdout, 'data')
  child.stdout.on('data', (line) => heard.push(String(line)))
  const bound = Number(said)
  return { port: bound, url: `http://127.0.0.1:${bound}`, heard }
}
