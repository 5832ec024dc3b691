/** `show`: what a running stack holds and does, as tables or as data. */

import type { DialogState, SipStack } from '../apps/sip/sip.js'
import { readArguments, UsageError, wholeNumber } from './command.js'
import { didYouMean } from './did-you-mean.js'
import { display } from './display.js'
import type { Word } from './word.js'

interface Topic {
  readonly what: string
  /** At most `most` of them, where there may be many. */
  data(stack: SipStack, most: number): unknown
  /** For people, where that is not the data as a table. */
  text?(stack: SipStack, most: number): unknown
  /** Set where the main thread knows it all. */
  readonly isMains?: true
}

/** Rows of a topic that are shown unless `--most` says otherwise. */
const MOST = 100
/** More of them would hold up the server that has to list them. */
const LARGEST = 10_000

const topics: Readonly<Record<string, Topic>> = {
  transactions: {
    what: 'transactions and their states, asleep or not',
    data: (stack, most) => stack.transactions(most),
  },
  dialogs: {
    what: 'the dialogs that there are, and what uses them',
    data: (stack, most) => stack.dialogs(most),
    text: async (stack, most) => (await stack.dialogs(most)).map(row),
  },
  sessions: {
    what: 'the calls among them',
    data: sessions,
    text: async (stack, most) => (await sessions(stack, most)).map(row),
  },
  cores: { what: 'what answers requests, and how many each has had', data: stack => stack.cores() },
  listeners: { what: 'where it listens', data: stack => stack.listening.map(listener), isMains: true },
  connections: { what: 'the connections that are open', data: (stack, most) => stack.connections(most), isMains: true },
  targets: {
    what: 'servers that did not answer lately, and are tried last for a while',
    data: stack => stack.targets(),
  },
  timers: { what: 'the timers that fire next', data: (stack, most) => stack.timers(most) },
  shards: { what: 'the threads: how late they are, what each holds', data: stack => stack.shards() },
  counters: {
    what: 'what was counted: messages, and what of them was odd, refused or lost',
    data: stack => stack.counters(),
    text: async stack => flat(await stack.counters()),
  },
  intake: { what: 'how much of what came was not let in', data: stack => stack.intake, isMains: true },
  bans: { what: 'the sources that are not heard at the moment', data: stack => stack.bans(), isMains: true },
  actors: {
    what: 'the actors of every thread, each under the one that started it',
    data: (stack, most) => stack.actors(most),
    text: stack => stack.tree(),
  },
  census: { what: 'how much there is of everything: all 0 when nothing goes on', data: stack => stack.census() },
}

/** What `show` takes. */
export const topicNames: readonly string[] = Object.keys(topics)

/** A topic as rows of names and values; one thing is one row. */
export async function topicRows(stack: SipStack, name: string, most: number): Promise<readonly object[]> {
  const topic = topics[name]
  const data = name === 'actors' ? topic?.data(stack, most) : (topic?.text ?? topic?.data)?.(stack, most)
  const [rows, silent] = await Promise.all([data, topic?.isMains ? [] : silentThreads(stack)])
  return [rows].flat().filter(isObject).concat(silent.map(unanswered))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** What a topic has to show, and which threads did not answer: as lines below, or in the data. */
export async function shown(
  stack: SipStack,
  { data, text, isMains }: Topic,
  most: number,
  asData: boolean,
): Promise<unknown> {
  const asked = asData || text === undefined ? data(stack, most) : text(stack, most)
  const [value, silent] = await Promise.all([asked, isMains ? [] : silentThreads(stack)])
  if (silent.length === 0) return value
  if (!asData) return [display(value, false), ...silent.map(silence)].join('\n')
  if (Array.isArray(value)) return [...value, ...silent.map(unanswered)]
  return isObject(value) ? { ...value, unanswered: silent } : value
}

/** The threads that do not answer, and are left out of what others are asked for at the same time. */
export async function silentThreads(stack: SipStack): Promise<readonly number[]> {
  const slots = stack.threads()
  if (slots.length === 0) return []
  const answered = new Set((await stack.shards()).map(({ thread }) => thread))
  return slots.filter(slot => !answered.has(slot))
}

function unanswered(thread: number): object {
  return { thread, unanswered: true }
}

export function silence(thread: number): string {
  return `thread ${thread} did not answer`
}

/** Shows one topic; its words are those of the command line. */
export const show: Word = {
  name: 'show',
  takes: `${Object.keys(topics).join(' | ')} [--most N]`,
  what: 'what there is, and what goes on, by topic',
  next: () => Object.keys(topics),
  run(args, { server: { stack } }, asData) {
    const { values, positionals } = readArguments(args, { most: { type: 'string' } })
    const [name, extra] = positionals
    if (name === undefined) throw new UsageError(`show what? ${Object.keys(topics).join(', ')}`)
    if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many`)
    const most = wholeNumber('--most', values.most, [1, LARGEST]) ?? MOST
    const topic = Object.hasOwn(topics, name) ? topics[name] : undefined
    if (topic === undefined) {
      const meant = didYouMean(name, Object.keys(topics)) || `, but ${Object.keys(topics).join(', ')}`
      throw new UsageError(`there is no ${name} to show${meant}`)
    }
    return shown(stack, topic, most, asData)
  },
}

/** Each topic as a word of its own: `cores` for `show cores`. */
export const shortcuts: readonly Word[] = Object.entries(topics).map(([name, { what }]) => ({
  name,
  what,
  run: (args, session, asData) => show.run([name, ...args], session, asData),
}))

async function sessions(stack: SipStack, most: number): Promise<readonly DialogState[]> {
  return (await stack.dialogs(most)).filter(({ usages }) => usages.includes('invite'))
}

function row({ usages, ...dialog }: DialogState): object {
  return { ...dialog, usages: usages.join(' ') }
}

function listener(place: string): object {
  const [, transport = '', address = '', port = ''] = /^(\w+):(.*):(\d+)$/.exec(place) ?? []
  return { transport: transport.toUpperCase(), address, port: Number(port) }
}

/** Counts within counts get names of two words. */
function flat(counts: object): Record<string, number> {
  const pairs = Object.entries(counts).flatMap(([name, count]: [string, unknown]): (readonly [string, number])[] => {
    if (typeof count === 'number') return [[name, count]]
    const inside: [string, unknown][] = typeof count === 'object' && count !== null ? Object.entries(count) : []
    return inside.flatMap(([inner, value]) => (typeof value === 'number' ? [[`${name} ${inner}`, value] as const] : []))
  })
  return Object.fromEntries(pairs)
}
