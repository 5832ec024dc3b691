import { expect } from 'chai'
import fc from 'fast-check'
import {
  type SoftState,
  type SoftStateEffect,
  type SoftStateEvent,
  softState,
  softStateInitial,
} from '../../../apps/sip/core/soft-state.js'

const machine = softState(32_000)

/** Feeds events from the start on; the last state, and what the last event led to. */
function fed(...events: readonly SoftStateEvent[]): { state: SoftState; effects: readonly SoftStateEffect[] } {
  let step: { state: SoftState; effects: readonly SoftStateEffect[] } = { state: softStateInitial(3600), effects: [] }
  for (const event of events) step = machine(step.state, event)
  return step
}

const create: SoftStateEvent = { kind: 'want', order: 'create' }
const refresh: SoftStateEvent = { kind: 'want', order: 'refresh' }
const remove: SoftStateEvent = { kind: 'want', order: 'remove' }
const granted: SoftStateEvent = { kind: 'granted', seconds: 600 }
const failed: SoftStateEvent = { kind: 'failed', wait: 0 }
const timer: SoftStateEvent = { kind: 'timer' }

describe('soft state', () => {
  it('§10.2.4 is refreshed before what was granted is over, with time for a refresh that fails', () => {
    expect(fed(create, granted).effects).to.deep.equal([{ kind: 'start', least: 486_000, most: 540_000 }])
    expect(fed(create, { kind: 'granted', seconds: 60 }).effects).to.deep.equal([
      { kind: 'start', least: 27_000, most: 30_000 },
    ])
    expect(fed(create, granted, timer).effects).to.deep.equal([{ kind: 'ask', order: 'refresh', expires: 3600 }])
  })

  it('§10.2 asks for nothing while an answer is awaited, and then for the strongest wish [3261-10.2-8] [RGT-04] [3903-4-3]', () => {
    expect(fed(create, refresh).effects).to.deep.equal([])
    expect(fed(create, remove, refresh).effects).to.deep.equal([])
    expect(fed(create, remove, refresh, granted).effects).to.deep.equal([{ kind: 'ask', order: 'remove', expires: 0 }])
    expect(fed(create, refresh, failed).state).to.include({ name: 'Failing', order: 'create' })
  })

  it('§10.2.8 RFC 3903 §4.2 asks for as long as the server wants, once for each answer [RGT-08]', () => {
    const brief: SoftStateEvent = { kind: 'tooBrief', seconds: 7200 }
    expect(fed(create, brief).effects).to.deep.equal([{ kind: 'ask', order: 'create', expires: 7200 }])
    expect(fed(create, brief, brief).state.name).to.equal('Failing')
    expect(fed(create, { kind: 'tooBrief', seconds: 0 }).state.name).to.equal('Failing')
    // One that wants a little more each time is asked for that after a while.
    const briefer: SoftStateEvent = { kind: 'tooBrief', seconds: 7201 }
    expect(fed(create, brief, briefer).state.name).to.equal('Failing')
    expect(fed(create, brief, briefer, timer).effects).to.deep.equal([{ kind: 'ask', order: 'create', expires: 7201 }])
    expect(fed(create, brief, granted, timer, briefer).effects).to.deep.equal([
      { kind: 'ask', order: 'refresh', expires: 7201 },
    ])
  })

  it('RFC 3903 §4.1 begins anew when the server has lost what it had, but not without end', () => {
    const unknown: SoftStateEvent = { kind: 'unknown' }
    expect(fed(create, granted, timer, unknown).effects).to.deep.equal([
      { kind: 'ask', order: 'create', expires: 3600 },
    ])
    expect(fed(create, granted, timer, unknown, unknown).state.name).to.equal('Failing')
  })

  it('RFC 5626 §4.5 waits twice as long after each failure, up to 30 min, half of it by chance [5626-4.5-2] [3261-10.2.7-1] [RGT-09]', () => {
    const waits: (readonly [number, number])[] = []
    let step = fed(create)
    for (let at = 0; at < 8; at++) {
      step = machine(step.state, failed)
      for (const effect of step.effects) if (effect.kind === 'start') waits.push([effect.least, effect.most])
      step = machine(step.state, timer)
      expect(step.effects).to.deep.equal([{ kind: 'ask', order: 'create', expires: 3600 }])
    }
    expect(waits.map(([, most]) => most / 1000)).to.deep.equal([60, 120, 240, 480, 960, 1800, 1800, 1800])
    expect(waits.every(([least, most]) => least === most / 2)).to.equal(true)
    expect(machine(step.state, granted).state.failures).to.equal(0)
  })

  it('§20.33 waits for Retry-After when that is longer', () => {
    const [effect] = fed(create, { kind: 'failed', wait: 300 }).effects
    expect(effect).to.deep.equal({ kind: 'start', least: 300_000, most: 300_000 })
    const [other] = fed(create, { kind: 'failed', wait: 40 }).effects
    expect(other).to.deep.equal({ kind: 'start', least: 40_000, most: 60_000 })
  })

  it('§20.33 waits for a day at the most, whatever the server asks for', () => {
    const day = { kind: 'start', least: 86_400_000, most: 86_400_000 }
    for (const wait of [86_400, 86_401, 2 ** 32 - 1]) {
      expect(fed(create, { kind: 'failed', wait }).effects).to.deep.equal([day])
      expect(fed(create, granted, { kind: 'dropped', wait }).effects).to.deep.equal([{ kind: 'stop' }, day])
    }
  })

  it('§10.2.2 ends when it has said goodbye, whatever the answer is [3261-10.2.2-1]', () => {
    for (const answer of [granted, failed, { kind: 'unknown' }, { kind: 'tooBrief', seconds: 9 }] as const) {
      expect(fed(create, granted, remove, answer).state.name).to.equal('Ended')
    }
    expect(fed(create, granted, remove, refresh).effects).to.deep.equal([])
    expect(fed(create, granted, remove, failed, refresh).effects).to.deep.equal([])
    expect(fed(create, remove, failed).effects).to.deep.equal([{ kind: 'ask', order: 'remove', expires: 0 }])
  })

  it('RFC 5626 §4.5 comes back at once when the way to the server is gone, and then as after any failure', () => {
    expect(fed(create, granted, { kind: 'lost' }).effects).to.deep.equal([
      { kind: 'stop' },
      { kind: 'ask', order: 'refresh', expires: 3600 },
    ])
    expect(fed(create, granted, { kind: 'lost' }, failed, { kind: 'lost' }).effects).to.deep.equal([])
  })

  it('RFC 6665 §4.1.3 makes another one of what the server has ended, when it wants that and not before', () => {
    const create0 = { kind: 'ask', order: 'create', expires: 3600 }
    expect(fed(create, granted, { kind: 'dropped', wait: 0 }).effects).to.deep.equal([{ kind: 'stop' }, create0])
    const later = fed(create, granted, { kind: 'dropped', wait: 7 })
    expect(later.effects).to.deep.equal([{ kind: 'stop' }, { kind: 'start', least: 7000, most: 7000 }])
    expect(machine(later.state, timer).effects).to.deep.equal([create0])
    const sometime = fed(create, { kind: 'dropped', wait: undefined })
    expect(sometime.effects).to.deep.equal([{ kind: 'start', least: 30_000, most: 60_000 }])
    expect(fed(create, granted, remove, { kind: 'dropped', wait: 0 }).effects).to.deep.equal([])
  })

  it('RFC 6665 §4.1.3 is refreshed by what the server says last', () => {
    const [stopped, started] = fed(create, granted, { kind: 'extended', seconds: 100 }).effects
    expect([stopped, started]).to.deep.equal([{ kind: 'stop' }, { kind: 'start', least: 61_200, most: 68_000 }])
    expect(fed(create, { kind: 'extended', seconds: 100 }).effects).to.deep.equal([])
  })

  it('never has two requests under way, nor two timers, and says nothing but goodbye when it is to end', () => {
    const events = fc.oneof(
      fc.constantFrom(refresh, remove, failed, timer, { kind: 'lost' } as const, { kind: 'unknown' } as const),
      fc.constantFrom({ kind: 'want', order: 'modify' } as const),
      fc.nat(5_000_000_000).map(seconds => ({ kind: 'granted', seconds }) as const),
      fc.nat(5_000_000_000).map(seconds => ({ kind: 'tooBrief', seconds }) as const),
      fc.nat(5_000_000_000).map(wait => ({ kind: 'failed', wait }) as const),
      fc.nat(5_000_000_000).map(seconds => ({ kind: 'extended', seconds }) as const),
      fc.option(fc.nat(5_000_000_000), { nil: undefined }).map(wait => ({ kind: 'dropped', wait }) as const),
    )
    fc.assert(
      fc.property(fc.array(events), all => {
        let state = fed(create).state
        let isTimed = false
        let isLeaving = false
        for (const event of all) {
          const wasAsking = state.name === 'Asking'
          if (event.kind === 'timer') isTimed = false
          isLeaving ||= event.kind === 'want' && event.order === 'remove'
          const step = machine(state, event)
          for (const effect of step.effects) {
            if (effect.kind === 'stop') isTimed = false
            if (effect.kind === 'start') {
              expect(isTimed).to.equal(false)
              expect(effect.least).to.be.within(1, effect.most)
              isTimed = true
            }
            if (effect.kind === 'ask') {
              if (isLeaving) expect(effect.order).to.equal('remove')
              expect(wasAsking && (event.kind === 'want' || event.kind === 'timer')).to.equal(false)
            }
          }
          state = step.state
          if (state.name === 'Failing') expect(isTimed).to.equal(true)
          if (state.name === 'Asking') expect(isTimed).to.equal(false)
        }
      }),
    )
  })
})
