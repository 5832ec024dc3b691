/** What an answer of the DNS says to a question: RFC 1034 §4.3.2, RFC 2308. */

import type { DnsMessage } from './dns-message.js'
import type { DnsRecord } from './dns-record.js'
import type { Question } from './plan.js'
import { canonicalName, type Found, type Known, type Reply } from './resolver.js'

/** The name is an alias, and the server did not say of what is behind it. */
export interface Alias {
  readonly kind: 'alias'
  readonly name: string
  readonly ttl: number
}

/** Aliases in a row: enough for any honest zone. */
export const MOST_ALIASES = 8

const NXDOMAIN = 3
const rcodes = ['', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']

export function replyOf(question: Question, message: DnsMessage): Reply | Alias {
  const { rcode, answers, authorities } = message
  if (rcode !== 0 && rcode !== NXDOMAIN) {
    return { kind: 'failed', reason: `the server said ${rcodes[rcode] ?? `error ${rcode}`}` }
  }
  const end = followAliases(question.name, answers)
  if (end === undefined) return { kind: 'failed', reason: 'the aliases do not end' }
  const found = answers.filter(record => owns(record, end.name) && record.data.kind === question.type)
  const ttl = Math.min(end.ttl, ...found.map(record => record.ttl))
  if (found.length > 0) {
    const answer = gather(question.type, found)
    return { kind: 'found', answer, ttl, also: alongside(answer, message) }
  }
  const soa = authorities.find(({ data }) => data.kind === 'SOA')
  // RFC 2308 §5: the time for which nothing stays nothing.
  const negative = soa?.data.kind === 'SOA' ? Math.min(soa.ttl, soa.data.minimum, end.ttl) : undefined
  if (rcode === NXDOMAIN) return { kind: 'nxdomain', ttl: negative }
  const isAlias = end.name !== canonicalName(question.name)
  return isAlias && soa === undefined ? { kind: 'alias', ...end } : { kind: 'nodata', ttl: negative }
}

/** Where the aliases lead, and the least of their times; undefined when there are too many. */
function followAliases(from: string, answers: readonly DnsRecord[]): { name: string; ttl: number } | undefined {
  let name = canonicalName(from)
  let ttl = Number.POSITIVE_INFINITY
  for (let links = 0; links <= MOST_ALIASES; links++) {
    const alias = answers.find(record => record.data.kind === 'CNAME' && owns(record, name))
    if (alias?.data.kind !== 'CNAME') return { name, ttl }
    name = canonicalName(alias.data.target)
    ttl = Math.min(ttl, alias.ttl)
  }
  return undefined
}

function owns(record: DnsRecord, name: string): boolean {
  return canonicalName(record.name) === name
}

function gather(type: Found['type'], records: readonly DnsRecord[]): Found {
  const data = records.map(record => record.data)
  switch (type) {
    case 'NAPTR':
      return { type, records: data.flatMap(each => (each.kind === 'NAPTR' ? [each.record] : [])) }
    case 'SRV':
      return { type, records: data.flatMap(each => (each.kind === 'SRV' ? [each.record] : [])) }
    case 'A':
    case 'AAAA':
      return { type, addresses: data.flatMap(each => (each.kind === type ? [each.address] : [])) }
  }
}

/** RFC 2782, RFC 3403 §4.1: records of the names that the answer leads to, and of no others. */
function alongside(answer: Found, { additionals }: DnsMessage): Known[] {
  const known = namesIn(answer).flatMap(name =>
    (['SRV', 'A', 'AAAA'] as const).flatMap((type): Known[] => {
      const records = additionals.filter(record => record.data.kind === type && owns(record, name))
      if (records.length === 0) return []
      const ttl = Math.min(...records.map(record => record.ttl))
      return [{ question: { type, name }, answer: gather(type, records), ttl }]
    }),
  )
  return known
}

function namesIn(answer: Found): readonly string[] {
  const names = answer.type === 'NAPTR' ? answer.records.map(each => each.replacement) : []
  if (answer.type === 'SRV') names.push(...answer.records.map(each => each.target))
  return [...new Set(names.map(canonicalName))]
}
