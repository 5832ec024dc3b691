/** Offers and answers in their six patterns: RFC 3264 §4, RFC 6337. */

import { expect } from 'chai'
import {
  mayRequest,
  type OfferAnswerEffect,
  type OfferAnswerEvent,
  type OfferAnswerState,
  offerAnswer,
  offerAnswerInitial,
} from '../../../apps/sip/core/offer-answer.js'

type Party = 'local' | 'remote'
type Method = 'INVITE' | 'UPDATE' | 'PRACK'

const request = (by: Party, method: Method, body = '', isOpening = false): OfferAnswerEvent => ({
  kind: 'request',
  by,
  method,
  body,
  isOpening,
})
const opening = (by: Party, body = ''): OfferAnswerEvent => request(by, 'INVITE', body, true)
const response =
  (what: 'reliable' | 'success' | 'failure') =>
  (to: Party, method: Method, body = ''): OfferAnswerEvent => ({ kind: 'response', to, method, what, body })
const reliable = response('reliable')
const success = response('success')
const failure = response('failure')
const ack = (body = ''): OfferAnswerEvent => ({ kind: 'ack', body })

function told(
  events: readonly OfferAnswerEvent[],
  from: OfferAnswerState = offerAnswerInitial(false),
): { readonly state: OfferAnswerState; readonly last: readonly OfferAnswerEffect[] } {
  let state = from
  let last: readonly OfferAnswerEffect[] = []
  for (const event of events) ({ state, effects: last } = offerAnswer(state, event))
  return { state, last }
}

const serve = [{ kind: 'serve' }]
const glare = [{ kind: 'refuse', status: 491 }]
const later = [{ kind: 'refuse', status: 500 }]
/** A call that stands: we have called with A, and were answered with B. */
const standing = told([opening('local', 'A'), success('local', 'INVITE', 'B'), ack()]).state

const patterns: readonly (readonly [string, readonly OfferAnswerEvent[]])[] = [
  ['1: INVITE, 2xx', [opening('local', 'A'), success('local', 'INVITE', 'B')]],
  ['2: 2xx, ACK', [opening('remote'), success('remote', 'INVITE', 'A'), ack('B')]],
  ['3: INVITE, reliable 1xx', [opening('local', 'A'), reliable('local', 'INVITE', 'B')]],
  ['4: reliable 1xx, PRACK', [opening('remote'), reliable('remote', 'INVITE', 'A'), request('remote', 'PRACK', 'B')]],
  [
    '5: PRACK, 2xx of it',
    [
      opening('local', 'X'),
      reliable('local', 'INVITE', 'Y'),
      request('local', 'PRACK', 'A'),
      success('local', 'PRACK', 'B'),
    ],
  ],
  ['6: UPDATE, 2xx of it', [request('local', 'UPDATE', 'A'), success('local', 'UPDATE', 'B')]],
]

function mirrored(events: readonly OfferAnswerEvent[]): readonly OfferAnswerEvent[] {
  const other = (party: Party): Party => (party === 'local' ? 'remote' : 'local')
  return events.map(event => {
    if (event.kind === 'request') return { ...event, by: other(event.by) }
    return event.kind === 'response' ? { ...event, to: other(event.to) } : event
  })
}

describe('offers and answers', () => {
  for (const [name, events] of patterns) {
    it(`INV-02 INV-03 INV-23 RFC 6337 §2.1 pattern ${name}: whoever offers, both agree in the end, and no offer is left [3261-13.2.1-10] [3262-5-6]`, () => {
      const ours = told(events)
      expect(ours.state.agreement).to.deep.equal({ local: 'A', remote: 'B', by: 'local', latest: 'A' })
      expect(ours.state.offer).to.equal(undefined)
      expect(ours.last).to.deep.include({ kind: 'agreed' })
      const theirs = told(mirrored(events))
      expect(theirs.state.agreement).to.deep.equal({ local: 'B', remote: 'A', by: 'remote', latest: 'B' })
      expect(theirs.last).to.deep.include({ kind: 'agreed' })
      const before = told(events.slice(0, -1)).state
      expect(before.offer).to.include({ by: 'local', body: 'A' })
    })
  }

  it('INV-02 §13.2.1 what follows the answer in the same INVITE means nothing', () => {
    const described = [opening('local', 'A'), reliable('local', 'INVITE', 'B'), request('local', 'PRACK')]
    const { state, last } = told([...described, success('local', 'INVITE', 'C'), ack()])
    expect(state.agreement).to.deep.equal({ local: 'A', remote: 'B', by: 'local', latest: 'A' })
    expect(last).to.deep.equal([])
    expect(state.offer).to.equal(undefined)
    const undescribed = [reliable('local', 'INVITE'), request('local', 'PRACK')]
    for (const between of [[], undescribed]) {
      const accepted = told([...described, ...between, success('local', 'INVITE', 'C')]).state
      expect(accepted.offer).to.equal(undefined)
      expect(accepted.agreement).to.deep.equal(state.agreement)
    }
  })

  it('§13.2.1 a reliable response without description leaves the answer to the 2xx (RFC 6337 §3.1.1)', () => {
    const early = [opening('local', 'A'), reliable('local', 'INVITE'), request('local', 'PRACK')]
    expect(told(early).state.offer).to.include({ body: 'A' })
    expect(told([...early, success('local', 'INVITE', 'B')]).state.agreement).to.deep.equal({
      local: 'A',
      remote: 'B',
      by: 'local',
      latest: 'A',
    })
  })

  it('§13.2.1 an offer that is never answered is gone with its INVITE, and changes nothing', () => {
    expect(told([opening('local', 'A'), success('local', 'INVITE'), ack()]).state).to.deep.equal(told([]).state)
    expect(told([opening('remote'), success('remote', 'INVITE', 'A'), ack()]).state).to.deep.equal(told([]).state)
    expect(told([request('remote', 'INVITE'), success('remote', 'INVITE'), ack()], standing).state).to.deep.equal(
      standing,
    )
  })

  it('RFC 3262 §3 a PRACK that comes after the ACK leaves no INVITE under way', () => {
    const accepted = [opening('remote', 'A'), reliable('remote', 'INVITE'), success('remote', 'INVITE', 'B'), ack()]
    const { state, last } = told([...accepted, request('remote', 'PRACK')])
    expect(last).to.deep.equal(serve)
    expect(mayRequest(state, 'INVITE', true)).to.equal(true)
  })

  for (const [what, pending] of [
    ['our INVITE', [request('local', 'INVITE')]],
    ['our INVITE with an offer', [request('local', 'INVITE', 'A')]],
    ['our UPDATE', [request('local', 'UPDATE')]],
  ] as const) {
    it(`INV-15 §14.2 an INVITE that crosses ${what} gets 491 [3261-14.2-2]`, () => {
      expect(told(pending, standing).last).to.deep.equal([])
      expect(told([...pending, request('remote', 'INVITE')], standing).last).to.deep.equal(glare)
    })
  }

  for (const [what, pending] of [
    ['INVITE', [request('remote', 'INVITE', 'A')]],
    [
      'INVITE, though it has described the session,',
      [request('remote', 'INVITE', 'A'), reliable('remote', 'INVITE', 'B'), request('remote', 'PRACK')],
    ],
    ['UPDATE', [request('remote', 'UPDATE')]],
  ] as const) {
    it(`INV-14 §14.2, RFC 6337 §4.1 an INVITE while the ${what} of the peer has no answer gets 500 [3261-14.2-1]`, () => {
      expect(told([...pending, request('remote', 'INVITE')], standing).last).to.deep.equal(later)
    })
  }

  it('EXT-04 INV-23 RFC 3311 §5.2 an UPDATE with an offer gets 491 while ours waits, 500 while theirs does [3311-5.2-2] [3311-5.2-3]', () => {
    const update = request('remote', 'UPDATE', 'C')
    expect(told([request('local', 'INVITE', 'A'), update], standing).last).to.deep.equal(glare)
    expect(told([request('local', 'UPDATE', 'A'), update], standing).last).to.deep.equal(glare)
    expect(told([request('remote', 'INVITE', 'A'), update], standing).last).to.deep.equal(later)
    expect(told([request('remote', 'UPDATE'), request('remote', 'UPDATE')], standing).last).to.deep.equal(later)
    expect(told([request('remote', 'UPDATE'), success('remote', 'PRACK'), update], standing).last).to.deep.equal(later)
    expect(told([request('remote', 'INVITE'), update], standing).last).to.deep.equal(later)
    expect(told([request('local', 'INVITE'), update], standing).last).to.deep.equal(serve)
    expect(told([request('local', 'INVITE', 'A'), request('remote', 'UPDATE')], standing).last).to.deep.equal(serve)
  })

  it('RFC 3311 §5.2, RFC 6337 §4.1 an UPDATE with an offer before the first exchange is over gets 491 where we have called, else 500 [3311-5.2-2] [3311-5.2-3]', () => {
    const state = offerAnswerInitial(true)
    expect(told([request('remote', 'UPDATE', 'C')], state).last).to.deep.equal(glare)
    expect(told([opening('local'), request('remote', 'UPDATE', 'C')]).last).to.deep.equal(glare)
    expect(told([opening('remote'), request('remote', 'UPDATE', 'C')]).last).to.deep.equal(later)
    expect(told([opening('remote', 'A'), request('remote', 'UPDATE', 'C')]).last).to.deep.equal(later)
  })

  it('INV-23 RFC 5407 §3.1.5 an offer before the ACK with the answer to ours gets 491, be it INVITE or UPDATE, and so does an INVITE that asks for another of ours', () => {
    const accepted = [opening('remote'), success('remote', 'INVITE', 'A')]
    expect(told([...accepted, request('remote', 'INVITE')]).last).to.deep.equal(glare)
    expect(told([...accepted, request('remote', 'UPDATE')]).last).to.deep.equal(serve)
    expect(told([...accepted, request('remote', 'INVITE', 'C')]).last).to.deep.equal(glare)
    expect(told([...accepted, request('remote', 'UPDATE', 'C')]).last).to.deep.equal(glare)
  })

  it('RFC 6337 §4.1 the 2xx to our INVITE does not answer an UPDATE of ours that went out before it', () => {
    const early = [opening('local', 'A'), reliable('local', 'INVITE', 'B'), request('local', 'PRACK')]
    const { state } = told([...early, request('local', 'UPDATE', 'C'), success('local', 'INVITE', 'D'), ack()])
    expect(state.offer).to.include({ method: 'UPDATE', body: 'C' })
    expect(told([success('local', 'UPDATE', 'E')], state).state.agreement).to.include({ local: 'C', remote: 'E' })
    const unasked = told([request('local', 'INVITE'), request('remote', 'UPDATE', 'C')], standing).state
    expect(told([success('local', 'INVITE', 'D')], unasked).state.offer).to.include({ by: 'remote', body: 'C' })
  })

  it('RFC 5407 §3.1.4 an INVITE before the ACK of one that was answered is served: the ACK is lost', () => {
    const accepted = [opening('remote', 'A'), success('remote', 'INVITE', 'B')]
    const { state, last } = told([...accepted, request('remote', 'INVITE', 'C')])
    expect(last).to.deep.equal(serve)
    const { state: answered } = told([ack(), success('remote', 'INVITE', 'D'), ack()], state)
    expect(answered.agreement).to.deep.equal({ local: 'D', remote: 'C', by: 'remote', latest: 'D' })
    expect(answered.invite).to.equal(undefined)
  })

  it('INV-12 §14.1 our INVITE waits for the end of any other, its ACK included [3261-14.1-2] [3261-14.1-3]', () => {
    for (const by of ['local', 'remote'] as const) {
      const pending = told([request(by, 'INVITE', 'A')], standing).state
      expect(mayRequest(pending, 'INVITE', true)).to.equal(false)
      const accepted = told([success(by, 'INVITE', 'B')], pending).state
      expect(mayRequest(accepted, 'INVITE', true)).to.equal(false)
      expect(mayRequest(told([ack()], accepted).state, 'INVITE', true)).to.equal(true)
      expect(mayRequest(told([failure(by, 'INVITE')], pending).state, 'INVITE', true)).to.equal(true)
      const updating = told([request(by, 'UPDATE')], standing).state
      expect(mayRequest(updating, 'INVITE', false)).to.equal(false)
      expect(mayRequest(told([success(by, 'UPDATE')], updating).state, 'INVITE', false)).to.equal(true)
    }
  })

  it('RFC 3311 §5.1 our UPDATE may go out while it rings; an offer, when the first exchange and its PRACK are over', () => {
    const ringing = offerAnswerInitial(true)
    expect(mayRequest(ringing, 'INVITE', false)).to.equal(false)
    expect(mayRequest(ringing, 'UPDATE', false)).to.equal(true)
    expect(mayRequest(ringing, 'UPDATE', true)).to.equal(false)
    const ringed = told([opening('remote', 'A'), reliable('remote', 'INVITE', 'B')]).state
    expect(mayRequest(ringed, 'UPDATE', true)).to.equal(false)
    const acknowledged = told([request('remote', 'PRACK')], ringed).state
    expect(mayRequest(acknowledged, 'UPDATE', true)).to.equal(true)
    expect(mayRequest(told([request('remote', 'PRACK', 'C')], ringed).state, 'UPDATE', true)).to.equal(false)
    expect(mayRequest(told([success('remote', 'INVITE')], acknowledged).state, 'UPDATE', true)).to.equal(false)
  })

  it('RFC 6337 §4.1 a further reliable response that describes nothing holds no offer of ours up', () => {
    const described = [opening('remote', 'A'), reliable('remote', 'INVITE', 'B'), request('remote', 'PRACK')]
    expect(mayRequest(told([...described, reliable('remote', 'INVITE')]).state, 'UPDATE', true)).to.equal(true)
  })

  it('RFC 6141 §3.4 our UPDATE waits for the end of a re-INVITE, which takes along what it changes where it fails', () => {
    const described = [
      request('remote', 'INVITE', 'C'),
      reliable('remote', 'INVITE', 'D'),
      request('remote', 'PRACK'),
    ] as const
    const { state } = told(described, standing)
    for (const isOffer of [true, false]) {
      expect(mayRequest(state, 'UPDATE', isOffer)).to.equal(false)
      expect(mayRequest(told([failure('remote', 'INVITE')], state).state, 'UPDATE', isOffer)).to.equal(true)
    }
  })

  it('RFC 6337 §4.1 an UPDATE that crosses our INVITE is answered also when that has failed', () => {
    const { state } = told(
      [request('local', 'INVITE'), request('remote', 'UPDATE', 'C'), failure('local', 'INVITE')],
      standing,
    )
    expect(told([success('remote', 'UPDATE', 'D')], state).state.agreement).to.include({ local: 'D', remote: 'C' })
  })

  it('RFC 6141 §3.4 a re-INVITE that fails leaves nothing described where nothing was, and there is nothing to offer again', () => {
    const meanwhile = [request('remote', 'UPDATE', 'C'), success('remote', 'UPDATE', 'D')]
    const ours = told([request('local', 'INVITE'), ...meanwhile, failure('local', 'INVITE')])
    expect(ours.state).to.deep.equal(told([]).state)
    expect(ours.last).to.deep.equal([])
    const reliably = [request('remote', 'INVITE', 'C'), reliable('remote', 'INVITE', 'D'), request('remote', 'PRACK')]
    expect(told([...reliably, failure('remote', 'INVITE')]).state).to.deep.equal(told([]).state)
  })

  /** The call stands as it did; `latest` is what we have described since. */
  function unchanged(latest: string): OfferAnswerState {
    const { agreement } = standing
    return { ...standing, agreement: agreement && { ...agreement, latest } }
  }

  for (const [what, latest, events] of [
    ['INVITE', 'A', [request('remote', 'INVITE', 'C'), failure('remote', 'INVITE', 'D')]],
    ['UPDATE', 'A', [request('remote', 'UPDATE', 'C'), failure('remote', 'UPDATE', 'D')]],
    ['INVITE of ours', 'C', [request('local', 'INVITE', 'C'), failure('local', 'INVITE')]],
    ['UPDATE of ours', 'C', [request('local', 'UPDATE', 'C'), failure('local', 'UPDATE')]],
  ] as const) {
    it(`INV-16 EXT-04 §14.1, RFC 3311 §5.3 a refused ${what} leaves the session as it was [3261-14.1-5] [3311-5.3-1]`, () => {
      const { state, last } = told(events, standing)
      expect(state).to.deep.equal(unchanged(latest))
      expect(last).to.deep.equal([])
    })
  }

  it('INV-16 RFC 6337 §3.4, RFC 6141 §3.4 a re-INVITE that fails takes back what was agreed on meanwhile; whoever sent it offers that again [6141-3.4-1] [6141-3.4-2]', () => {
    const meanwhile = [request('remote', 'UPDATE', 'C'), success('remote', 'UPDATE', 'D')]
    const { state, last } = told([request('local', 'INVITE'), ...meanwhile, failure('local', 'INVITE')], standing)
    expect(state).to.deep.equal(unchanged('D'))
    expect(last).to.deep.equal([{ kind: 'restore' }])
    const reliably = [request('remote', 'INVITE', 'C'), reliable('remote', 'INVITE', 'D'), request('remote', 'PRACK')]
    expect(told(reliably, standing).state.agreement).to.include({ local: 'D', remote: 'C' })
    const theirs = told([...reliably, failure('remote', 'INVITE')], standing)
    expect(theirs.state).to.deep.equal(unchanged('D'))
    expect(theirs.last).to.deep.equal([])
  })
})
