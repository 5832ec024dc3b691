/** All the words, and how each is found in what somebody types. */

import { EnvironmentError, UsageError } from './command.js'
import { developing } from './developing.js'
import { didYouMean } from './did-you-mean.js'
import { drain } from './ending.js'
import { connection, dialog, loglevel } from './operating.js'
import { calls, exporting, ladder, tracing } from './recording.js'
import { shortcuts, show } from './show.js'
import { where } from './where.js'
import { Refusal, type Session, type Word, wordsIn } from './word.js'

const help: Word = {
  name: 'help',
  takes: '[WORD]',
  what: 'this list, or what one word is',
  next: () => words.map(({ name }) => name),
  run: (args, { server: { applications } }) => helpText(args, applications.inShell),
}

export const words: readonly Word[] = [
  help,
  show,
  ...shortcuts,
  calls,
  ladder,
  exporting,
  tracing,
  dialog,
  connection,
  loglevel,
  where,
  ...developing,
  drain,
]

/** Throws UsageError where there is none of that name. */
export function wordNamed(name: string): Word {
  const word = words.find(each => each.name === name)
  if (word === undefined) throw new UsageError(`there is no word ${name}`)
  return word
}

/** The word that a line begins with, and its arguments; undefined where the line is JavaScript. */
export function spoken(line: string): { readonly word: Word; readonly args: readonly string[] } | undefined {
  const [, name = '', rest = ''] = /^\s*([A-Za-z]+)(?:\s+([^=(.[?&|+*/%<>,;:!^].*?))?\s*$/s.exec(line) ?? []
  const word = words.find(each => each.name === name)
  const args = wordsIn(rest)
  return word === undefined || args === undefined ? undefined : { word, args }
}

/** What a line of words gives. What cannot be had is told in its own words. */
export async function answer(line: string, session: Session): Promise<unknown> {
  const { word, args } = spoken(line) ?? {}
  const asData = args?.includes('--json') === true
  try {
    const value: unknown = await word?.run(args?.filter(arg => arg !== '--json') ?? [], session, asData)
    return asData ? JSON.stringify(value, undefined, 2) : value
  } catch (error) {
    const isTold = error instanceof UsageError || error instanceof EnvironmentError || error instanceof Refusal
    if (isTold) return error.message
    throw error
  }
}

/** What may follow, for completion: the words that go on with the last one, and that one. */
export function completions(line: string, session: Session): readonly [string[], string] | undefined {
  const [, name = '', begun = ''] = /^\s*([A-Za-z]+)\s+(?:.*\s)?(\S*)$/.exec(line) ?? []
  const next = words.find(each => each.name === name)?.next?.(session)
  return next && [next.filter(each => each.startsWith(begun)), begun]
}

function helpText([asked]: readonly string[], inShell: Readonly<Record<string, unknown>>): string {
  const rows = [
    ...words.map(({ name, takes = '', what }) => [`${name} ${takes}`.trimEnd(), what] as const),
    ...Object.entries(inShell).map(([name, value]) => [name, `of an application: ${membersOf(name, value)}`] as const),
    ['stack', "the stack itself: stack.invite(uri), stack.request('OPTIONS', uri), stack.register(core)"] as const,
    ['.exit', 'leaves, as Ctrl-D does'] as const,
  ]
  if (asked !== undefined) {
    const found = rows.find(([left]) => left.split(' ')[0] === asked)
    const names = rows.map(([left]) => left.split(' ')[0] ?? '')
    if (found === undefined) throw new UsageError(`there is no word ${asked}${didYouMean(asked, names)}`)
    return found.join('\n  ')
  }
  const lines = rows.map(([left, what]) =>
    left.length > 22 ? `  ${left}\n${' '.repeat(26)}${what}` : `  ${left.padEnd(22)}  ${what}`,
  )
  return [
    ...lines,
    '',
    '  These are functions, too: show("census"), ladder(). Behind any of them --json gives data.',
    '  All else is JavaScript; promises are awaited.',
  ].join('\n')
}

/** What can be called of a value: `hang.call(), hang.bye()`. */
function membersOf(name: string, value: unknown): string {
  if (typeof value === 'function') return `${name}()`
  if (typeof value !== 'object' || value === null) return String(value)
  const names = [...Object.getOwnPropertyNames(Object.getPrototypeOf(value) ?? {}), ...Object.keys(value)]
  const called = names.filter(each => each !== 'constructor' && typeof Reflect.get(value, each) === 'function')
  return called.map(each => `${name}.${each}()`).join(', ')
}
