/** `sipwright attach`: the shell of a running server in this terminal. */

import { type Command, exitCodes, readArguments, UsageError } from './command.js'
import { connectTo } from './control-client.js'
import { frame, type Size } from './control-frame.js'

export const command: Command = {
  name: 'attach',
  summary: 'the shell of a running server in this terminal',
  usage: 'attach [PATH|PID]',
  help: `PATH|PID  the control socket or the process of the server; not needed where only one runs

What is typed is evaluated in the server. Several may attach at once. Ctrl-D leaves, and the server goes on; should it not
answer any more, Ctrl-] leaves, too. Without a terminal it answers the lines of standard input one by one.`,
  run,
}

/** Ctrl-], which no shell needs. */
const ESCAPE = '\x1d'

async function run(args: readonly string[]): Promise<number> {
  const { positionals } = readArguments(args, {})
  const [path, extra] = positionals
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many`)
  const socket = await connectTo(path)
  const { stdin, stdout } = process
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true
  socket.write(frame({ kind: 'attach', isTerminal, hasColors: isTerminal && stdout.hasColors(), ...size() }))
  if (isTerminal) {
    stdin.setRawMode(true)
    stdout.on('resize', () => socket.write(frame({ kind: 'resized', ...size() })))
  }
  stdin.setEncoding('utf8').on('data', (text: string) => {
    if (isTerminal && text.includes(ESCAPE)) socket.destroy()
    else if (!socket.destroyed) socket.write(frame({ kind: 'typed', text }))
  })
  stdin.once('end', () => socket.destroyed || socket.write(frame({ kind: 'end' })))
  socket.pipe(stdout, { end: false })
  // The end of the server is no error of ours.
  socket.on('error', () => socket.destroy())
  await new Promise(resolve => socket.once('close', resolve))
  if (isTerminal) stdin.setRawMode(false)
  stdin.destroy()
  return exitCodes.ok
}

function size(): Size {
  return { columns: process.stdout.columns ?? 80, rows: process.stdout.rows ?? 24 }
}
