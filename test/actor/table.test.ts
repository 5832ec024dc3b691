import { expect } from 'chai'
import fc from 'fast-check'
import { hashOf, Table, TextTable } from '../../apps/actor/actor.js'

/** What happens to a table: a key from a small set is set or deleted. */
const steps = fc.array(fc.tuple(fc.constantFrom('set', 'delete'), fc.nat(60)), { maxLength: 400 })

describe('table', () => {
  it('holds what a Map holds, whatever the hashes', () => {
    // A poor hash makes long chains, which is where gaps are closed wrongly if at all.
    for (const hash of [(key: number) => key, (key: number) => key % 3, (key: number) => key * 64, () => -1]) {
      fc.assert(
        fc.property(steps, happenings => {
          const table = new Table<number, string>()
          const model = new Map<number, string>()
          for (const [at, [what, key]] of happenings.entries()) {
            if (what === 'set') {
              table.set(key, hash(key), `${key} at ${at}`)
              model.set(key, `${key} at ${at}`)
            } else expect(table.delete(key, hash(key))).to.equal(model.delete(key))
          }
          expect(table.size).to.equal(model.size)
          for (let key = 0; key <= 60; key++) expect(table.get(key, hash(key))).to.equal(model.get(key))
          expect([...table.values()].sort()).to.deep.equal([...model.values()].sort())
        }),
      )
    }
  })

  it('grows and shrinks with what it holds', () => {
    const table = new Table<number, number>()
    for (let key = 0; key < 20_000; key++) table.set(key, key, key)
    for (let key = 0; key < 20_000; key++) expect(table.get(key, key)).to.equal(key)
    for (let key = 0; key < 19_990; key++) table.delete(key, key)
    expect([...table.values()].sort()).to.deep.equal([
      19990, 19991, 19992, 19993, 19994, 19995, 19996, 19997, 19998, 19999,
    ])
  })

  it('takes the serials of incarnations, which are beyond 32 bits', () => {
    const table = new Table<number, string>()
    for (let at = 0; at < 200; at++) table.set(2 ** 40 * 3 + at, 2 ** 40 * 3 + at, `${at}`)
    for (let at = 0; at < 200; at++) expect(table.get(2 ** 40 * 3 + at, 2 ** 40 * 3 + at)).to.equal(`${at}`)
  })
})

describe('text table', () => {
  it('finds by text', () => {
    const table = new TextTable<number>(7)
    table.set('a', 1)
    table.set('b', 2)
    table.set('a', 3)
    expect([table.get('a'), table.get('b'), table.get('c'), table.size]).to.deep.equal([3, 2, undefined, 2])
    expect(table.delete('a')).to.equal(true)
    expect(table.delete('a')).to.equal(false)
    expect([...table.values()]).to.deep.equal([2])
  })

  it('hashes differently under each seed', () => {
    expect(hashOf('z9hG4bK1', 1)).to.not.equal(hashOf('z9hG4bK1', 2))
    expect(hashOf('z9hG4bK1', 1)).to.equal(hashOf('z9hG4bK1', 1))
  })
})
