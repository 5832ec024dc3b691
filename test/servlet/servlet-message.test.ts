/** Requests and responses in the hands of servlets. */

import { expect } from 'chai'
import { ServletError, SipServlet, type SipServletRequest } from '../../apps/servlet/servlet.js'
import { passing } from '../scenario/passing.js'
import { running } from './container.js'

/** What a servlet does with its first request, which is answered with 200 in the end. */
async function given(
  look: (request: SipServletRequest) => void,
  {
    method = 'MESSAGE',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<void> {
  await passing(async stage => {
    let failure: unknown
    class Looking extends SipServlet {
      override doRequest(request: SipServletRequest): void {
        if (request.method === 'ACK') return
        try {
          look(request)
        } catch (error) {
          failure = error
        }
        if (!request.isCommitted) request.createResponse(200).send()
      }
    }
    const { alice, peer } = await running(stage, Looking)
    alice.send(method, { to: peer, headers, body })
    await alice.expect(200)
    if (method === 'INVITE') {
      alice.send('ACK')
      alice.send('BYE')
      await alice.expect(200)
    }
    if (failure !== undefined) throw failure
  })
}

describe('a message of a servlet', () => {
  it('V-2 has headers by name in any form, as they are written', () =>
    given(
      request => {
        expect(request.getHeader('subject')).to.equal('one')
        expect(request.getHeader('s')).to.equal('one')
        expect(request.getHeaders('X-Many')).to.deep.equal(['1', '2, 3'])
        expect(request.getHeader('X-None')).to.equal(undefined)
        expect(request.headerNames).to.include.members(['Via', 'From', 'Subject', 'X-Many'])
        expect(request.expires).to.equal(60)
        expect([request.method, request.protocol]).to.deep.equal(['MESSAGE', 'SIP/2.0'])
        expect(request.from.uri.user).to.equal('alice')
        expect(request.callId).to.equal(request.session.callId)
      },
      { headers: { Subject: 'one', 'X-Many': '1\r\nX-Many: 2, 3', Expires: '60' } },
    ))

  it('V-2 has addresses in headers, and takes them first or last', () =>
    given(
      request => {
        expect(request.getAddressHeader('Contact')?.uri.user).to.equal('a')
        expect(request.getAddressHeaders('Contact').map(({ q }) => q)).to.deep.equal([0.5, 1])
        const response = request.createResponse(200)
        response.setAddressHeader('Contact', 'sip:b@example.com')
        response.addAddressHeader('Contact', '"C" <sip:c@example.com>;q=0.1', 'first')
        response.addAddressHeader('Contact', '<sip:d@example.com>')
        expect(response.getHeaders('Contact')).to.deep.equal([
          '"C" <sip:c@example.com>;q=0.1',
          '<sip:b@example.com>',
          '<sip:d@example.com>',
        ])
        expect(() => response.setAddressHeader('Contact', 'nobody')).to.throw(TypeError)
      },
      { method: 'REGISTER', headers: { Contact: '<sip:a@192.0.2.9>;q=0.5, <sip:b@192.0.2.9>' } },
    ))

  it('V-2 has content in its charset, and sends it in one', () =>
    given(
      request => {
        expect(request.content).to.equal('é')
        expect([...request.rawContent]).to.deep.equal([0xe9])
        expect([request.contentLength, request.characterEncoding]).to.deep.equal([1, 'iso-8859-1'])
        const response = request.createResponse(200)
        response.setContent('é', 'text/plain')
        expect([response.contentLength, response.contentType]).to.deep.equal([2, 'text/plain'])
        response.setContent('é', 'text/plain;charset=iso-8859-1')
        expect(response.contentLength).to.equal(1)
        response.setContent(Uint8Array.of(1, 2, 3), 'application/octet-stream')
        expect([...response.rawContent]).to.deep.equal([1, 2, 3])
        expect(() => response.setContent('x', 'text/plain;charset=koi8-r')).to.throw(TypeError, 'koi8-r')
        response.contentLanguage = 'de'
        expect(response.contentLanguage).to.equal('de')
      },
      { headers: { 'Content-Type': 'text/plain;charset=ISO-8859-1' }, body: '\xe9' },
    ))

  it('V-2 knows where it came from', () =>
    given(request => {
      expect([request.transport, request.isSecure, request.remotePort]).to.deep.equal(['UDP', false, 5060])
      expect([request.remoteAddr, request.localAddr]).to.deep.equal(['192.0.2.2', '192.0.2.1'])
      expect(request.localPort).to.equal(5060)
      expect(request.session.createRequest('MESSAGE').remoteAddr).to.equal(undefined)
    }))

  it('V-2 has attributes, and sessions with theirs', () =>
    given(request => {
      request.attributes.set('a', 1)
      request.session.attributes.set('a', 2)
      request.applicationSession.attributes.set('a', 3)
      expect(
        [request, request.session, request.applicationSession].map(each => each.attributes.get('a')),
      ).to.deep.equal([1, 2, 3])
      expect(request.attributes.names).to.deep.equal(['a'])
      request.attributes.delete('a')
      expect(request.attributes.has('a')).to.equal(false)
      expect(() => request.attributes.set('a', undefined)).to.throw(TypeError, 'needs a value')
    }))

  for (const name of ['Via', 'Call-ID', 'i', 'CSeq', 'Route', 'Record-Route', 'Path', 'RSeq', 'RAck', 'Contact', 'm']) {
    it(`V-3 lets nobody write ${name}`, () =>
      given(request => {
        const response = request.createResponse(200)
        const next = request.session.createRequest('MESSAGE')
        for (const message of [response, next]) {
          expect(() => message.setHeader(name, '1')).to.throw(TypeError, 'system header')
          expect(() => message.addHeader(name, '1')).to.throw(TypeError, 'system header')
          expect(() => message.removeHeader(name)).to.throw(TypeError, 'system header')
        }
      }))
  }

  it('V-3 lets Contact be written where it is no end of a dialog: REGISTER, 3xx, 485, and 2xx to OPTIONS', () =>
    given(
      request => {
        const contact = '<sip:a@example.com>'
        for (const status of [200, 302, 485]) request.createResponse(status).setHeader('Contact', contact)
        expect(() => request.createResponse(404).setHeader('Contact', contact)).to.throw(TypeError)
        request.session.createRequest('REGISTER').setHeader('Contact', contact)
        expect(() => request.session.createRequest('MESSAGE').setHeader('Contact', contact)).to.throw(TypeError)
      },
      { method: 'OPTIONS' },
    ))

  it('V-3 keeps the tags of From and To, and lets a new request have others beside them', () =>
    given(request => {
      const next = request.session.createRequest('MESSAGE')
      const { tag } = next.from
      next.setHeader('From', '"Me" <sip:me@example.com>')
      expect(next.from.toString()).to.equal(`"Me" <sip:me@example.com>;tag=${tag}`)
      expect(() => next.setHeader('From', '<sip:me@example.com>;tag=1')).to.throw(TypeError, 'tags')
      expect(() => request.createResponse(200).setHeader('To', '<sip:me@example.com>')).to.throw(
        TypeError,
        'new request',
      )
    }))

  it('V-17 is not changed or sent any more once it is committed', () =>
    given(request => {
      const response = request.createResponse(200)
      response.send()
      expect([response.isCommitted, request.isCommitted]).to.deep.equal([true, true])
      const late = [
        () => response.setHeader('Subject', '1'),
        () => response.setStatus(404),
        () => response.send(),
        () => request.setHeader('Subject', '1'),
        () => request.createResponse(200),
        () => request.send(),
      ]
      for (const act of late) expect(act).to.throw(ServletError).with.property('code', 'IllegalState')
    }))

  it('V-4 of a request: parts, Max-Forwards, Routes, and the line that a proxy is not there yet', () =>
    given(request => {
      expect([request.isInitial, request.maxForwards, request.region]).to.deep.equal([true, 70, 'NEUTRAL'])
      expect(request.requestURI.host).to.equal('192.0.2.1')
      expect(() => request.getProxy()).to.throw(ServletError, 'no proxy yet')
      expect(() => request.pushRoute('sip:192.0.2.9;lr')).to.throw(ServletError, 'only a new request')
      expect(() => request.createCancel()).to.throw(ServletError, 'no MESSAGE under way')
      const next = request.session.createRequest('MESSAGE')
      next.pushRoute('sip:192.0.2.8;lr')
      next.pushRoute('sip:192.0.2.9;lr')
      expect(next.getHeaders('Route')).to.deep.equal(['<sip:192.0.2.9;lr>', '<sip:192.0.2.8;lr>'])
      expect(() => next.pushRoute('sip:192.0.2.9')).to.throw(TypeError, 'with lr')
      next.maxForwards = 3
      next.requestURI = 'sip:other@192.0.2.7'
      expect([next.maxForwards, next.requestURI.user]).to.deep.equal([3, 'other'])
      expect(() => next.createResponse(200)).to.throw(ServletError)
      expect(() => request.createResponse(99)).to.throw(TypeError)
    }))

  it('V-5 of a response: status, reason, request and realms', () =>
    given(request => {
      const response = request.createResponse(401)
      response.setHeader('WWW-Authenticate', 'Digest realm="here", nonce="1"')
      expect(response.challengeRealms).to.deep.equal(['here'])
      response.setStatus(486)
      expect([response.status, response.reasonPhrase]).to.deep.equal([486, 'Busy Here'])
      expect(response.request).to.equal(request)
      expect(response.method).to.equal('MESSAGE')
      expect(() => response.createAck()).to.throw(ServletError)
      expect(() => response.createPrack()).to.throw(ServletError)
      expect(() => response.sendReliably()).to.throw(ServletError, 'only answers to INVITE')
    }))
})
