import { expect } from 'chai'
import { type Fate, fateOf } from '../../../apps/sip/core/dialog-fate.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'

const request = createRequest('INFO', 'sip:a@b.invalid', {
  from: '<sip:c@d.invalid>;tag=1',
  to: '<sip:a@b.invalid>;tag=2',
  callId: 'x',
  cseq: 1,
  via: 'SIP/2.0/UDP d.invalid;branch=z9hG4bK1',
})

function fate(status: number, isEssential: boolean): Fate {
  return fateOf({ kind: 'rejected', response: createResponse(request, status) }, isEssential)
}

describe('the fate of a dialog', () => {
  it('DLG-10 RFC 5057 §5.1 the peer, or the way to it, is no more: all of it ends', () => {
    for (const status of [404, 410, 416, 482, 483, 484, 485, 502, 604])
      expect(fate(status, false), `${status}`).to.equal('dialog')
  })

  it('DLG-10 RFC 5057 §5.1, §5.2 the peer knows nothing of the usage, or says nothing: that ends', () => {
    for (const status of [408, 480, 481]) expect(fate(status, false), `${status}`).to.equal('usage')
    expect(fateOf({ kind: 'timeout' }, false)).to.equal('usage')
  })

  it('DLG-10 RFC 5057 §5.1 a method or event that is refused ends what cannot be without it', () => {
    for (const status of [405, 489, 501]) {
      expect(fate(status, true), `${status}`).to.equal('usage')
      expect(fate(status, false), `${status}`).to.equal('none')
    }
  })

  it('DLG-10 RFC 5057 §5.1 all else ends nothing but the request', () => {
    const others = [
      300, 302, 400, 401, 402, 403, 406, 407, 412, 413, 414, 415, 420, 421, 422, 423, 486, 487, 488, 491, 493,
    ]
    for (const status of [...others, 500, 503, 504, 505, 513, 600, 603, 606]) {
      expect(fate(status, true), `${status}`).to.equal('none')
    }
    expect(fateOf({ kind: 'transportError', reason: '' }, true)).to.equal('none')
  })
})
