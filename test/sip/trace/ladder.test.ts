import { expect } from 'chai'
import { ladderArrow, ladderHeader, ladderNote, ladderRails } from '../../../apps/sip/trace/ladder.js'

describe('a ladder diagram', () => {
  const names = ['alice', 'bob', 'carol']

  it('is as wide as its longest label needs, and its lines meet the names', () => {
    const label = '481 Call/Transaction Does Not Exist (UPDATE)'
    const rails = ladderRails(names, ['INVITE', label])
    const lines = [
      ladderArrow(rails, { at: 0, from: 'carol', to: 'bob', label }),
      ladderArrow(rails, { at: 1, from: 'alice', to: 'bob', label: 'INVITE' }),
      ladderNote(rails, 2, 'nothing came', 'carol'),
    ]
    const [columns = []] = lines.slice(1, 2).map(line => [...line.matchAll(/\|/g)].map(({ index }) => index))
    expect(columns).to.deep.equal([13, 65, 117])
    expect(lines[0]).to.include(`|<-- ${label} --|`)
    expect(lines[1]).to.match(/\|-+ INVITE -+>\| +\|$/)
    expect(lines[2]?.indexOf('?')).to.equal(117)
    const header = ladderHeader(rails)
    for (const [at, name] of names.entries()) {
      expect(header.indexOf(name) + Math.floor(name.length / 2)).to.equal(columns[at])
    }
  })

  it('is no wider than a peer may make it, nor narrower than its names need', () => {
    const long = ladderRails(names, ['x'.repeat(1000)])
    const line = ladderArrow(long, { at: 0, from: 'alice', to: 'bob', label: 'x'.repeat(1000) })
    expect(line.length).to.equal(13 + 2 * 72 + 1)
    expect(ladderRails(names, ['INVITE']).apart).to.equal(30)
  })
})
