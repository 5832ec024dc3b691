/** The shell: JavaScript with a running stack in it, and words to look at the stack. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type REPLServer, start } from 'node:repl'
import type { SipStack, Trace } from '../apps/sip/sip.js'
import { display } from './display.js'
import { awaitResults } from './evaluation.js'
import { pipedLines } from './piped-lines.js'
import { printAbove, terminal } from './prompt-line.js'

interface Word {
  readonly name: string
  readonly what: string
  /** How its arguments are typed. */
  readonly takes?: string
  run(...args: readonly string[]): unknown
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
    { name: 'transactions', what: 'transactions and their states, asleep or not', run: () => stack.transactions() },
    {
      name: 'dialogs',
      what: 'the dialogs that there are, and what uses them',
      run: async () => (await stack.dialogs()).map(({ usages, ...rest }) => ({ ...rest, usages: usages.join(' ') })),
    },
    { name: 'tree', what: 'the actors of every thread, each under the one that started it', run: () => stack.tree() },
    {
      name: 'targets',
      what: 'servers that did not answer lately, and are tried last for a while',
      run: () => stack.targets(),
    },
    { name: 'census', what: 'how much there is of everything: all 0 when nothing goes on', run: () => stack.census() },
    {
      name: 'counters',
      what: 'what was counted: messages, and what of them was odd, refused or lost',
      run: () => stack.counters(),
    },
    ...(stack.trace === undefined ? [] : traceWords(stack.trace)),
  ]
  return words
}

/** Where a Call-ID can be given the latest call is meant without. */
function traceWords(trace: Trace): readonly Word[] {
  const named = (callId: string | undefined): string => callId ?? trace.calls(1)[0]?.callId ?? ''
  const unknown = (callId: string | undefined): string => `nothing is known of ${callId ?? 'any call'}`
  return [
    { name: 'calls', what: 'the latest Call-IDs, and what they were about', run: () => trace.calls() },
    {
      name: 'ladder',
      takes: "'CALL-ID'",
      what: 'the messages of a call, of the latest one without a Call-ID',
      run: callId => trace.ladder(named(callId)) ?? unknown(callId),
    },
    {
      name: 'mermaid',
      takes: "'CALL-ID'",
      what: 'the same as a Mermaid diagram',
      run: callId => trace.mermaid(named(callId)) ?? unknown(callId),
    },
    {
      name: 'exportPcap',
      takes: "'FILE', 'CALL-ID'",
      what: 'writes a file for Wireshark or sngrep, of all messages without a Call-ID',
      run: (file, callId) => {
        if (file === undefined) return "name the file: exportPcap('trace.pcap')"
        writeFileSync(file, trace.pcap(callId === undefined ? {} : { callId }), { mode: 0o600 })
        return `written to ${file}`
      },
    },
  ]
}

function helpText(words: readonly Word[]): string {
  const rows = [
    ...words.map(({ name, takes = '', what }) => [`${name}(${takes})`, what] as const),
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
