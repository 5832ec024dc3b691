/** A selection of scenarios: which files, over which transports, in which time. Written as `NAME.spec.json`. */

import type { ProfileName } from './conditions.js'
import type { TransportName } from './raw-transport.js'
import type { Scenario } from './run.js'
import type { Mode } from './setting.js'

export interface SpecFile {
  /** Files of scenarios, relative to the selection. */
  readonly scenarios: readonly string[]
  /** Other selections, relative to this one; each with transports and modes of its own. */
  readonly include: readonly string[]
  readonly transports: readonly TransportName[]
  readonly modes: readonly Mode[]
  readonly profiles: readonly ProfileName[]
}

const transportNames: readonly TransportName[] = ['udp', 'tcp']
const keys: readonly string[] = ['scenarios', 'include', 'transports', 'modes', 'profiles']
const modes: readonly Mode[] = ['virtual', 'loopback']
const profileNames: readonly ProfileName[] = ['clean', 'lossy', 'chaos']

/** Throws TypeError, with a sentence that says what is wrong. */
export function parseSpecFile(text: string): SpecFile {
  const given = parseObject(text)
  for (const key of Object.keys(given)) {
    if (!keys.includes(key)) throw new TypeError(`"${key}" is not known`)
  }
  return {
    scenarios: words(given, 'scenarios', []),
    include: words(given, 'include', []),
    transports: words(given, 'transports', transportNames).map(word => oneOf(word, transportNames, 'a transport')),
    modes: words(given, 'modes', ['virtual']).map(word => oneOf(word, modes, 'a mode')),
    profiles: words(given, 'profiles', ['clean']).map(parseProfile),
  }
}

/** `udp,tcp` as transports. Throws TypeError for anything else. */
export function parseTransports(text: string): readonly TransportName[] {
  return text.split(',').map(word => oneOf(word.trim(), transportNames, 'a transport'))
}

/** Throws TypeError for what is no profile. */
export function parseProfile(word: string): ProfileName {
  return oneOf(word, profileNames, 'a profile')
}

/** The scenarios that a module exports by default. Throws TypeError when they are none. */
export function scenariosOf(module: unknown): readonly Scenario[] {
  const exported = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
  const scenarios: readonly unknown[] = Array.isArray(exported) ? exported : [exported]
  if (scenarios.length > 0 && scenarios.every(isScenario)) return scenarios
  throw new TypeError('its default export is no list of scenarios')
}

function isScenario(value: unknown): value is Scenario {
  return typeof value === 'object' && value !== null && 'title' in value && 'body' in value
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.fromEntries(Object.entries(value))
  throw new TypeError('a selection is a JSON object')
}

function words(given: Readonly<Record<string, unknown>>, key: string, otherwise: readonly string[]): readonly string[] {
  const value = given[key]
  if (value === undefined) return otherwise
  if (Array.isArray(value) && value.every(word => typeof word === 'string')) return value
  throw new TypeError(`"${key}" must be a list of texts`)
}

function oneOf<T extends string>(word: string, known: readonly T[], what: string): T {
  const found = known.find(each => each === word)
  if (found === undefined) throw new TypeError(`"${word}" is not ${what}: there are ${known.join(' and ')}`)
  return found
}
