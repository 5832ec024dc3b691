/** Sessions: their states, their next requests, and their end. */

import { expect } from 'chai'
import type { RawPeer, Stage } from '../../apps/scenario/scenario.js'
import {
  type ServletContainer,
  ServletError,
  SipServlet,
  type SipServletRequest,
  type SipServletResponse,
  type SipSession,
} from '../../apps/servlet/servlet.js'
import { cancelled } from '../../specs/callers.js'
import { passing } from '../scenario/passing.js'
import { empty, running } from './container.js'

describe('a session', () => {
  it('V-9 goes from INITIAL by EARLY and CONFIRMED to TERMINATED, for a callee', () =>
    passing(async stage => {
      const states: string[] = []
      class Callee extends SipServlet {
        override doInvite(request: SipServletRequest): void {
          const { session } = request
          states.push(session.state)
          expect(() => session.createRequest('INFO')).to.throw(ServletError, 'no dialog yet')
          request.createResponse(180).send()
          states.push(session.state)
          request.createResponse(200).send()
          states.push(session.state)
        }
        override doBye({ session }: SipServletRequest): void {
          states.push(session.state)
          kept = session
        }
      }
      let kept: SipSession | undefined
      const { alice, peer, container } = await running(stage, Callee)
      alice.send('INVITE', { to: peer })
      await alice.expect(180, 200)
      alice.send('ACK')
      expect(container.census()).to.include({ applicationSessions: 1, sessions: 1 })
      alice.send('BYE')
      await alice.expect(200)
      await stage.pause(1)
      expect(states).to.deep.equal(['INITIAL', 'EARLY', 'CONFIRMED', 'CONFIRMED'])
      expect([kept?.state, kept?.isValid]).to.deep.equal(['TERMINATED', false])
      expect(() => kept?.createRequest('INFO')).to.throw(ServletError, 'invalidated')
      expect(container.census()).to.include(empty)
    }))

  it('V-9 of a call that is refused is over', () =>
    passing(async stage => {
      class Busy extends SipServlet {
        override doInvite(request: SipServletRequest): void {
          request.createResponse(486).send()
          expect(request.session.state).to.equal('TERMINATED')
          expect(() => request.session.createRequest('INFO')).to.throw(ServletError, 'over')
        }
      }
      const { alice, peer, container, log } = await running(stage, Busy)
      alice.send('INVITE', { to: peer })
      await alice.expect(486)
      alice.send('ACK')
      await stage.pause(1)
      expect(log).to.deep.equal([])
      expect(container.census()).to.include(empty)
    }))

  it('V-9 sends the next request without a dialog with the parties exchanged, its Call-ID, and nobody named by a tag', () =>
    passing(async stage => {
      class Echo extends SipServlet {
        override doMessage(request: SipServletRequest): void {
          request.createResponse(200).send()
          const echo = request.session.createRequest('MESSAGE')
          echo.setContent(request.content, 'text/plain')
          echo.requestURI = alice.uri('contact')
          echo.send()
        }
      }
      const { alice, peer, container } = await running(stage, Echo)
      const asked = alice.send('MESSAGE', { to: peer, body: 'ho', headers: { 'Content-Type': 'text/plain' } })
      const [answer, echo] = await alice.expect(200, 'MESSAGE')
      expect([echo.uri.user, echo.body, echo.callId]).to.deep.equal(['contact', 'ho', asked.callId])
      expect([String(echo.to.uri), echo.to.tag]).to.deep.equal([String(asked.from.uri), undefined])
      expect(String(echo.from.uri)).to.equal(String(asked.to.uri))
      expect(echo.from.tag).to.be.a('string').and.not.equal(answer.to.tag)
      expect(container.census().applicationSessions).to.equal(1)
      alice.send(200, { for: echo })
      await stage.pause(5)
      expect(container.census()).to.include(empty)
    }))

  it('V-9 hands what comes to another servlet of the application', () =>
    passing(async stage => {
      class First extends SipServlet {
        override doInvite(request: SipServletRequest): void {
          expect(request.session.handler).to.equal('first')
          expect(() => request.session.setHandler('third')).to.throw(TypeError, 'no servlet third')
          request.session.setHandler('second')
          request.createResponse(200).send()
        }
      }
      class Second extends SipServlet {
        override doInfo(request: SipServletRequest): void {
          request.createResponse(299).send()
        }
      }
      const { alice, peer } = await running(stage, { servlets: { first: First, second: Second }, mainServlet: 'first' })
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      alice.send('INFO')
      await alice.expect(299)
      alice.send('BYE')
      await alice.expect(200)
    }))

  it('V-9 ends when the application says so: what rings is refused, what is up is ended with BYE', () =>
    passing(async stage => {
      let session: SipSession | undefined
      class Ending extends SipServlet {
        override doInvite(request: SipServletRequest): void {
          session = request.session
          request.createResponse(request.requestURI.user === 'up' ? 200 : 180).send()
        }
      }
      const { alice, peer, container } = await running(stage, Ending)
      alice.send('INVITE', { to: peer })
      await alice.expect(180)
      session?.invalidate()
      await alice.expect(480)
      alice.send('ACK')
      alice.send('INVITE', { to: peer, user: 'up' })
      await alice.expect(200)
      alice.send('ACK')
      await stage.pause(1)
      session?.invalidate()
      await alice.expect('BYE')
      alice.send(200)
      await stage.pause(1)
      expect(() => session?.invalidate()).to.throw(ServletError, 'invalidated')
      expect(container.census()).to.include(empty)
    }))

  it('V-9 stays when it is told to, and is over then when it is invalidated', () =>
    passing(async stage => {
      let session: SipSession | undefined
      class Staying extends SipServlet {
        override doMessage(request: SipServletRequest): void {
          session = request.session
          session.invalidateWhenReady = false
          request.createResponse(200).send()
        }
      }
      const { alice, peer, container } = await running(stage, Staying)
      alice.send('MESSAGE', { to: peer })
      await alice.expect(200)
      await stage.pause(100)
      expect([session?.isValid, session?.isReadyToInvalidate]).to.deep.equal([true, true])
      session?.invalidate()
      expect(container.census()).to.include(empty)
    }))
})

describe('a call of a servlet', () => {
  /** A servlet that calls whom a MESSAGE names. */
  class Caller extends SipServlet {
    readonly told: string[] = []
    static latest: Caller | undefined
    session: SipSession | undefined
    override init(): void {
      Caller.latest = this
    }
    override doMessage(request: SipServletRequest): void {
      request.createResponse(202).send()
      const { sipFactory } = this.servletContext
      const invite = sipFactory.createRequest(
        request.applicationSession,
        'INVITE',
        'sip:app@example.com',
        request.content,
      )
      if (request.getHeader('Subject') === 'offer') invite.setContent('v=0\r\n', 'application/sdp')
      invite.send()
      this.session = invite.session
      expect(() => invite.send()).to.throw(ServletError, 'sent already')
    }
    #note(name: string, { status, session }: SipServletResponse): void {
      this.told.push(`${name} ${status} ${session.state}`)
    }
    override doProvisionalResponse(response: SipServletResponse): void {
      this.#note('provisional', response)
    }
    override doSuccessResponse(response: SipServletResponse): void {
      this.#note('success', response)
      if (response.method !== 'INVITE') return
      const ack = response.createAck()
      if (response.content !== '') ack.setContent('v=1\r\n', 'application/sdp')
      ack.send()
      response.session.createRequest('INFO').send()
    }
    override doRedirectResponse(response: SipServletResponse): void {
      this.#note('redirect', response)
    }
    override doErrorResponse(response: SipServletResponse): void {
      this.#note('error', response)
    }
    override doBye({ session }: SipServletRequest): void {
      this.told.push(`bye ${session.state}`)
    }
  }

  /** alice has asked the servlet for a call to bob. */
  async function calling(
    stage: Stage,
    servlet: typeof Caller,
    subject = 'none',
  ): Promise<{ readonly bob: RawPeer; readonly container: ServletContainer }> {
    const { alice, peer, container } = await running(stage, servlet)
    const bob = await stage.raw('bob')
    const headers = { 'Content-Type': 'text/plain', Subject: subject }
    alice.send('MESSAGE', { to: peer, body: bob.uri(), headers })
    await alice.expect(202)
    return { bob, container }
  }

  for (const [subject, answered] of [
    ['offer', 'none'],
    ['none', 'v=1\r\n'],
  ] as const) {
    it(`V-5 V-6 is acknowledged by createAck(), where the ${subject === 'offer' ? 'caller' : 'callee'} makes the offer [3261-13.2.1-5]`, () =>
      passing(async stage => {
        const { bob, container } = await calling(stage, Caller, subject)
        const [invite] = await bob.expect('INVITE')
        expect(String(invite.from.uri)).to.equal('sip:app@example.com')
        bob.send(180)
        bob.send(200, { body: 'v=0\r\n', headers: { 'Content-Type': 'application/sdp' } })
        const [ack, info] = await bob.expect('ACK', 'INFO')
        if (answered !== 'none') expect(ack.body).to.equal(answered)
        expect(info.to.tag).to.be.a('string')
        bob.send(200, { for: info })
        await stage.pause(5)
        bob.send('BYE')
        await bob.expect(200)
        await stage.pause(5)
        expect(Caller.latest?.told).to.deep.equal([
          'provisional 180 EARLY',
          'success 200 CONFIRMED',
          'success 200 CONFIRMED',
          'bye CONFIRMED',
        ])
        await stage.pause(40_000)
        expect(container.census()).to.include(empty)
      }))
  }

  it('D-6 that is refused or redirected tells the servlet, and may be tried again', () =>
    passing(async stage => {
      const { alice, peer, container } = await running(stage, Caller)
      const bob = await stage.raw('bob')
      const headers = { 'Content-Type': 'text/plain' }
      for (const status of [486, 302]) {
        alice.send('MESSAGE', { to: peer, body: bob.uri(), headers })
        await alice.expect(202)
        await bob.expect('INVITE')
        bob.send(status)
        await bob.expect('ACK')
      }
      await stage.pause(5)
      expect(Caller.latest?.told).to.deep.equal(['error 486 INITIAL', 'redirect 302 INITIAL'])
      expect(container.census()).to.include(empty)
    }))

  it('D-6 that nobody answers has had a 408', () =>
    passing(async stage => {
      const { bob, container } = await calling(stage, Caller)
      await bob.expect('INVITE')
      await stage.pause(33_000)
      expect(Caller.latest?.told).to.deep.equal(['error 408 INITIAL'])
      expect(container.census()).to.include(empty)
    }))

  it('V-4 is given up by createCancel()', () =>
    passing(async stage => {
      class Impatient extends Caller {
        override doProvisionalResponse({ request }: SipServletResponse): void {
          request.createCancel().send()
        }
      }
      const { bob, container } = await calling(stage, Impatient)
      const [invite] = await bob.expect('INVITE')
      bob.send(180)
      await cancelled(bob, invite)
      await stage.pause(5)
      expect(Caller.latest?.told).to.deep.equal(['error 487 INITIAL'])
      expect(container.census()).to.include(empty)
    }))

  it('V-5 answers an offer that rings with createPrack() [3262-5-2]', () =>
    passing(async stage => {
      class Acknowledging extends Caller {
        override doProvisionalResponse(response: SipServletResponse): void {
          const prack = response.createPrack()
          prack.setContent('v=2\r\n', 'application/sdp')
          prack.send()
        }
      }
      const { bob, container } = await calling(stage, Acknowledging)
      const [invite] = await bob.expect('INVITE')
      const headers = { 'Content-Type': 'application/sdp', Require: '100rel', RSeq: '1' }
      bob.send(183, { body: 'v=0\r\n', headers })
      const [prack] = await bob.expect('PRACK')
      expect(prack.body).to.equal('v=2\r\n')
      bob.send(200, { for: prack })
      bob.send(486, { for: invite })
      await bob.expect('ACK')
      await stage.pause(5)
      expect(Caller.latest?.told).to.deep.equal(['error 486 INITIAL'])
      expect(container.census()).to.include(empty)
    }))

  it('V-9 has its next request sent while it still rings', () =>
    passing(async stage => {
      class Asking extends Caller {
        override doProvisionalResponse({ session }: SipServletResponse): void {
          session.createRequest('INFO').send()
        }
      }
      const { bob, container } = await calling(stage, Asking)
      const [invite] = await bob.expect('INVITE')
      const ringing = bob.send(180)
      const [info] = await bob.expect('INFO')
      expect(info.to.tag).to.equal(ringing.to.tag)
      bob.send(200, { for: info })
      bob.send(486, { for: invite })
      await bob.expect('ACK')
      await stage.pause(5)
      expect(Caller.latest?.told).to.deep.equal(['success 200 EARLY', 'error 486 INITIAL'])
      expect(container.census()).to.include(empty)
    }))

  it('V-9 belongs to the branch that answers, not to one that rang, and is acknowledged first', () =>
    passing(async stage => {
      const { bob, container } = await calling(stage, Caller)
      const [invite] = await bob.expect('INVITE')
      const branch = (tag: string): { To: string } => ({ To: `${invite.raw('To').join()};tag=${tag}` })
      bob.send(180, { headers: branch('one') })
      await stage.pause(5)
      bob.send(200, { headers: { ...branch('two'), 'Content-Type': 'application/sdp' }, body: 'v=0\r\n' })
      await bob.expect('ACK')
      const [info] = await bob.expect('INFO')
      expect(info.to.tag).to.equal('two')
      bob.send(200, { for: info })
      await stage.pause(5)
      Caller.latest?.session?.invalidate()
      const [bye] = await bob.expect('BYE')
      expect(bye.to.tag).to.equal('two')
      bob.send(200, { for: bye })
      await stage.pause(40_000)
      expect(container.census()).to.include(empty)
    }))

  it('V-5 that nobody acknowledges is ended by the stack, and its session with it [3261-13.2.2.4-8]', () =>
    passing(async stage => {
      class Forgetful extends Caller {
        override doSuccessResponse(): void {}
      }
      const { bob, container } = await calling(stage, Forgetful)
      await bob.expect('INVITE')
      bob.send(200, { body: 'v=0\r\n', headers: { 'Content-Type': 'application/sdp' } })
      const [, bye] = await bob.within(40_000).expect('ACK', 'BYE')
      bob.send(200, { for: bye })
      await stage.pause(5)
      expect(container.census()).to.include(empty)
    }))

  it('V-4 answers a challenge with addAuthHeader(), by name and password or by AuthInfo', () =>
    passing(async stage => {
      class Proving extends Caller {
        override doErrorResponse(response: SipServletResponse): void {
          if (response.status === 486) return
          const again = response.session.createRequest('INVITE')
          const { sipFactory } = this.servletContext
          if (response.status === 401) again.addAuthHeader(response, 'me', 'secret')
          else again.addAuthHeader(response, sipFactory.createAuthInfo().addAuthInfo(407, 'there', 'me', 'secret'))
          again.send()
        }
      }
      const { bob, container } = await calling(stage, Proving)
      const www = { 'WWW-Authenticate': 'Digest realm="here", nonce="1", algorithm=MD5' }
      const proxy = { 'Proxy-Authenticate': 'Digest realm="there", nonce="1", algorithm=MD5' }
      const seen: (string | undefined)[] = []
      const numbers: number[] = []
      // The stack sends it without the password first, as it knows no nonce.
      for (const headers of [www, www, proxy, proxy]) {
        const [invite] = await bob.expect('INVITE')
        numbers.push(invite.cseq.number)
        seen.push(invite.raw('Authorization')[0])
        bob.send('WWW-Authenticate' in headers ? 401 : 407, { headers })
        await bob.expect('ACK')
      }
      const [last] = await bob.expect('INVITE')
      expect(last.raw('Proxy-Authorization')[0]).to.include('username="me"').and.include('realm="there"')
      expect(seen.slice(0, 2)).to.deep.equal([undefined, undefined])
      expect(seen[2]).to.include('username="me"')
      expect(new Set([...numbers, last.cseq.number]).size).to.equal(5)
      bob.send(486)
      await bob.expect('ACK')
      await stage.pause(5)
      expect(container.census()).to.include(empty)
    }))
})
