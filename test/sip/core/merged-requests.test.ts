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
    expect(many.filter(each => merged.add(each)).length).to.equal(0)
    expect(many.filter(each => !merged.add(each)).length).to.equal(0)
  })

  it('keeps a request for one turn at the least and two at the most', () => {
    const merged = new MergedRequests(7)
    merged.add(request('a'))
    merged.turn()
    expect(merged.add(request('a'))).to.equal(true)
    merged.turn()
    expect(merged.add(request('a'))).to.equal(false)
    merged.turn()
    merged.turn()
    expect(merged.isEmpty).to.equal(true)
  })

  it('does as a set of From tag, Call-ID and CSeq would, whatever comes and goes', () => {
    const text = fc.stringMatching(/^[a-c]{1,2}$/)
    const step = fc.record({
      kind: fc.constantFrom('add', 'delete'),
      parts: fc.tuple(text, text, fc.integer({ min: 1, max: 3 }), fc.constantFrom('MESSAGE', 'INVITE')),
    })
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { maxLength: 200 }), (seed, steps) => {
        const merged = new MergedRequests(seed)
        const model = new Set<string>()
        for (const { kind, parts } of steps) {
          const key = parts.join(' ')
          if (kind === 'add') {
            expect(merged.add(request(...parts))).to.equal(model.has(key))
            model.add(key)
          } else {
            merged.delete(request(...parts))
            model.delete(key)
          }
        }
      }),
    )
  })
})
