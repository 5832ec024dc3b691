/** The shell: JavaScript with a running stack in it, and words to look at the stack. */

import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type REPLServer, start } from 'node:repl'
import type { SipStack } from '../apps/sip/sip.js'
import { display } from './display.js'
import { awaitResults } from './evaluation.js'
import { pipedLines } from './piped-lines.js'
import { printAbove, terminal } from './prompt-line.js'

interface Word {
  readonly name: string
  readonly what: string
  run(): unknown
}

/** Settles when the user leaves, or `until` has settled. */
export function openRepl(stack: SipStack, until?: Promise<void>): Promise<void> {
  const repl = process.stdin.isTTY === true ? onTerminal() : onPipe()
  const words = wordsOf(stack)
  for (const { name, run } of words) repl.context[name] = run
  repl.context['stack'] = stack
  const leave = (): void => repl.close()
  until?.then(leave, leave)
  return new Promise(resolve => repl.once('exit', resolve))
}

function onTerminal(): REPLServer {
  const screen = terminal()
  const repl = start({
    prompt: 'sipwright> ',
    ignoreUndefined: true,
    breakEvalOnSigint: true,
    terminal: true,
    input: process.stdin,
    output: screen,
    writer: value => display(value, repl.useColors),
  })
  const evaluation = awaitResults(repl)
  printAbove(repl, screen, () => !evaluation.goesOn)
  keepHistory(repl)
  return repl
}

function onPipe(): REPLServer {
  const { input, ready } = pipedLines(process.stdin)
  const repl = start({
    prompt: '',
    ignoreUndefined: true,
    input,
    output: process.stdout,
    writer: value => display(value, false),
  })
  awaitResults(repl)
  repl.displayPrompt = ready
  return repl
}

function wordsOf(stack: SipStack): readonly Word[] {
  const words: readonly Word[] = [
    { name: 'help', what: 'this list', run: () => helpText(words) },
    { name: 'cores', what: 'what answers requests, and how many each has had', run: () => stack.cores() },
    { name: 'transactions', what: 'the transactions that go on, and their states', run: () => stack.transactions() },
    { name: 'tree', what: 'the actors of every thread, each under the one that started it', run: () => stack.tree() },
    {
      name: 'targets',
      what: 'servers that did not answer lately, and are tried last for a while',
      run: () => stack.targets(),
    },
    { name: 'census', what: 'how much there is of everything: all 0 when nothing goes on', run: () => stack.census() },
  ]
  return words
}

function helpText(words: readonly Word[]): string {
  const rows = [
    ...words.map(({ name, what }) => [`${name}()`, what] as const),
    ['stack', "the stack itself: stack.invite(uri), stack.request('OPTIONS', uri), stack.register(core)"] as const,
    ['.exit', 'ends it, as Ctrl-D does'] as const,
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return [...rows.map(([name, what]) => `  ${name.padEnd(width)}  ${what}`), '', '  Promises are awaited.'].join('\n')
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
