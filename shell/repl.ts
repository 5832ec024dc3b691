/** The shell: JavaScript with a running stack in it, and words to look at the stack. */

import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type REPLServer, start } from 'node:repl'
import type { Readable, Writable } from 'node:stream'
import { display } from './display.js'
import { awaitResults } from './evaluation.js'
import { misspoken, valueOrWord } from './misspoken.js'
import { pipedLines } from './piped-lines.js'
import { aboveLine, printAbove, terminal } from './prompt-line.js'
import type { Server } from './server.js'
import { TraceLines } from './trace-lines.js'
import type { Screen, Session } from './word.js'
import { answer, completions, spoken, words } from './words.js'

/** Where somebody types. Without a terminal there is no prompt, and lines are answered one by one. */
export interface Desk {
  readonly input: Readable
  readonly output: Writable & { readonly columns?: number; readonly rows?: number }
  readonly isTerminal: boolean
  readonly hasColors: boolean
}

/** On the terminal or the pipe of this process. Settles when the user leaves, or `until` has settled. */
export function openRepl(server: Server, until?: Promise<void>): Promise<void> {
  const isTerminal = process.stdin.isTTY === true
  const output = isTerminal ? terminal() : process.stdout
  const hasColors = isTerminal && process.stdout.hasColors()
  const { repl, above, left } = talk(server, { input: process.stdin, output, isTerminal, hasColors })
  if (isTerminal) printAbove(repl, above)
  const leave = (): void => repl.close()
  until?.then(leave, leave)
  return left
}

export interface Talk {
  readonly repl: REPLServer
  /** Prints without harm to what is being typed. */
  readonly above: (print: () => unknown) => unknown
  readonly left: Promise<void>
}

/** A prompt at a desk. */
export function talk(server: Server, desk: Desk): Talk {
  const { input, output, isTerminal, hasColors } = desk
  const piped = isTerminal ? undefined : pipedLines(input)
  const repl = start({
    prompt: isTerminal ? 'sipwright> ' : '',
    ignoreUndefined: true,
    breakEvalOnSigint: isTerminal,
    terminal: isTerminal,
    preview: false,
    input: piped?.input ?? input,
    output,
    writer: value => display(value, hasColors),
  })
  const evaluation = awaitResults(
    repl,
    line => (spoken(line) === undefined ? valueOrWord(line) : `sipwrightAnswer(${JSON.stringify(line)})\n`),
    (line, error) => misspoken(line, error, name => name in repl.context),
  )
  const above = isTerminal ? aboveLine(repl, output, () => !evaluation.goesOn) : (print: () => unknown) => print()
  const session = sessionOf(server, desk, repl, above)
  fill(repl, session)
  if (piped === undefined) {
    keepHistory(repl)
    complete(repl, session)
  } else repl.displayPrompt = piped.ready
  const left = new Promise<void>(resolve => {
    repl.once('exit', () => {
      session.tracing.off()
      resolve()
    })
  })
  return { repl, above, left }
}

function sessionOf(server: Server, { output, isTerminal }: Desk, repl: REPLServer, above: Talk['above']): Session {
  const print = (text: string): void => void above(() => output.write(`${text}\n`))
  const screen: Screen = {
    get columns() {
      return output.columns ?? 80
    },
    get rows() {
      return output.rows ?? 24
    },
    write: text => void output.write(text),
  }
  return {
    server,
    print,
    tracing: new TraceLines(server.stack, print),
    screen: isTerminal ? screen : undefined,
    enough: () =>
      new Promise(resolve => {
        repl.once('SIGINT', resolve)
        repl.once('exit', resolve)
      }),
  }
}

/** Each word is a function, too, whose arguments are its words. */
function fill(repl: REPLServer, session: Session): void {
  for (const { name, run } of words) {
    repl.context[name] = (...args: readonly unknown[]) => run(args.map(String), session, false)
  }
  repl.context['stack'] = session.server.stack
  // Looked up each time: an application that is loaded anew brings them anew.
  const { applications } = session.server
  for (const name of Object.keys(applications.inShell)) {
    Object.defineProperty(repl.context, name, { configurable: true, get: () => applications.inShell[name] })
  }
  const hidden = { configurable: true, enumerable: false }
  Object.defineProperty(repl.context, 'sipwrightAnswer', { ...hidden, value: (line: string) => answer(line, session) })
}

/** Behind a word, what may follow it; else what Node completes. */
function complete(repl: REPLServer, session: Session): void {
  const { completer } = repl
  const value = (line: string, done: (error: null, found: readonly [readonly string[], string]) => void): void => {
    const found = completions(line, session)
    if (found !== undefined) done(null, found)
    else if (completer !== undefined) Reflect.apply(completer, repl, [line, done])
  }
  // Typed as read-only, though the server looks it up for each Tab.
  Object.defineProperty(repl, 'completer', { value })
}

/** In the folder that the XDG specification gives to such files; without it there is no history. */
function keepHistory(repl: REPLServer): void {
  const folder = join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'sipwright')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch {
    return
  }
  repl.setupHistory(join(folder, 'history'), () => undefined)
}
