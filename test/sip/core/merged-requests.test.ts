import { expect } from 'chai'
import fc from 'fast-check'
import { MergedRequests } from '../../../apps/sip/core/merged-requests.js'
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

describe('the memory for merged requests', () => {
  it('§8.2.2.2 knows what it has got, and nothing else, however much that is [3261-8.2.2.2-2]', () => {
    const merged = new MergedRequests(7)
    const many = Array.from({ length: 5000 }, (_, at) => request(`call${at}`))
    expect(many.filter(each => merged.add(each, 0)).length).to.equal(0)
    expect(many.filter(each => !merged.add(each, 0)).length).to.equal(0)
  })

  it('§8.2.2.2 keeps a request as long as its transaction lasts, and not longer', () => {
    const merged = new MergedRequests(7)
    const ringing = request('a', '1', 1, 'INVITE')
    merged.add(ringing, 0)
    for (const now of [1000, 2000, 3000, 4000]) merged.turn(now)
    expect(merged.add(ringing, 4000)).to.equal(true)
    merged.lasts(ringing, 5000)
    merged.turn(4500)
    expect(merged.add(ringing, 4999)).to.equal(true)
    expect(merged.add(ringing, 5000)).to.equal(false)
    merged.lasts(ringing, 5000)
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
          let now = start
          for (const { kind, parts, after } of steps) {
            now += after
            const key = parts.join(' ')
            if (kind === 'turn') merged.turn(now)
            else if (kind === 'add') {
              expect(merged.add(request(...parts), now)).to.equal((model.get(key) ?? 0) > now)
              if ((model.get(key) ?? 0) <= now) model.set(key, Number.POSITIVE_INFINITY)
            } else if ((model.get(key) ?? 0) > now) {
              merged.lasts(request(...parts), now + 10)
              model.set(key, now + 10)
            }
          }
        },
      ),
    )
  })
})
