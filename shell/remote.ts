/** Words for a running server as commands of their own: `sipwright show transactions`, from a script or a terminal. */

import { once } from 'node:events'
import { resolve } from 'node:path'
import { type Command, exitCodes, UsageError } from './command.js'
import { connectTo } from './control-client.js'
import { frame, frames, type Greeting, type Said } from './control-frame.js'
import { didYouMean } from './did-you-mean.js'
import type { Word } from './word.js'
import { wordNamed } from './words.js'

/** Throws UsageError for a name that is no word. */
export function remote(name: string): Command {
  const { what, takes = '' } = wordNamed(name)
  return {
    name,
    summary: `of a running server: ${what}`,
    usage: `${name} ${takes} [--control PATH|PID] [--json]`.replace('  ', ' '),
    help: `--control PATH|PID  the control socket or the process of the server; not needed where only one runs
--json              print data, as JSON

The same can be typed in the shell of the server: see sipwright attach.`,
    run: args => run(name, args),
  }
}

/** What is wrong anyway needs no server to say so. */
function expectOptions(args: readonly string[], { takes = '' }: Word): void {
  const known = [...(takes.match(/--[\w-]+/g) ?? []), '--control', '--json']
  for (const arg of args) {
    if (arg === '--') return
    const [, option] = /^(--?[a-z][\w-]*)/i.exec(arg) ?? []
    if (option !== undefined && !known.includes(option)) {
      throw new UsageError(`unknown option ${option}${didYouMean(option, known)}`)
    }
  }
}

async function run(name: string, given: readonly string[]): Promise<number> {
  const words = given.flatMap(arg => (/^--(control|to)=/.test(arg) ? arg.split(/=(.*)/s, 2) : [arg]))
  const at = words.indexOf('--control')
  const path = at < 0 ? undefined : words[at + 1]
  if (at >= 0 && !path) throw new UsageError('--control takes a path, or the number of a process')
  const args = words.filter((arg, index) => arg !== '--json' && (at < 0 || (index !== at && index !== at + 1)))
  // Files are named from where the command is typed, not from where the server runs.
  const to = args.indexOf('--to') + 1
  if (to > 0 && args[to]) args[to] = resolve(args[to])
  expectOptions(args, wordNamed(name))
  const socket = await connectTo(path)
  const { stdout } = process
  const greeting: Greeting = {
    kind: 'word',
    words: [name, ...args],
    asData: given.includes('--json'),
    ...(stdout.isTTY ? { screen: { columns: stdout.columns, rows: stdout.rows } } : {}),
  }
  socket.write(frame(greeting))
  for await (const said of frames<Said>(socket)) {
    switch (said.kind) {
      case 'said':
        stdout.write(`${said.text}\n`)
        break
      case 'drawn':
        stdout.write(said.text)
        break
      case 'file':
        stdout.write(Buffer.from(said.octets, 'base64'))
        break
      case 'done':
        socket.destroy()
        if (said.why !== '') console.error(`sipwright ${name}: ${said.why}`)
        return said.code
    }
  }
  await once(socket, 'close')
  console.error(`sipwright ${name}: the server ended before it answered`)
  return exitCodes.environment
}
