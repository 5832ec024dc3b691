/** The shell: JavaScript with a running stack in it, and words to look at the stack. */

import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type REPLServer, start } from 'node:repl'
import type { SipStack } from '../apps/sip/sip.js'
import { display } from './display.js'
import { pipedLines } from './piped-lines.js'

interface Word {
  readonly name: string
  readonly what: string
  run(): unknown
}

/** Settles when the user leaves. */
export function openRepl(stack: SipStack): Promise<void> {
  const repl = process.stdin.isTTY === true ? onTerminal() : onPipe()
  const words = wordsOf(stack)
  for (const { name, run } of words) repl.context[name] = run
  repl.context['stack'] = stack
  awaitResults(repl)
  return new Promise(resolve => repl.once('exit', resolve))
}

function onTerminal(): REPLServer {
  const repl = start({ prompt: 'sipwright> ', ignoreUndefined: true, writer: value => display(value, repl.useColors) })
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
  repl.displayPrompt = ready
  return repl
}

function wordsOf(stack: SipStack): readonly Word[] {
  const words: readonly Word[] = [
    { name: 'help', what: 'this list', run: () => helpText(words) },
    { name: 'cores', what: 'what answers requests, and how many each has had', run: () => stack.cores() },
    { name: 'transactions', what: 'the transactions that go on, and their states', run: () => stack.transactions() },
    { name: 'tree', what: 'the actors of every thread, each under the one that started it', run: () => stack.tree() },
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

/** A result that is a promise is awaited as if `await` had been typed; Ctrl-C stops the waiting. */
function awaitResults(repl: REPLServer): void {
  const evaluate = repl.eval
  const value: typeof evaluate = function (this: REPLServer, code, context, file, done) {
    evaluate.call(this, code, context, file, (error, result: unknown) => {
      if (error !== null || !isThenable(result)) return done(error, result)
      context['pending'] = result
      evaluate.call(this, 'await pending\n', context, file, done)
    })
  }
  // Typed as read-only, though the server looks it up for each line.
  Object.defineProperty(repl, 'eval', { value })
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
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
