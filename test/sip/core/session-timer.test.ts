/** When a session is refreshed, and when it ends: RFC 4028 §7.2, §9, §10. */

import { expect } from 'chai'
import {
  checkSessionTimer,
  grantedHeaders,
  type SessionTimer,
  tooBrief,
} from '../../../apps/sip/core/session-interval.js'
import {
  refreshHeaders,
  type SessionTimerEffect,
  type SessionTimerEvent,
  sessionTimer,
  sessionTimerInitial,
} from '../../../apps/sip/core/session-timer.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'

type Headers = Readonly<Record<string, string>>

function ran(...events: readonly SessionTimerEvent[]): {
  readonly state: typeof sessionTimerInitial
  readonly effects: readonly SessionTimerEffect[]
} {
  let state = sessionTimerInitial
  let effects: readonly SessionTimerEffect[] = []
  for (const event of events) ({ state, effects } = sessionTimer(state, event))
  return { state, effects }
}

const knows = { kind: 'heard', knowsTimer: true, takesUpdate: true, least: 0 } as const
const by = (
  side: 'local' | 'remote',
  granted: { seconds: number; refresher: 'uac' | 'uas' | undefined } | undefined,
  asked?: { seconds: number; refresher: undefined },
): SessionTimerEvent => ({ kind: 'refreshed', by: side, asked, granted })

describe('the timer of a session', () => {
  for (const [side, refresher, isOurs] of [
    ['local', 'uac', true],
    ['local', 'uas', false],
    ['local', undefined, true],
    ['remote', 'uac', false],
    ['remote', 'uas', true],
  ] as const) {
    const who = isOurs ? 'we refresh' : 'the peer refreshes'
    it(`RFC 4028 §7.2, §9 with refresher ${refresher} in the 2xx to a request of the ${side} side ${who} [4028-7.2-3] [4028-7.2-5] [4028-9-11]`, () => {
      const { state, effects } = ran(knows, by(side, { seconds: 1800, refresher }))
      expect(state.isRefresher).to.equal(isOurs)
      expect(effects).to.deep.equal([
        isOurs ? { kind: 'start', timer: 'refresh', after: 900_000 } : { kind: 'stop', timer: 'refresh' },
        { kind: 'start', timer: 'expiry', after: 1_768_000 },
      ])
    })
  }

  it('RFC 4028 §10 the BYE comes a third of the interval early, 32 s at most [4028-10-3] [4028-10-4]', () => {
    for (const [seconds, after] of [
      [90, 60_000],
      [96, 64_000],
      [120, 88_000],
    ] as const) {
      const { effects } = ran(by('remote', { seconds, refresher: 'uac' }))
      expect(effects[1]).to.deep.equal({ kind: 'start', timer: 'expiry', after })
    }
    expect(
      ran(by('remote', { seconds: 90, refresher: 'uac' }), { kind: 'fired', timer: 'expiry' }).effects,
    ).to.deep.equal([{ kind: 'expire' }])
  })

  it('RFC 4028 §7.2 a 2xx without Session-Expires turns it off, but for a peer that knows no timers where we asked', () => {
    const asked = { seconds: 100, refresher: undefined }
    const off = ran(knows, by('local', { seconds: 90, refresher: 'uac' }), by('local', undefined, asked))
    expect(off.state.interval).to.equal(undefined)
    expect(off.effects.map(({ kind }) => kind)).to.deep.equal(['stop', 'stop'])
    const alone = ran({ ...knows, knowsTimer: false }, by('local', undefined, asked))
    expect(alone.state).to.include({ interval: 100, isRefresher: true })
    const late = { kind: 'fired', timer: 'expiry' } as const
    const still = ran(knows, by('local', { seconds: 90, refresher: 'uac' }), by('local', undefined, asked), late)
    expect(still.effects).to.deep.equal([])
  })

  it('RFC 4028 §7.2 who has said once that it knows timers knows them; what it allows is what it said last', () => {
    const asked = { seconds: 100, refresher: undefined }
    const forgetful = { ...knows, knowsTimer: false, takesUpdate: false }
    const { state } = ran({ ...knows, least: 95 }, forgetful, by('local', undefined, asked))
    expect(state.interval).to.equal(undefined)
    expect(state.peer).to.deep.equal({ knowsTimer: true, takesUpdate: false, least: 95 })
  })

  it('RFC 4028 §7.2 of a peer that knows no timers what its 2xx says counts, where that says something, and nothing where we have granted or asked nothing [4028-7.2-2]', () => {
    const asked = { seconds: 1800, refresher: undefined }
    const unknown = { ...knows, knowsTimer: false }
    const granted = by('local', { seconds: 100, refresher: 'uas' }, asked)
    expect(ran(unknown, granted).state).to.include({ interval: 100, isRefresher: false })
    expect(ran(unknown, by('remote', undefined, asked)).state.interval).to.equal(undefined)
    expect(ran(unknown, granted, by('local', undefined)).state.interval).to.equal(undefined)
  })

  it('RFC 4028 §11 an interval of nothing has us refresh twice a minute at most more often', () => {
    const { state } = ran(by('local', { seconds: 0, refresher: 'uac' }))
    expect(state.interval).to.equal(30)
  })

  it('RFC 4028 §7.4 a refresh says the interval, who refreshes, and the largest Min-SE that came [4028-7.4-2] [4028-7.4-4] [4028-7.4-5] [4028-7.4-6] [4028-7.4-8]', () => {
    const { state } = ran(knows, by('local', { seconds: 120, refresher: 'uas' }))
    expect(refreshHeaders(state)).to.deep.equal({ 'Session-Expires': '120;refresher=uas' })
    const least = ran(
      { ...knows, least: 200 },
      { ...knows, least: 150 },
      by('local', { seconds: 120, refresher: 'uac' }),
    )
    expect(refreshHeaders(least.state)).to.deep.equal({ 'Session-Expires': '200;refresher=uac', 'Min-SE': '200' })
    expect(refreshHeaders(sessionTimerInitial)).to.deep.equal({})
  })

  it('RFC 4028 §10 a refused refresh is tried once more in time, and as INVITE at once where UPDATE is not allowed [4028-10-1] [4028-10-2] [4028-7.4-9]', () => {
    const running = [
      knows,
      by('local', { seconds: 1800, refresher: 'uac' }),
      { kind: 'fired', timer: 'refresh' },
    ] as const
    expect(ran(...running).effects).to.deep.equal([{ kind: 'refresh', method: 'UPDATE' }])
    const refused = { kind: 'refused', status: 500 } as const
    expect(ran(...running, refused).effects).to.deep.equal([{ kind: 'start', timer: 'refresh', after: 434_000 }])
    expect(ran(...running, refused, refused).effects).to.deep.equal([])
    const unknown = { kind: 'refused', status: 501 } as const
    expect(ran(...running, unknown).effects).to.deep.equal([{ kind: 'refresh', method: 'INVITE' }])
    expect(ran(...running, unknown, refused).effects).to.have.length(1)
    const disallowed = ran({ ...knows, least: 95 }, ...running.slice(1), { kind: 'refused', status: 405 })
    expect(disallowed.effects).to.deep.equal([{ kind: 'refresh', method: 'INVITE' }])
    expect(disallowed.state.peer).to.deep.equal({ knowsTimer: true, takesUpdate: false, least: 95 })
    const twice = ran(...running, unknown, unknown).effects
    expect(twice).to.deep.equal([{ kind: 'start', timer: 'refresh', after: 434_000 }])
  })

  it('RFC 4028 §10 what is refused without a timer, or while the peer refreshes, is not tried again for that', () => {
    const refused = { kind: 'refused', status: 500 } as const
    expect(ran(knows, refused).effects).to.deep.equal([])
    expect(ran(knows, by('local', { seconds: 1800, refresher: 'uas' }), refused).effects).to.deep.equal([])
  })

  it('RFC 4028 §4, §5 is wanted in whole seconds that the headers can hold, 90 at least and no less than the least', () => {
    for (const right of [
      undefined,
      false,
      {},
      { min: 90 },
      { expires: 90, min: 90 },
      { expires: 0xffffffff },
    ] as const) {
      expect(() => checkSessionTimer(right)).not.to.throw()
    }
    for (const right of ['uac', 'uas'] as const) expect(() => checkSessionTimer({ refresher: right })).not.to.throw()
    for (const [wrong, why] of [
      [{ expires: 89 }, '89'],
      [{ expires: 90.5 }, '90.5'],
      [{ expires: 2 ** 32 }, '4294967296'],
      [{ min: 89 }, '89'],
      [{ expires: 100, min: 101 }, '100 s are less than 101 s'],
      [JSON.parse('{ "refresher": "both" }'), 'not both'],
    ]) {
      expect(() => checkSessionTimer(wrong)).to.throw(TypeError, why)
    }
  })

  describe('as a callee grants it', () => {
    const asking = (headers: Headers): ReturnType<typeof createRequest> =>
      createRequest('INVITE', 'sip:bob@example.com', {
        from: 'sip:alice@example.com',
        to: 'sip:bob@example.com',
        callId: 'a',
        cseq: 1,
        headers,
      })
    const knowing = { Supported: 'timer' }
    const cases: readonly (readonly [
      string,
      Headers,
      SessionTimer | false | undefined,
      string | undefined,
      boolean,
    ])[] = [
      ['row 1: only a proxy asks', { 'Session-Expires': '100' }, undefined, '100;refresher=uas', false],
      ['row 4: left to us', { ...knowing, 'Session-Expires': '100' }, undefined, '100;refresher=uac', true],
      [
        'row 4: left to us, who have a wish',
        { ...knowing, 'Session-Expires': '100' },
        { refresher: 'uas' },
        '100;refresher=uas',
        true,
      ],
      [
        'row 5: the caller',
        { ...knowing, 'Session-Expires': '100;refresher=uac' },
        { refresher: 'uas' },
        '100;refresher=uac',
        true,
      ],
      [
        'row 4: a refresher that is neither leaves it to us',
        { ...knowing, 'Session-Expires': '100;refresher=both' },
        undefined,
        '100;refresher=uac',
        true,
      ],
      [
        'row 6: us, in capitals',
        { ...knowing, 'Session-Expires': '100;refresher=UAS' },
        undefined,
        '100;refresher=uas',
        true,
      ],
      ['row 6: us', { ...knowing, 'Session-Expires': '100;refresher=uas' }, undefined, '100;refresher=uas', true],
      [
        'less than is asked for',
        { ...knowing, 'Session-Expires': '1800' },
        { expires: 600 },
        '600;refresher=uac',
        true,
      ],
      [
        'less, but no less than Min-SE',
        { ...knowing, 'Session-Expires': '1800', 'Min-SE': '700' },
        { expires: 600 },
        '700;refresher=uac',
        true,
      ],
      ['never more', { ...knowing, 'Session-Expires': '100' }, { expires: 600 }, '100;refresher=uac', true],
      ['unasked, by a wish of ours', knowing, { expires: 600 }, '600;refresher=uac', true],
      ['unasked, no less than Min-SE', { ...knowing, 'Min-SE': '700' }, { expires: 600 }, '700;refresher=uac', true],
      ['unasked, of a caller that knows none', {}, { expires: 600 }, '600;refresher=uas', false],
      ['nobody asks', knowing, undefined, undefined, false],
      ['too little, from a caller that knows none', { 'Session-Expires': '10' }, undefined, undefined, false],
      ['we know none', { ...knowing, 'Session-Expires': '100' }, false, undefined, false],
    ]
    for (const [what, headers, timer, granted, isRequired] of cases) {
      it(`RFC 4028 §9 table 2, ${what}: ${granted ?? 'nothing'} [4028-9-3] [4028-9-4] [4028-9-5] [4028-9-6] [4028-9-7] [4028-9-8]`, () => {
        const given = grantedHeaders(asking(headers), timer)
        expect(given?.['Session-Expires']).to.equal(granted)
        expect(given?.Require).to.deep.equal(isRequired ? ['timer'] : undefined)
      })
    }

    it('RFC 4028 §9 too brief is what is below Min-SE, 90 s at least; who knows no timers is not refused [4028-6-1] [4028-9-1] [4028-9-2]', () => {
      const brief = { ...knowing, 'Session-Expires': '89' }
      expect(tooBrief(asking(brief))).to.deep.include({ status: 422, headers: { 'Min-SE': ['90'] } })
      expect(tooBrief(asking({ ...brief, 'Session-Expires': '90' }))).to.equal(undefined)
      expect(tooBrief(asking({ ...brief, 'Session-Expires': '299' }), { min: 300 })).to.deep.include({
        headers: { 'Min-SE': ['300'] },
      })
      expect(tooBrief(asking({ 'Session-Expires': '89' }))).to.equal(undefined)
      expect(tooBrief(asking(brief), false)).to.equal(undefined)
    })
  })
})
