import { mock } from 'node:test'
import { expect } from 'chai'
import { SystemClock } from '../../apps/actor/actor.js'

/** The clock of the system over timers of Node that only move when told to. */
function mocked() {
  let now = 0
  let looks = 0
  mock.timers.enable({ apis: ['setTimeout'] })
  return {
    clock: new SystemClock(() => {
      looks++
      return now
    }),
    /** How many timers of Node there are that are due within so many ms: each looks at the clock when it fires for nothing. */
    firing: (ms: number): number => {
      looks = 0
      now += ms
      mock.timers.tick(ms)
      return looks
    },
    passing: (ms: number): void => {
      now += ms
      mock.timers.tick(ms)
    },
    /** All clocks go on, and no timer fires. */
    standing: (ms: number): void => {
      now += ms
    },
    ended: (): void => mock.timers.reset(),
  }
}

describe('system clock', () => {
  it('fires after its time, not when stopped, and takes longer times than Node has', async () => {
    const clock = new SystemClock()
    const seen: string[] = []
    const start = clock.now()
    clock.stop(clock.start(1, { fire: () => seen.push('stopped') }))
    clock.stop(clock.start(2 ** 40, { fire: () => seen.push('at once') }))
    const month = clock.start(2 ** 40, { fire: () => seen.push('at once') })
    await new Promise<void>(resolve => clock.start(5, { fire: resolve }))
    clock.stop(month)
    expect(clock.now() - start).to.be.at.least(4)
    expect(seen).to.deep.equal([])
  })

  it('fires neither early nor twice after what takes several timers of Node, and not when stopped between them', () => {
    const month = 2 ** 31 - 1
    const { clock, passing, ended } = mocked()
    try {
      const seen: string[] = []
      clock.start(2 * month + 5, { fire: () => seen.push('long') })
      const other = clock.start(2 * month, { fire: () => seen.push('stopped') })
      passing(month)
      clock.stop(other)
      passing(month)
      passing(4)
      expect(seen).to.deep.equal([])
      passing(1)
      passing(2 * month)
      expect(seen).to.deep.equal(['long'])
    } finally {
      ended()
    }
  })

  it('fires each at its time and in order, whichever others are stopped, and whatever a handler starts, stops or throws', () => {
    const { clock, passing, ended } = mocked()
    try {
      const seen: string[] = []
      const note = (name: string, after = 500): ReturnType<SystemClock['start']> =>
        clock.start(after, { fire: () => seen.push(`${name} ${clock.now()}`) })
      const first = note('first')
      note('second')
      const third = note('third')
      clock.stop(first)
      clock.stop(first)
      passing(100)
      note('fourth')
      clock.start(500, {
        fire: () => {
          clock.stop(sixth)
          note('again')
          throw new Error('a bug')
        },
      })
      const sixth = note('sixth')
      note('seventh')
      note('at once', Number.NaN)
      passing(1)
      clock.stop(third)
      passing(399)
      expect(seen).to.deep.equal(['at once 101', 'second 500'])
      expect(() => passing(100)).to.throw('a bug')
      passing(1)
      passing(499)
      expect(seen.slice(2)).to.deep.equal(['fourth 600', 'seventh 601', 'again 1100'])
    } finally {
      ended()
    }
  })

  it('fires at its time what is started after one of the same duration was stopped, or has left none', () => {
    const { clock, passing, ended } = mocked()
    try {
      const seen: string[] = []
      const note = (name: string, after: number): ReturnType<SystemClock['start']> =>
        clock.start(after, { fire: () => seen.push(`${name} ${clock.now()}`) })
      clock.stop(note('stopped', 500))
      passing(300)
      note('later', 500)
      passing(499)
      expect(seen).to.deep.equal([])
      passing(1)
      // More durations than are kept.
      for (let round = 0; round < 2; round++) {
        for (let after = 1; after < 30; after++) clock.stop(note('stopped', 1000 * after))
      }
      note('last', 5000)
      for (let ms = 0; ms < 40_000; ms += 100) passing(100)
      clock.stop(note('stopped', 5000))
      note('alone', 5000)
      passing(5000)
      expect(seen).to.deep.equal(['later 800', 'last 5800', 'alone 45800'])
    } finally {
      ended()
    }
  })

  it('has one timer of Node for all of a duration, and few for durations whose timers were all stopped', () => {
    const { clock, firing, ended } = mocked()
    const nothing = { fire: () => undefined }
    try {
      for (let count = 0; count < 100; count++) clock.stop(clock.start(1000, nothing))
      expect(firing(1000)).to.equal(1)
      for (let after = 1; after < 100; after++) clock.stop(clock.start(1000 * after, nothing))
      expect(firing(200_000)).to.equal(8)
      expect(firing(200_000)).to.equal(0)
    } finally {
      ended()
    }
  })

  it('keeps what a handler has started of a duration that it has made the clock forget', () => {
    const { clock, passing, ended } = mocked()
    try {
      const seen: string[] = []
      const nothing = { fire: () => undefined }
      const note = (name: string): ReturnType<SystemClock['start']> =>
        clock.start(500, { fire: () => seen.push(`${name} ${clock.now()}`) })
      clock.start(500, {
        fire: () => {
          clock.stop(other)
          for (let after = 1; after < 20; after++) clock.stop(clock.start(1000 * after, nothing))
          clock.stop(note('stopped'))
          note('new')
          seen.push('fired')
        },
      })
      const other = note('other')
      passing(500)
      note('newer')
      passing(499)
      expect(seen).to.deep.equal(['fired'])
      passing(1)
      passing(500)
      expect(seen).to.deep.equal(['fired', 'new 1000', 'newer 1000'])
    } finally {
      ended()
    }
  })

  it('loses no timer of a duration that was forgotten for a while and is in use again', () => {
    const { clock, passing, ended } = mocked()
    try {
      const seen: string[] = []
      const nothing = { fire: () => undefined }
      clock.stop(clock.start(7000, nothing))
      clock.start(7000, { fire: () => seen.push(`fired ${clock.now()}`) })
      for (let after = 1; after < 20; after++) clock.stop(clock.start(500 * after, nothing))
      passing(7000)
      expect(seen).to.deep.equal(['fired 7000'])
    } finally {
      ended()
    }
  })

  it('does not wake for what is due after more time than a timer of Node has', async () => {
    let looks = 0
    const clock = new SystemClock(() => {
      looks++
      return 0
    })
    const month = clock.start(2 ** 40, { fire: () => undefined })
    const before = looks
    await new Promise(resolve => setTimeout(resolve, 30))
    clock.stop(month)
    expect(looks).to.equal(before)
  })

  it('holds no program that waits for nothing but timers that were stopped', () => {
    const clock = new SystemClock()
    const waiting = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    const before = waiting()
    for (let after = 1000; after < 1100; after++) clock.stop(clock.start(after, { fire: () => undefined }))
    expect(waiting()).to.equal(before)
    // A duration that is known no more, and one whose timer of Node is used again.
    for (const after of [1000, 1099]) {
      const again = clock.start(after, { fire: () => undefined })
      expect(waiting()).to.equal(before + 1)
      clock.stop(again)
      expect(waiting()).to.equal(before)
    }
  })

  it('lets in what came while the machine stood still, which may stop a timer, once', () => {
    const { clock, passing, standing, ended } = mocked()
    try {
      const seen: string[] = []
      const note = (name: string, after: number): ReturnType<SystemClock['start']> =>
        clock.start(after, { fire: () => seen.push(`${name} ${clock.now()}`) })
      const answered = note('answered', 500)
      note('silent', 500)
      note('a little late', 600)
      standing(2000)
      passing(500)
      expect(seen).to.deep.equal([])
      clock.stop(answered)
      standing(2000)
      passing(100)
      expect(seen).to.deep.equal(['silent 4600'])
      passing(100)
      expect(seen).to.deep.equal(['silent 4600', 'a little late 4700'])
      note('in time', 500)
      standing(250)
      passing(500)
      expect(seen.at(-1)).to.equal('in time 5450')
      note('excused', 500)
      standing(1000)
      passing(500)
      passing(99)
      expect(seen.at(-1)).to.equal('in time 5450')
      passing(1)
      expect(seen.at(-1)).to.equal('excused 7050')
    } finally {
      ended()
    }
  })
})
