/** The factory, and requests that link two sides. */

import { expect } from 'chai'
import { type ServletContext, ServletError, SipServlet, type SipServletRequest } from '../../apps/servlet/servlet.js'
import { passing } from '../scenario/passing.js'
import { empty, running } from './container.js'

/** Does something in an application, outside any message. */
function within(look: (context: ServletContext) => void): Promise<unknown> {
  return passing(async stage => {
    class Looking extends SipServlet {
      override init(): void {
        look(this.servletContext)
      }
    }
    const { container } = await running(stage, { servlets: { main: { class: Looking, loadOnStartup: 1 } } })
    await container.close()
    expect(container.census()).to.deep.equal({ applications: 0, ...empty })
  })
}

describe('the factory', () => {
  it('V-6 V-7 V-8 makes URIs and addresses', () =>
    within(({ sipFactory }) => {
      expect(String(sipFactory.createURI('tel:+1-2'))).to.equal('tel:+1-2')
      expect(String(sipFactory.createSipURI('a b', 'example.com'))).to.equal('sip:a%20b@example.com')
      expect(String(sipFactory.createSipURI(undefined, '::1'))).to.equal('sip:[::1]')
      expect(String(sipFactory.createAddress('"A" <sip:a@b>;q=0.5'))).to.equal('"A" <sip:a@b>;q=0.5')
      expect(String(sipFactory.createAddress('sip:a@b', 'A'))).to.equal('"A" <sip:a@b>')
      expect(() => sipFactory.createURI('nobody')).to.throw(TypeError)
      expect(() => sipFactory.createAddress('<sip:a@b')).to.throw(TypeError)
    }))

  it('V-6 makes requests, each in a session of its own', () =>
    within(({ sipFactory }) => {
      const session = sipFactory.createApplicationSession()
      const request = sipFactory.createRequest(session, 'INVITE', '"A" <sip:a@b>', '"C" <sip:c@d>')
      expect([String(request.requestURI), request.from.displayName, request.to.displayName]).to.deep.equal([
        'sip:c@d',
        'A',
        'C',
      ])
      expect(request.from.tag).to.be.a('string')
      expect([request.isInitial, request.isCommitted, request.session.state]).to.deep.equal([true, false, 'INITIAL'])
      const other = sipFactory.createRequest(session, 'MESSAGE', request.from, request.to)
      expect(session.sessions).to.deep.equal([request.session, other.session])
      expect(other.callId).not.to.equal(request.callId)
      expect(other.from.tag).not.to.equal(request.from.tag)
      for (const method of ['ACK', 'CANCEL', 'BYE', 'PRACK', 'UPDATE']) {
        expect(() => sipFactory.createRequest(session, method, 'sip:a@b', 'sip:c@d')).to.throw(
          TypeError,
          'begins nothing',
        )
      }
      session.invalidate()
      expect(() => request.send()).to.throw(ServletError, 'invalidated')
      expect(() => sipFactory.createRequest(session, 'INVITE', 'sip:a@b', 'sip:c@d')).to.throw(
        ServletError,
        'invalidated',
      )
    }))
})

describe('the helper of back-to-back user agents', () => {
  /** Looks at a linked request that has not been sent. */
  async function linking(
    look: (original: SipServletRequest) => void,
    headers: Record<string, string> = {},
  ): Promise<void> {
    await passing(async stage => {
      let failure: unknown
      class Linking extends SipServlet {
        override doMessage(request: SipServletRequest): void {
          try {
            look(request)
          } catch (error) {
            failure = error
          }
          request.createResponse(200).send()
        }
      }
      const { alice, peer, container } = await running(stage, Linking)
      alice.send('MESSAGE', { to: peer, body: 'text', headers: { 'Content-Type': 'text/plain', ...headers } })
      await alice.expect(200)
      if (failure !== undefined) throw failure
      await container.close()
    })
  }

  it('V-13 copies headers but those of the system, content and parties, with tags and Call-ID of its own', () =>
    linking(
      original => {
        const { b2buaHelper } = original
        const made = b2buaHelper.createRequest(original, { headers: { 'X-New': '2', Subject: 'other' } })
        expect(made.content).to.equal('text')
        expect([made.contentType, made.getHeader('X-Old'), made.getHeader('X-New')]).to.deep.equal([
          'text/plain',
          '1',
          '2',
        ])
        expect(made.getHeaders('Subject')).to.deep.equal(['other'])
        expect([made.getHeader('Route'), made.getHeader('Contact'), made.getHeader('Via')]).to.deep.equal([
          undefined,
          undefined,
          undefined,
        ])
        expect([made.maxForwards, made.routingDirective]).to.deep.equal([69, 'CONTINUE'])
        expect([String(made.from.uri), String(made.to.uri)]).to.deep.equal([
          String(original.from.uri),
          String(original.to.uri),
        ])
        expect([made.callId === original.callId, made.from.tag === original.from.tag]).to.deep.equal([false, false])
        expect(made.applicationSession).to.equal(original.applicationSession)
        expect(made.linked).to.equal(undefined)
      },
      { 'X-Old': '1', Subject: 'one', Contact: '<sip:a@192.0.2.9>', Route: '<sip:192.0.2.9;lr>' },
    ))

  it('V-13 links sessions and requests, once, and takes them apart', () =>
    linking(original => {
      const { b2buaHelper, session } = original
      const made = b2buaHelper.createRequest(original, { linked: true })
      expect(b2buaHelper.getLinkedSession(session)).to.equal(made.session)
      expect(b2buaHelper.getLinkedSession(made.session)).to.equal(session)
      expect(b2buaHelper.getLinkedSipServletRequest(made)).to.equal(original)
      expect(() => b2buaHelper.createRequest(original, { linked: true })).to.throw(ServletError, 'linked already')
      b2buaHelper.unlinkSipSessions(session)
      expect(b2buaHelper.getLinkedSession(made.session)).to.equal(undefined)
      expect(() => b2buaHelper.unlinkSipSessions(session)).to.throw(ServletError, 'not linked')
      const { sipFactory } = session.applicationSession.application.context
      const other = sipFactory.createRequest(sipFactory.createApplicationSession(), 'MESSAGE', 'sip:a@b', 'sip:c@d')
      expect(() => b2buaHelper.linkSipSessions(session, other.session)).to.throw(
        ServletError,
        'one application session',
      )
    }))

  it('V-13 finds what has no final response, and answers the request that began the session', () =>
    linking(original => {
      const { b2buaHelper, session } = original
      expect(b2buaHelper.getPendingMessages(session, 'UAS')).to.deep.equal([original])
      expect(b2buaHelper.getPendingMessages(session, 'UAC')).to.deep.equal([])
      const response = b2buaHelper.createResponseToOriginalRequest(session, 299, 'Fine')
      expect([response.status, response.request]).to.deep.equal([299, original])
      expect(() => b2buaHelper.createCancel(session)).to.throw(ServletError, 'no INVITE under way')
    }))

  it('V-17 lets nothing go on that has no hop left', () =>
    linking(
      original => {
        expect(() => original.b2buaHelper.createRequest(original))
          .to.throw(ServletError)
          .with.property('code', 'TooManyHops')
      },
      { 'Max-Forwards': '0' },
    ))
})
