/** Which of several targets a caller wants: RFC 3841 §7.2, for preferences that stand in the request. */

import type { Address } from '../syntax/address.js'
import type { Request } from '../syntax/message.js'
import type { Params } from '../syntax/params.js'
import { featureTag } from './capabilities.js'

/** One of the values that a feature may have: §8. */
type Value = { readonly isNot: boolean } & (
  | { readonly kind: 'token' | 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly least: number; readonly most: number }
)

/** The values of each feature, of which one has to do. */
type Predicate = ReadonlyMap<string, readonly Value[]>

interface Preference {
  readonly predicate: Predicate
  readonly isRequired: boolean
  readonly isExplicit: boolean
}

/** True for a request that says what it wants of its targets. */
export function hasPreferences(request: Request): boolean {
  return request.has('Accept-Contact') || request.has('Reject-Contact')
}

/**
 * §7.2.4: the contacts of registrations that a caller wants, the best one first: by their q and, where that is the same, by how well they
 * do. Those that say nothing of themselves are always wanted.
 */
export function preferred(contacts: readonly Address[], request: Request): readonly Address[] {
  const rejected = request.getAll('Reject-Contact').map(({ params }) => predicateOf(params))
  const accepted = request.getAll('Accept-Contact').map(
    ({ params }): Preference => ({
      predicate: predicateOf(params),
      isRequired: params.has('require'),
      isExplicit: params.has('explicit'),
    }),
  )
  return contacts
    .flatMap(contact => {
      const preference = preferenceFor(predicateOf(contact.params), accepted, rejected)
      return preference === undefined ? [] : [{ contact, q: contact.q ?? 1, preference }]
    })
    .sort((one, other) => other.q - one.q || other.preference - one.preference)
    .map(({ contact }) => contact)
}

/** Qa; undefined for a contact that is not wanted. */
function preferenceFor(
  contact: Predicate,
  accepted: readonly Preference[],
  rejected: readonly Predicate[],
): number | undefined {
  if (contact.size === 0) return 1
  // Who has not said that it has a feature is not rejected for it.
  const isRejected = rejected.some(each => [...each.keys()].every(tag => contact.has(tag)) && matches(each, contact))
  if (isRejected) return undefined
  const scores: number[] = []
  for (const { predicate, isRequired, isExplicit } of accepted) {
    const isMatch = matches(predicate, contact)
    const score = scoreOf(predicate, contact)
    if (isRequired && (!isMatch || (isExplicit && score < 1))) return undefined
    if (isMatch) scores.push(isExplicit && score < 1 ? 0 : score)
  }
  return scores.length === 0 ? 0 : scores.reduce((sum, score) => sum + score) / scores.length
}

/** RFC 2533: whether something could be both; what one of them does not speak of is left to the other. */
function matches(one: Predicate, other: Predicate): boolean {
  for (const [tag, values] of one) {
    const others = other.get(tag)
    if (others !== undefined && !values.some(value => others.some(each => overlaps(value, each)))) return false
  }
  return true
}

/** How much of what is asked for the contact speaks of. */
function scoreOf(asked: Predicate, contact: Predicate): number {
  if (asked.size === 0) return 1
  return [...asked.keys()].filter(tag => contact.has(tag)).length / asked.size
}

function overlaps(one: Value, other: Value): boolean {
  if (one.kind === 'number' && other.kind === 'number') return overlap(one, other)
  if (one.kind === 'number' || other.kind === 'number' || one.kind !== other.kind) return one.isNot || other.isNot
  if (one.isNot && other.isNot) return true
  return (one.text === other.text) !== (one.isNot || other.isNot)
}

type Range = Extract<Value, { kind: 'number' }>

function overlap(one: Range, other: Range): boolean {
  if (one.isNot && other.isNot) return true
  if (one.isNot) return overlap(other, one)
  if (other.isNot) return one.least < other.least || one.most > other.most
  return Math.max(one.least, other.least) <= Math.min(one.most, other.most)
}

function predicateOf(params: Params): Predicate {
  const predicate = new Map<string, readonly Value[]>()
  for (const [name, value = 'TRUE'] of params.entries()) {
    const tag = featureTag(name)
    if (tag !== undefined) predicate.set(tag, valuesOf(value))
  }
  return predicate
}

/** §7.2.4: strings in angle brackets are compared with case, all else without. */
function valuesOf(text: string): readonly Value[] {
  if (text.startsWith('<')) return [{ kind: 'string', text, isNot: false }]
  return text.split(',').map(each => readValue(each.trim().toLowerCase()))
}

function readValue(written: string): Value {
  const isNot = written.startsWith('!')
  const text = isNot ? written.slice(1) : written
  const [, sign, first, second] = /^#(=|>=|<=|)([+-]?\d+(?:\.\d+)?)(?::([+-]?\d+(?:\.\d+)?))?$/.exec(text) ?? []
  if (first === undefined) return { kind: 'token', text, isNot }
  const number = Number(first)
  return {
    ...{ kind: 'number', isNot },
    least: sign === '<=' ? Number.NEGATIVE_INFINITY : number,
    most: sign === '>=' ? Number.POSITIVE_INFINITY : Number(second ?? first),
  }
}
