/** The shape of a sub-command of `sipwright`, and how each reads its arguments. */

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { didYouMean } from './did-you-mean.js'

/**
 * What the process ends with. Negative is whatever the other side makes of it: a refusal, silence, nobody there, no way to it.
 * Environment is what this machine lacks before anybody is asked: a file, a port, for `resolve` a DNS that answers.
 */
export const exitCodes = { ok: 0, negative: 1, usage: 2, environment: 3 } as const

export interface Command {
  readonly name: string
  /** What it does, as one line of the list of commands. */
  readonly summary: string
  /** How it is typed, without the program's name: `ping URI [--count N]`. */
  readonly usage: string
  /** What its arguments mean, one per line. */
  readonly help: string
  /**
   * Resolves with one of `exitCodes`. A rejection with UsageError, UnreachableError, EnvironmentError or ListenError becomes one
   * line on standard error and the exit code that is due.
   */
  run(args: readonly string[]): Promise<number>
}

/** The command line makes no sense; the message is one line that says how to mend it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Whoever is to be asked cannot be; the message is one line that says why. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** What the machine does not let: a file that cannot be read, for one; the message is one line. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
}

type Options = NonNullable<ParseArgsConfig['options']>
type Arguments<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>
>

/** Reads options and the other words; throws UsageError for what is unknown or lacks a value. */
export function readArguments<O extends Options>(args: readonly string[], options: O): Arguments<O> {
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name in options) continue
    const known = Object.keys(options).map(name => `--${name}`)
    throw new UsageError(`unknown option ${token.rawName}${didYouMean(token.rawName, known)}`)
  }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(error.message.split('\n')[0]?.replace(/\.$/, '') ?? '')
  }
}

/** The words that are no options, exactly as many as are named. */
export function expectWords(words: readonly string[], ...names: readonly string[]): readonly string[] {
  const missing = names[words.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing`)
  const extra = words[names.length]
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many`)
  return words
}

/** The value of an option as ms: a whole number of them, or of seconds or minutes, as `30s` and `2m`; throws UsageError for anything else. */
export function milliseconds(
  option: string,
  text: string | undefined,
  range: readonly [number, number],
): number | undefined {
  if (text === undefined) return undefined
  const [least, most] = range
  const [, count, unit = 'ms'] = /^(\d{1,9})(ms|s|m)?$/.exec(text) ?? []
  const value = count === undefined ? Number.NaN : Number(count) * (unit === 'm' ? 60_000 : unit === 's' ? 1000 : 1)
  if (value >= least && value <= most) return value
  throw new UsageError(`${option} must be a whole number of ms from ${least} to ${most}, or such as 5s, not "${text}"`)
}

/** The value of an option as a whole number; throws UsageError for anything else. */
export function wholeNumber(
  option: string,
  text: string | undefined,
  range: readonly [number, number],
): number | undefined {
  if (text === undefined) return undefined
  const [least, most] = range
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`${option} must be a whole number from ${least} to ${most}, not "${text}"`)
}
