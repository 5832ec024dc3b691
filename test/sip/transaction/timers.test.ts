import { expect } from 'chai'
import {
  defaultTimers,
  doubled,
  doubledToT2,
  type TimerName,
  timerConfig,
  timers,
} from '../../../apps/sip/transaction/timers.js'

describe('timers', () => {
  const values: Record<TimerName, number> = {
    A: 500,
    B: 32_000,
    C: 185_000,
    D: 32_000,
    E: 500,
    F: 32_000,
    G: 500,
    H: 32_000,
    I: 5000,
    J: 32_000,
    K: 5000,
    L: 32_000,
    M: 32_000,
    Trying: 200,
    LateTrying: 3500,
    Expiry: 28_500,
  }

  for (const [name, value] of Object.entries(values)) {
    it(`§17 table 4: ${name} is ${value} ms with the default T1, T2 and T4`, () => {
      expect(timers[name as TimerName].first(defaultTimers)).to.equal(value)
    })
  }

  it('§17.1.1.2 §17.1.2.2 the defaults are T1 500 ms, T2 4 s, T4 5 s', () => {
    expect(timerConfig()).to.deep.equal({ T1: 500, T2: 4000, T4: 5000 })
    expect(timerConfig({ T1: 100 })).to.deep.equal({ T1: 100, T2: 4000, T4: 5000 })
  })

  it('a value that is no positive number of ms is refused', () => {
    for (const T1 of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => timerConfig({ T1 }), `${T1}`).to.throw(TypeError, 'T1')
    }
  })

  it('§17.1.1.2 Timer A has no cap, §17.1.2.2 §17.2.1 E and G stop at T2', () => {
    expect(doubled(16_000)).to.equal(32_000)
    expect([500, 1000, 2000, 4000].map(interval => doubledToT2(interval, defaultTimers))).to.deep.equal([
      1000, 2000, 4000, 4000,
    ])
  })

  it('RFC 4320 §4.1 LateTrying is the time of the reset to T2 for any T1 and T2', () => {
    const late = (T1: number, T2: number): number => timers.LateTrying.first({ T1, T2, T4: 5000 })
    expect(late(1000, 4000)).to.equal(3000)
    expect(late(500, 3000)).to.equal(3500)
    expect(late(4000, 4000)).to.equal(4000)
    expect(late(5000, 4000)).to.equal(5000)
  })

  it('Expiry is never negative', () => {
    expect(timers.Expiry.first({ T1: 10, T2: 4000, T4: 5000 })).to.equal(0)
  })
})
