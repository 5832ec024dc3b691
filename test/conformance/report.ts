/** Which normative sentences have a passing test, per RFC and section. */

import { idsIn, type Ledger, sectionOf } from './ledger.js'
import type { Outcome } from './results.js'

/** How many sentences of one level there are, and what is known of them. `open` has no passing test. */
export interface Count {
  readonly total: number
  readonly tested: number
  readonly notApplicable: number
  readonly open: number
}

export interface SectionReport {
  readonly section: string
  readonly must: Count
  readonly should: Count
  /** Those without a passing test, with the reason of the ledger where it has one. */
  readonly untested: readonly { readonly id: string; readonly level: string; readonly reason: string }[]
}

export interface RfcReport {
  readonly rfc: number
  readonly title: string
  readonly must: Count
  readonly should: Count
  readonly sections: readonly SectionReport[]
}

export interface Report {
  readonly rfcs: readonly RfcReport[]
  /** Ids in titles that are in no ledger. */
  readonly unknown: readonly string[]
  /** Ids that the ledger excuses although a test for them passes. */
  readonly stale: readonly string[]
  /** Tests that failed although they carry an id. */
  readonly failed: readonly string[]
  readonly tests: number
}

export function reportOf(ledgers: readonly Ledger[], outcomes: readonly Outcome[]): Report {
  const tested = new Set(outcomes.filter(({ passed }) => passed).flatMap(({ title }) => idsIn(title)))
  const known = new Set(ledgers.flatMap(({ clauses }) => Object.keys(clauses)))
  const named = new Set(outcomes.flatMap(({ title }) => idsIn(title)))
  const excused = ledgers.flatMap(({ notApplicable, open }) => [...Object.keys(notApplicable), ...Object.keys(open)])
  return {
    rfcs: ledgers.map(ledger => rfcReport(ledger, tested)),
    unknown: [...named].filter(id => !known.has(id)).toSorted(),
    stale: excused.filter(id => tested.has(id)),
    failed: outcomes.filter(({ title, passed }) => !passed && idsIn(title).length > 0).map(({ title }) => title),
    tests: outcomes.length,
  }
}

function rfcReport(ledger: Ledger, tested: ReadonlySet<string>): RfcReport {
  const { rfc, title, clauses } = ledger
  const ids = Object.keys(clauses)
  const sections = [...new Set(ids.map(sectionOf))].map(section => {
    const own = ids.filter(id => sectionOf(id) === section)
    const untested = own.filter(id => !tested.has(id)).map(id => ({ id, level: clauses[id] ?? '', reason: reason(id) }))
    return { section, must: count(own, 'MUST'), should: count(own, 'SHOULD'), untested }
  })
  return { rfc, title, must: count(ids, 'MUST'), should: count(ids, 'SHOULD'), sections }

  function count(all: readonly string[], level: string): Count {
    const own = all.filter(id => clauses[id]?.startsWith(level))
    const passing = own.filter(id => tested.has(id)).length
    const notApplicable = own.filter(id => !tested.has(id) && id in ledger.notApplicable).length
    return { total: own.length, tested: passing, notApplicable, open: own.length - passing - notApplicable }
  }

  function reason(id: string): string {
    const excuse = ledger.notApplicable[id]
    return excuse === undefined ? (ledger.open[id] ?? '') : `not applicable: ${excuse}`
  }
}

/** One table per RFC, then what has no test and why. */
export function markdown({ rfcs, tests }: Report): string {
  const parts = [
    '# Conformance',
    '',
    `A sentence counts as tested when a test that names it has passed; ${tests} tests and scenarios ran. n/a: the ledger under`,
    '`specs/ledger` says why it does not apply. Open: no passing test.',
    '',
    ...table(
      'RFC',
      rfcs.map(({ rfc, title, must, should }) => ({ name: `[${rfc}](#rfc-${rfc}) ${title}`, must, should })),
    ),
  ]
  for (const { rfc, sections } of rfcs) {
    parts.push('', `## RFC ${rfc}`, '')
    parts.push(
      ...table(
        '§',
        sections.map(({ section, must, should }) => ({ name: section, must, should })),
      ),
    )
    const excused = sections.flatMap(({ untested }) => untested.filter(each => each.reason !== ''))
    if (excused.length > 0) parts.push('', ...excused.map(({ id, level, reason }) => `- ${id} (${level}): ${reason}`))
  }
  return `${parts.join('\n')}\n`
}

interface Row {
  readonly name: string
  readonly must: Count
  readonly should: Count
}

function table(head: string, rows: readonly Row[]): string[] {
  return [
    `| ${head} | MUST | tested | n/a | open | SHOULD | tested | n/a | open |`,
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...rows.map(({ name, must, should }) => `| ${name} | ${cells(must)} | ${cells(should)} |`),
  ]
}

function cells({ total, tested, notApplicable, open }: Count): string {
  return [total, tested, notApplicable, open].join(' | ')
}

/** For a terminal: one line per RFC, and one per section of those named. */
export function overview({ rfcs, tests }: Report, detailed: readonly number[]): string {
  const lines = [`${tests} tests and scenarios`]
  for (const { rfc, title, must, should, sections } of rfcs) {
    lines.push(`RFC ${rfc} ${title.padEnd(40)} ${line('MUST', must)}   ${line('SHOULD', should)}`)
    if (!detailed.includes(rfc)) continue
    for (const each of sections) {
      lines.push(`  §${each.section.padEnd(12)} ${line('MUST', each.must)}   ${line('SHOULD', each.should)}`)
    }
  }
  return lines.join('\n')
}

function line(level: string, { total, tested, notApplicable }: Count): string {
  const excused = notApplicable === 0 ? '' : `, ${notApplicable} n/a`
  return `${level} ${`${tested} of ${total}${excused}`.padEnd(20)}`
}
