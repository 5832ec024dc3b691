import { expect } from 'chai'
import { calm, restarted } from '../../apps/actor/intensity.js'

describe('restart intensity', () => {
  /** Whether the last of restarts at these instants is one too many, with 3 allowed in 1000 ms. */
  function exceeded(...instants: number[]): boolean {
    return instants.reduce((before, at) => restarted(before, at, 3, 1000), calm).exceeded
  }

  it('is exceeded by one more than the limit within the period', () => {
    expect(exceeded(0, 1, 2)).to.equal(false)
    expect(exceeded(0, 1, 2, 3)).to.equal(true)
    expect(exceeded(0, 1, 2, 999)).to.equal(true)
  })

  it('forgets a restart when the period is over', () => {
    expect(exceeded(0, 1, 2, 1000)).to.equal(false)
    expect(exceeded(0, 500, 999, 1000, 1001)).to.equal(true)
  })

  it('with limit 0 allows none', () => {
    expect(restarted(calm, 0, 0, 1000).exceeded).to.equal(true)
  })
})
