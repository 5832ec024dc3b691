import { expect } from 'chai'
import fc from 'fast-check'
import { createAck } from '../../../apps/sip/syntax/ack.js'
import { createCancel } from '../../../apps/sip/syntax/cancel.js'
import { formatMessage } from '../../../apps/sip/syntax/format.js'
import { magicCookie, newBranch, newCallId, newCSeq, newTag, pooledRandom } from '../../../apps/sip/syntax/ids.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'
import { reasonOf } from '../../../apps/sip/syntax/status.js'
import { optionsWith } from '../../../shell/torture-set.js'
import { lines, requestOf, responseOf } from './samples.js'

const parts = { from: '<sip:a@h>;tag=1', to: '<sip:b@h>', callId: 'c', cseq: 9 }
const via = 'SIP/2.0/UDP h;branch=z9hG4bK1'

const invite = requestOf(
  optionsWith(
    {
      Via: 'SIP/2.0/UDP top;branch=z9hG4bKtop;x="1", SIP/2.0/UDP low;branch=z9hG4bKlow',
      CSeq: '7 INVITE',
      Route: '<sip:r1;lr>',
      route: '<sip:r2;lr>,<sip:r3;lr>',
      Require: '100rel',
      'Proxy-Require': 'x',
      Contact: '<sip:ann@h>',
      'Content-Type': 'text/plain',
      Timestamp: '54',
      'Record-Route': '<sip:p;lr>',
    },
    'body',
  ).replace('OPTIONS sip', 'INVITE sip'),
)

describe('sip/syntax/request', () => {
  it('§8.1.1 a request has To, From, CSeq, Call-ID, Max-Forwards and Via [3261-8.1.1-1]', () => {
    const headers = { Contact: '<sip:a@h>', 'Content-Type': 'text/plain' }
    const request = createRequest('INVITE', 'sip:b@h', { ...parts, via, headers, body: 'x' })
    expect(formatMessage(request)).to.equal(
      `${lines(
        'INVITE sip:b@h SIP/2.0',
        `Via: ${via}`,
        'Max-Forwards: 70',
        'From: <sip:a@h>;tag=1',
        'To: <sip:b@h>',
        'Call-ID: c',
        'CSeq: 9 INVITE',
        'Contact: <sip:a@h>',
        'Content-Type: text/plain',
        'Content-Length: 1',
      )}\r\nx`,
    )
  })

  it('an application cannot write twice what the stack writes', () => {
    for (const name of ['Via', 'v', 'FROM', 't', 'Call-ID', 'CSeq', 'Max-Forwards', 'l', 'Content-Length']) {
      expect(() => createRequest('INVITE', 'sip:h', { ...parts, headers: { [name]: 'x' } }), name).to.throw(TypeError)
    }
  })

  it('E5 builders refuse CR, LF, NUL and illegal characters in every field', () => {
    for (const bad of ['a\r\nX: y', 'a\n', '\0', 'a\r']) {
      expect(() => createRequest(bad, 'sip:h', parts)).to.throw(TypeError)
      expect(() => createRequest('INVITE', `sip:${bad}`, parts)).to.throw(TypeError)
      expect(() => createRequest('INVITE', 'sip:h', { ...parts, from: `<sip:h>;tag=${bad}` })).to.throw(TypeError)
      expect(() => createRequest('INVITE', 'sip:h', { ...parts, to: `"${bad}" <sip:h>` })).to.throw(TypeError)
      expect(() => createRequest('INVITE', 'sip:h', { ...parts, callId: bad })).to.throw(TypeError)
      expect(() => createRequest('INVITE', 'sip:h', { ...parts, headers: { Subject: bad } })).to.throw(TypeError)
      expect(() => createRequest('INVITE', 'sip:h', { ...parts, headers: { [`X-${bad}`]: 'v' } })).to.throw(TypeError)
      expect(() => createResponse(invite, 200, { reason: bad })).to.throw(TypeError)
      expect(() => createResponse(invite, 200, { toTag: bad })).to.throw(TypeError)
    }
    expect(() => createRequest('A B', 'sip:h', parts)).to.throw(TypeError)
    expect(() => createRequest('INVITE', 'sip:h', { ...parts, cseq: 2 ** 31 })).to.throw(TypeError)
    expect(() => createRequest('INVITE', 'sip:h', { ...parts, callId: '' })).to.throw(TypeError)
    expect(() => createRequest('INVITE', 'sip:h', { ...parts, body: '€' })).to.throw(TypeError)
    expect(() => createResponse(invite, 99)).to.throw(TypeError)
    expect(() => createResponse(invite, 700)).to.throw(TypeError)
  })

  it('§7.4.1 a body has a Content-Type [3261-7.4.1-1]', () => {
    expect(() => createRequest('MESSAGE', 'sip:h', { ...parts, body: 'x' })).to.throw(TypeError, 'Content-Type')
    const bare = createRequest('MESSAGE', 'sip:h', { ...parts, body: '' })
    expect(() => createResponse(bare, 200, { body: 'x' })).to.throw(TypeError, 'Content-Type')
    expect(createResponse(bare, 200, { headers: { 'Content-Type': 'text/plain' }, body: 'x' }).body).to.equal('x')
  })

  it('§20.14 SYN-26 Content-Length counts octets and follows the body [3261-20.14-1]', () => {
    const request = requestOf(optionsWith({}, 'four'))
    expect(formatMessage(request.with({ body: 'a\xe9\r\n12345678' }))).to.match(
      /\r\nContent-Length: 12\r\n\r\na\xe9\r\n12345678$/,
    )
    expect(formatMessage(request.set('Content-Length', 99))).to.include('Content-Length: 4\r\n')
    expect(formatMessage(request.remove('l'))).to.include('Content-Length: 4\r\n')
  })

  it('P8 what is built is read back as it was', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9.!%*_+`'~-]{1,20}$/)
    fc.assert(
      fc.property(
        word,
        word,
        word,
        fc.nat(2 ** 31 - 1),
        fc.string({ unit: 'binary-ascii' }),
        (method, tag, callId, cseq, body) => {
          const request = createRequest(method, 'sip:h', {
            ...parts,
            from: `<sip:a>;tag=${tag}`,
            callId,
            cseq,
            via,
            headers: { 'Content-Type': 'text/plain' },
            body,
          })
          const again = requestOf(formatMessage(request))
          expect([again.method, again.from.tag, again.callId, again.cseq, again.body]).to.deep.equal([
            method,
            tag,
            callId,
            { number: cseq, method },
            body,
          ])
        },
      ),
    )
  })
})

describe('sip/syntax/response', () => {
  it('§8.2.6.2 Via, From, To, Call-ID and CSeq are those of the request [3261-8.2.6.2-1] [3261-8.2.6.2-2] [3261-8.2.6.2-3] [3261-8.2.6.2-4] [3261-8.2.6.2-6]', () => {
    const response = createResponse(invite, 180, { toTag: 'u1' })
    expect(formatMessage(response)).to.equal(
      `${lines(
        'SIP/2.0 180 Ringing',
        'Via: SIP/2.0/UDP top;branch=z9hG4bKtop;x="1", SIP/2.0/UDP low;branch=z9hG4bKlow',
        'From: "Ann" <sip:ann@example.com>;tag=f1',
        'To: <sip:bob@example.org>;tag=u1',
        'Call-ID: c1@192.0.2.1',
        'CSeq: 7 INVITE',
        'Content-Length: 0',
      )}\r\n`,
    )
  })

  it('§8.2.6.2 a To tag that is there stays [3261-8.2.6.2-5]', () => {
    const request = requestOf(optionsWith({ To: '"x;tag=y" <sip:b>;TAG=t1' }))
    expect(createResponse(request, 200, { toTag: 'u1' }).to.tag).to.equal('t1')
    const quoted = requestOf(optionsWith({ To: '"x;tag=y" <sip:b;tag=z>' }))
    expect(createResponse(quoted, 200, { toTag: 'u1' }).to.tag).to.equal('u1')
  })

  it('§8.2.6.1 M-8 Timestamp is copied into 100 and nothing else [3261-8.2.6.1-3]', () => {
    expect(createResponse(invite, 100).raw('Timestamp')).to.deep.equal(['54'])
    expect(createResponse(invite, 180).has('Timestamp')).to.equal(false)
  })

  it('M-9 every code has a phrase, unknown ones that of their class', () => {
    expect([200, 202, 412, 422, 489, 494, 580].map(reasonOf)).to.deep.equal([
      'OK',
      'Accepted',
      'Conditional Request Failed',
      'Session Interval Too Small',
      'Bad Event',
      'Security Agreement Required',
      'Precondition Failure',
    ])
    expect([199, 299, 499, 599, 699].map(reasonOf)).not.to.include('Unknown')
  })

  it('with a new status comes its phrase', () => {
    const response = createResponse(invite, 180).with({ status: 486, headers: { 'Retry-After': '5' } })
    expect(response).to.include({ status: 486, reason: 'Busy Here' })
    expect(response.get('Retry-After')?.seconds).to.equal(5)
  })
})

describe('sip/syntax/ack', () => {
  const response = responseOf(formatMessage(createResponse(invite, 486, { toTag: 'u1' })))

  it('§17.1.1.3 M-6 S-B6 INV-06 the ACK has one Via and the way of the INVITE [3261-17.1.1.3-2] [3261-17.1.1.3-3] [3261-17.1.1.3-4] [3261-17.1.1.3-5] [3261-17.1.1.3-6]', () => {
    expect(formatMessage(createAck(invite, response))).to.equal(
      `${lines(
        'ACK sip:bob@example.org SIP/2.0',
        'Via: SIP/2.0/UDP top;branch=z9hG4bKtop;x="1"',
        'Max-Forwards: 70',
        'From: "Ann" <sip:ann@example.com>;tag=f1',
        'To: <sip:bob@example.org>;tag=u1',
        'Call-ID: c1@192.0.2.1',
        'Route: <sip:r1;lr>',
        'route: <sip:r2;lr>,<sip:r3;lr>',
        'CSeq: 7 ACK',
        'Content-Length: 0',
      )}\r\n`,
    )
  })

  it('only an INVITE has an ACK', () => {
    expect(() => createAck(requestOf(optionsWith()), response)).to.throw(TypeError)
  })
})

describe('sip/syntax/cancel', () => {
  it('§9.1 M-7 CAN-01 same Request-URI, Call-ID, To, CSeq number, From, Route; one Via; no Require [3261-9.1-2] [3261-9.1-3] [3261-9.1-4] [3261-9.1-5] [3261-9.1-6]', () => {
    const cancel = createCancel(invite)
    expect([cancel.method, cancel.to.tag, cancel.cseq]).to.deep.equal([
      'CANCEL',
      undefined,
      { number: 7, method: 'CANCEL' },
    ])
    expect(cancel.getAll('Via').map(String)).to.deep.equal(['SIP/2.0/UDP top;branch=z9hG4bKtop;x="1"'])
    expect(cancel.getAll('Route')).to.have.length(3)
    expect([cancel.has('Require'), cancel.has('Proxy-Require'), cancel.body]).to.deep.equal([false, false, ''])
  })

  it('there is no CANCEL of ACK and CANCEL', () => {
    expect(() => createCancel(createCancel(invite))).to.throw(TypeError)
  })

  it('§8.1.1.6 a request without Max-Forwards gets one', () => {
    const old = invite.remove('Max-Forwards')
    expect(createCancel(old).get('Max-Forwards')).to.equal(70)
  })
})

describe('sip/syntax/ids', () => {
  let seed = 1
  const random = pooledRandom(pool => {
    for (let at = 0; at < pool.length; at++) pool[at] = seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  }, 7)

  it('§8.1.1.7 §19.3 ids are tokens, long enough, and differ [3261-8.1.1.7-4] [3261-8.1.1.7-5] [3261-19.3-1]', () => {
    const branches = new Set(Array.from({ length: 500 }, () => newBranch(random)))
    expect(branches.size).to.equal(500)
    for (const branch of branches) expect(branch).to.match(/^z9hG4bK[a-z2-7]{18}$/)
    expect(newTag(random)).to.match(/^[a-z2-7]{12}$/)
    expect(newCallId(random)).to.match(/^[a-z2-7]{24}$/)
    expect(newBranch(random).startsWith(magicCookie)).to.equal(true)
  })

  it('§8.1.1.5 CSeq numbers stay below 2^31 [3261-8.1.1.5-2]', () => {
    expect(newCSeq({ uint32: () => 0xffff_ffff })).to.equal(2 ** 30)
    expect(newCSeq({ uint32: () => 0 })).to.equal(1)
  })
})
