/** An application between two parties that passes on all they say: offers in answers, requests inside the call, its end. */

import { expect } from 'chai'
import { SipServlet, type SipServletRequest, type SipServletResponse } from '../../apps/servlet/servlet.js'
import { passing } from '../scenario/passing.js'
import { empty, running } from './container.js'

/** Passes requests on to the linked session, and their responses back to what they are for. */
class Between extends SipServlet {
  override doRequest(request: SipServletRequest): void {
    const { b2buaHelper, method, session, isInitial } = request
    if (method === 'ACK') return this.#acknowledge(request)
    if (isInitial) b2buaHelper.createRequest(request, { linked: true }).send()
    else if (session.linked !== undefined) b2buaHelper.createRequest(request, { session: session.linked }).send()
  }

  /** The answer of the one goes to the other. */
  #acknowledge(ack: SipServletRequest): void {
    const [, latest] = this.servletContext.attributes.get('2xx') as [SipServletRequest, SipServletResponse]
    const passed = latest.createAck()
    if (ack.contentType !== undefined) passed.setContent(ack.rawContent, ack.contentType)
    passed.send()
  }

  override doResponse(response: SipServletResponse): void {
    const original = response.request.linked
    if (original === undefined || original.method === 'BYE') return
    if (response.method === 'INVITE' && response.message.isSuccess) {
      this.servletContext.attributes.set('2xx', [original, response])
    }
    const back = original.createResponse(response.status, response.reasonPhrase)
    if (response.contentType !== undefined) back.setContent(response.rawContent, response.contentType)
    back.send()
  }
}

const sdp = { 'Content-Type': 'application/sdp' }

describe('a back-to-back application', () => {
  it('V-13 lets the callee make the offer, and passes the answer on in the ACK, in a re-INVITE too [3261-13.2.1-5]', () =>
    passing(async stage => {
      const { alice, peer, container, log } = await running(stage, Between)
      const bob = await stage.raw('bob')
      for (const isAgain of [false, true]) {
        if (isAgain) alice.send('INVITE')
        else alice.send('INVITE', { to: peer, uri: bob.uri() })
        const [invite] = await bob.expect('INVITE')
        expect(invite.body).to.equal('')
        bob.send(200, { body: 'v=0 offer\r\n', headers: sdp })
        const [answered] = await alice.expect(200)
        expect(answered.body).to.equal('v=0 offer\r\n')
        alice.send('ACK', { body: 'v=0 answer\r\n', headers: sdp })
        const [ack] = await bob.expect('ACK')
        expect(ack.body).to.equal('v=0 answer\r\n')
        await stage.pause(5)
      }
      alice.send('INFO', { body: '5', headers: { 'Content-Type': 'text/plain', 'X-Key': '1' } })
      const [info] = await bob.expect('INFO')
      expect([info.body, info.raw('X-Key')[0]]).to.deep.equal(['5', '1'])
      bob.send(299)
      await alice.expect(299)
      bob.send('BYE')
      await Promise.all([bob.expect(200), alice.expect('BYE')])
      alice.send(200)
      await stage.pause(10)
      expect(log).to.deep.equal([])
      expect(container.census()).to.include(empty)
    }))

  it('V-13 passes a refusal on, and nothing is left', () =>
    passing(async stage => {
      const { alice, peer, container, log } = await running(stage, Between)
      const bob = await stage.raw('bob')
      for (let call = 0; call < 3; call++) {
        alice.send('INVITE', { to: peer, uri: bob.uri(), body: 'v=0\r\n', headers: sdp })
        const [invite] = await bob.expect('INVITE')
        expect(invite.body).to.equal('v=0\r\n')
        bob.send(486)
        await Promise.all([bob.expect('ACK'), alice.expect(486)])
        alice.send('ACK')
      }
      await stage.pause(10)
      expect(log).to.deep.equal([])
      expect(container.census()).to.include(empty)
    }))
})
