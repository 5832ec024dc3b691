import { expect } from 'chai'
import fc from 'fast-check'
import { incarnationOf, showRef } from '../../apps/actor/actor.js'
import { INCARNATIONS, refOf, SERIALS } from '../../apps/actor/ref.js'

describe('ref', () => {
  const incarnation = fc.nat(INCARNATIONS - 1)
  const serial = fc.maxSafeNat().map(n => n % SERIALS)

  it('keeps incarnation and serial apart, up to the largest of both', () => {
    fc.assert(
      fc.property(incarnation, serial, (i, s) => {
        expect(incarnationOf(refOf(i, s))).to.equal(i)
        expect(showRef(refOf(i, s))).to.equal(`<${i}.${s}>`)
      }),
    )
    expect(refOf(INCARNATIONS - 1, SERIALS - 1)).to.equal(Number.MAX_SAFE_INTEGER)
  })

  it('is never the same for two actors', () => {
    fc.assert(
      fc.property(incarnation, serial, incarnation, serial, (i, s, j, t) => {
        expect(refOf(i, s) === refOf(j, t)).to.equal(i === j && s === t)
      }),
    )
  })
})
