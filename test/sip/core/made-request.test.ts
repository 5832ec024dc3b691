/** Requests that an application has made before it sends them. */

import { expect } from 'chai'
import { toAddress } from '../../../apps/sip/sip.js'
import { hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

describe('a request that is made before it is sent', () => {
  it('UA-2 §8.1.1 goes out as it was made, with what the application has changed', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const { stack } = await stage.stack('alice')
      const from = '"Alice" <sip:alice@example.com>;x=1'
      const made = stack.createRequest('MESSAGE', bob.uri(), {
        from,
        headers: { 'Content-Type': 'text/plain' },
        body: 'hi',
      })
      const told = stack.request('MESSAGE', made.with({ headers: { 'Max-Forwards': 7, Subject: 'more' } }))
      const [message] = await bob.expect('MESSAGE')
      expect(message.callId).to.equal(made.callId)
      expect(message.cseq.number).to.equal(made.cseq.number)
      expect(message.from.toString()).to.equal(`${from};tag=${made.from.tag}`)
      expect(message.get('Max-Forwards')).to.equal(7)
      expect(message.get('Subject')).to.equal('more')
      expect(message.body).to.equal('hi')
      bob.send(200)
      expect((await told).kind).to.equal('answered')
    }))

  it('§13.2 makes a call that way', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const { stack } = await stage.stack('alice')
      const made = stack.createRequest('INVITE', bob.uri())
      const call = stack.invite(made)
      const [invite] = await bob.expect('INVITE')
      expect(invite.callId).to.equal(made.callId)
      expect(invite.from.tag).to.equal(made.from.tag)
      bob.send(486)
      await bob.expect('ACK')
      expect((await call.outcome).kind).to.equal('rejected')
    }))

  it('§11.1 an OPTIONS says what it takes in the answer, in a call and outside, unless the application does [3261-11.1-1]', () =>
    passing(async stage => {
      const { bob, alice, dialog } = await established(stage)
      for (const [headers, accept] of [
        [undefined, ['application/sdp']],
        [{ Subject: 'x' }, ['application/sdp']],
        [{ accept: 'text/plain' }, ['text/plain']],
      ] as const) {
        const options = headers === undefined ? {} : { headers }
        for (const ask of [
          () => alice.stack.request('OPTIONS', bob.uri(), options),
          () => dialog.request('OPTIONS', options),
        ]) {
          const told = ask()
          const [asked] = await bob.expect('OPTIONS')
          expect(asked.raw('Accept')).to.deep.equal(accept)
          bob.send(200, { for: asked })
          await told
        }
      }
      await hungUp(bob, dialog)
    }))

  it('§8.1.1.7 is refused with the Via of somebody, or as something else', () =>
    passing(async stage => {
      const { stack } = await stage.stack('alice')
      const made = stack.createRequest('OPTIONS', 'sip:bob@192.0.2.9')
      expect(() => stack.request('MESSAGE', made)).to.throw(TypeError, 'the request is OPTIONS, not MESSAGE')
      const received = made.prepend('Via', 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1')
      expect(() => stack.request('OPTIONS', received)).to.throw(TypeError, 'has a Via')
    }))
})

describe('an address as text', () => {
  it('§20.10 is one with its name and parameters, or a URI with its own', () => {
    expect(toAddress('"A" <sip:a@example.com>;q=0.5').q).to.equal(0.5)
    expect(toAddress('sip:a@example.com;lr').uri.isLooseRouter).to.equal(true)
    expect(toAddress(toAddress('sip:a@example.com')).uri.user).to.equal('a')
    expect(() => toAddress('<sip:a@example.com>, <sip:b@example.com>')).to.throw(TypeError, 'not an address')
    expect(() => toAddress('nobody')).to.throw(TypeError, 'not a URI')
  })
})
