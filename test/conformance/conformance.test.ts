import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { idsIn, type Ledger, readLedgers, sectionOf } from './ledger.js'
import { markdown, overview, reportOf } from './report.js'
import { fromMocha, fromSpecs } from './results.js'

const ledger: Ledger = {
  rfc: 9999,
  title: 'an example',
  clauses: { '9999-1-1': 'MUST', '9999-1-2': 'MUST NOT', '9999-1-3': 'SHOULD', '9999-2.1-1': 'MUST' },
  notApplicable: { '9999-1-2': 'about lawn mowers' },
  open: { '9999-2.1-1': 'not built yet' },
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return path.endsWith('.ts') ? [readFileSync(path, 'utf8')] : []
  })
}

describe('the conformance report', () => {
  it('finds the ids in a title', () => {
    expect(idsIn('§17.1 it does [3261-17.1.1.2-3] and [6026-7.1-5], not 3261-7-1')).to.deep.equal([
      '3261-17.1.1.2-3',
      '6026-7.1-5',
    ])
    expect(sectionOf('3261-17.1.1.2-3')).to.equal('17.1.1.2')
  })

  it('counts a sentence as tested only when a test that names it has passed', () => {
    const report = reportOf(
      [ledger],
      [
        { title: 'good [9999-1-1]', passed: true },
        { title: 'bad [9999-1-3]', passed: false },
      ],
    )
    const [rfc] = report.rfcs
    expect(rfc?.must).to.deep.equal({ total: 3, tested: 1, notApplicable: 1, open: 1 })
    expect(rfc?.should).to.deep.equal({ total: 1, tested: 0, notApplicable: 0, open: 1 })
    expect(rfc?.sections.map(({ section }) => section)).to.deep.equal(['1', '2.1'])
    expect(report.failed).to.deep.equal(['bad [9999-1-3]'])
    expect(markdown(report)).to.contain('| 2.1 | 1 | 0 | 0 | 1 | 0 | 0 | 0 | 0 |')
    expect(markdown(report)).to.contain('- 9999-1-2 (MUST NOT): not applicable: about lawn mowers')
    expect(overview(report, [9999])).to.match(/RFC 9999 an example +MUST 1 of 3, 1 n\/a +SHOULD 0 of 1\b/)
  })

  it('names ids that nobody knows, and excuses that are none any more', () => {
    const outcomes = [{ title: 'all [9999-2.1-1] [9999-7-7]', passed: true }]
    expect(reportOf([ledger], outcomes)).to.deep.include({ unknown: ['9999-7-7'], stale: ['9999-2.1-1'] })
  })

  it('reads what mocha and the scenario runner write, and refuses anything else', () => {
    const mocha = { passes: [{ fullTitle: 'a' }], failures: [{ fullTitle: 'b' }], pending: [{ fullTitle: 'c' }] }
    expect(fromMocha(JSON.stringify(mocha))).to.deep.equal([
      { title: 'a', passed: true },
      { title: 'b', passed: false },
    ])
    expect(fromSpecs('{"results":[{"title":"a","passed":true}]}')).to.deep.equal([{ title: 'a', passed: true }])
    for (const text of ['[]', '{}', 'null', '{"results":[{}]}']) expect(() => fromSpecs(text)).to.throw(TypeError)
  })

  it('knows every id that a test or a scenario names', () => {
    const known = new Set(readLedgers('specs/ledger').flatMap(({ clauses }) => Object.keys(clauses)))
    const named = ['test', 'specs'].flatMap(sources).flatMap(idsIn)
    const examples = (id: string): boolean => id.startsWith('9999-')
    expect(known.size).to.be.greaterThan(900)
    expect(named.length).to.be.greaterThan(200)
    expect(named.filter(id => !known.has(id) && !examples(id))).to.deep.equal([])
  })
})
