import { expect } from 'chai'
import fc from 'fast-check'
import { type Fingerprint, MergedRequests } from '../../../apps/sip/core/merged-requests.js'
import type { Request } from '../../../apps/sip/syntax/message.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'

function request(callId: string, tag = '1', cseq = 1, method = 'MESSAGE'): Request {
  return createRequest(method, 'sip:a@b.invalid', {
    from: `<sip:c@d.invalid>;tag=${tag}`,
    to: 'sip:a@b.invalid',
    callId,
    cseq,
  })
}

/** Adds a request that is the first of its kind. */
function first(merged: MergedRequests, request: Request, now: number): Fingerprint {
  const fingerprint = merged.add(request, now)
  if (fingerprint === undefined) throw new Error(`${request.callId} is merged`)
  return fingerprint
}

describe('the memory for merged requests', () => {
  it('§8.2.2.2 knows what it has got, and nothing else, however much that is [3261-8.2.2.2-2]', () => {
    const merged = new MergedRequests(7)
    const many = Array.from({ length: 5000 }, (_, at) => request(`call${at}`))
    expect(many.filter(each => merged.add(each, 0) === undefined).length).to.equal(0)
    expect(many.filter(each => merged.add(each, 0) !== undefined).length).to.equal(0)
  })

  it('§8.2.2.2 keeps a request as long as its transaction lasts, and not longer', () => {
    const merged = new MergedRequests(7)
    const ringing = request('a', '1', 1, 'INVITE')
    const fingerprint = first(merged, ringing, 0)
    for (const now of [1000, 2000, 3000, 4000]) merged.turn(now)
    expect(merged.add(ringing, 4000)).to.equal(undefined)
    merged.lasts(fingerprint, 5000)
    merged.turn(4500)
    expect(merged.add(ringing, 4999)).to.equal(undefined)
    merged.lasts(first(merged, ringing, 5000), 5000)
    for (const now of [6000, 7000]) merged.turn(now)
    expect(merged.isEmpty).to.equal(true)
  })

  it('does as a map from From tag, Call-ID and CSeq to times would, whatever comes and goes', () => {
    const text = fc.constantFrom('a', 'b', 'ab')
    const step = fc.record({
      kind: fc.constantFrom('add', 'lasts', 'turn'),
      parts: fc.tuple(text, text, fc.integer({ min: 1, max: 3 }), fc.constantFrom('MESSAGE', 'INVITE')),
      after: fc.integer({ min: 0, max: 20 }),
    })
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 0, max: 2 ** 32 }),
        fc.array(step, { maxLength: 200 }),
        (seed, start, steps) => {
          const merged = new MergedRequests(seed)
          const model = new Map<string, number>()
          const fingerprints = new Map<string, Fingerprint>()
          let now = start
          for (const { kind, parts, after } of steps) {
            now += after
            const key = parts.join(' ')
            if (kind === 'turn') merged.turn(now)
            else if (kind === 'add') {
              const fingerprint = merged.add(request(...parts), now)
              expect(fingerprint === undefined).to.equal((model.get(key) ?? 0) > now)
              if (fingerprint === undefined) continue
              fingerprints.set(key, fingerprint)
              model.set(key, Number.POSITIVE_INFINITY)
            } else if ((model.get(key) ?? 0) > now) {
              const fingerprint = fingerprints.get(key)
              if (fingerprint !== undefined) merged.lasts(fingerprint, now + 10)
              model.set(key, now + 10)
            }
          }
        },
      ),
    )
  })
})
