import { expect } from 'chai'
import { response, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core } from '../../../apps/sip/sip.js'
import { hungUp, placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from '../core/established.js'

const anybody: Core = { name: 'anybody', match: () => true }

const slow: Core = {
  name: 'slow',
  match: () => true,
  OPTIONS: options => options.after(1000, () => options.reply(200)),
  INVITE: invite => {
    invite.reply(180)
    invite.after(1000, () => invite.reply(486))
  },
}

function overTcp(body: (stage: Stage) => Promise<void>): Promise<unknown> {
  return passing(body, { transport: 'tcp' })
}

/** A URI of a place where nobody listens. */
const nowhere = 'sip:nobody@192.0.2.200:5060;transport=tcp'

describe('§18 a TCP connection', () => {
  it('receive_request_send_response_tcp: the response comes on the connection of the request [3261-18.2.2-2]', () =>
    overTcp(async stage => {
      const bob = await stage.stack('bob', { cores: [anybody] })
      const alice = await stage.raw('alice', { sentBy: 'nowhere.example.com:1' })
      alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
      expect(await bob.stack.census()).to.include({ connections: 1 })
    }))

  it('RFC 4475 §3.1.2.4 what came in one piece with garbage is answered before the connection is closed', () =>
    overTcp(async stage => {
      const bob = await stage.stack('bob', { cores: [anybody] })
      const alice = await stage.raw('alice')
      alice.write(`${alice.compose('OPTIONS', { to: bob })}garbage that is no message\r\n\r\n`, bob)
      await alice.expect(200)
      await stage.pause(1000)
      expect(await bob.stack.census()).to.include({ connections: 0 })
    }))

  it('receive_request_send_response_tcp_reconnect: is it gone, a new one is made to received and the port in sent-by [3261-18.2.2-3]', () =>
    overTcp(async stage => {
      const bob = await stage.stack('bob', { cores: [slow] })
      const alice = await stage.raw('alice', { sentBy: 'alice.example.com:5060' })
      alice.send('OPTIONS', { to: bob })
      await stage.pause(100)
      alice.disconnect()
      await stage.pause(100)
      expect(await bob.stack.census()).to.include({ connections: 0 })
      await alice.expect(200)
      expect(await bob.stack.census()).to.include({ connections: 1 })
    }))

  it('B-6 §18.2.2 a maddr in its Via is no way back: the response stays on the connection, and is it gone, goes to received [3261-18.2.2-2] [3261-18.2.2-3]', () =>
    overTcp(async stage => {
      const bob = await stage.stack('bob', { cores: [slow] })
      const alice = await stage.raw('alice')
      const other = await stage.raw('other')
      const Via = `SIP/2.0/TCP ${alice.place.address}:${alice.place.port};maddr=${other.place.address};branch=z9hG4bK`
      alice.send('OPTIONS', { to: bob, headers: { Via: `${Via}1` } })
      await alice.expect(200)
      alice.send('OPTIONS', { to: bob, headers: { Via: `${Via}2` } })
      await stage.pause(100)
      alice.disconnect()
      await alice.expect(200)
      await other.silence(1000)
    }))

  it('B-10 carries many messages of one transaction, and many transactions', () =>
    overTcp(async stage => {
      const bob = await stage.stack('bob', { cores: [slow] })
      const alice = await stage.raw('alice')
      for (let call = 0; call < 3; call++) {
        alice.send('INVITE', { to: bob })
        await alice.expect(180)
        alice.repeat()
        await alice.expect(response(180, { again: true }))
        await alice.expect(486)
        alice.send('ACK')
        alice.repeat()
      }
      expect(await bob.stack.census()).to.include({ connections: 1 })
    }))

  it('is kept for ten minutes after the last octet, longer than any transaction takes [3261-18-1] [3261-18-2]', () =>
    overTcp(async stage => {
      const bob = await stage.stack('bob', { cores: [anybody] })
      const alice = await stage.raw('alice')
      for (const quiet of [64 * 500, 599_000]) {
        alice.send('OPTIONS', { to: bob })
        await alice.expect(200)
        await stage.pause(quiet)
        expect(await bob.stack.census()).to.include({ connections: 1 })
      }
      await stage.pause(2000)
      expect(await bob.stack.census()).to.include({ connections: 0 })
    }))

  it('§18.1.1 is used again for the next request to the same place [3261-18.1.1-14]', () =>
    overTcp(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      for (let i = 0; i < 3; i++) {
        const outcome = alice.stack.request('OPTIONS', bob.uri())
        await bob.expect('OPTIONS')
        bob.send(200)
        expect((await outcome).kind).to.equal('answered')
      }
      expect(await alice.stack.census()).to.include({ connections: 1 })
    }))

  it('§7.5 may bring a message octet by octet, and several messages at once', () =>
    overTcp(async stage => {
      const bob = await stage.stack('bob', { cores: [anybody] })
      const alice = await stage.raw('alice')
      stage.network.fragment(1)
      alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
      stage.network.fragment(100_000)
      const one = alice.send('OPTIONS', { to: bob }).source ?? ''
      await alice.expect(200)
      const copies = [1, 2, 3].map(at =>
        one.replace(/branch=\w+/, `branch=z9hG4bK${at}`).replace(/CSeq: 1/, `CSeq: ${at + 1}`),
      )
      alice.write(copies.join(''))
      await alice.expect(200, 200, 200)
    }))

  it('§18.4 that is refused is a transport error, at once [3261-17.1.4-1]', () =>
    overTcp(async stage => {
      const alice = await stage.stack('alice')
      expect((await alice.stack.request('OPTIONS', nowhere)).kind).to.equal('transportError')
      expect((await alice.stack.invite(nowhere).outcome).kind).to.equal('transportError')
      expect(stage.now).to.be.below(100)
    }))

  it('§18.4 that is never answered is a transport error long before Timer F', () =>
    overTcp(async stage => {
      const alice = await stage.stack('alice')
      stage.network.silence('192.0.2.200')
      expect((await alice.stack.request('OPTIONS', nowhere)).kind).to.equal('transportError')
      expect(stage.now).to.be.within(3000, 6000)
    }))

  it('§17.1.4 that breaks takes along the client transactions that have had no answer yet [3261-17.1.4-1]', () =>
    overTcp(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const [options, call] = [alice.stack.request('OPTIONS', bob.uri()), alice.stack.invite(bob.uri())]
      await bob.expect('OPTIONS', 'INVITE')
      stage.network.cut()
      expect((await options).kind).to.equal('transportError')
      expect((await call.outcome).kind).to.equal('transportError')
    }))

  it('§17.1.4 that breaks ends a call that rings [3261-17.1.4-1]', () =>
    overTcp(async stage => {
      const { bob, call } = await placed(stage)
      bob.send(180)
      await stage.pause(1000)
      stage.network.cut()
      expect((await call.outcome).kind).to.equal('transportError')
      expect(stage.now).to.be.below(1100)
    }))

  it('§17.2.4 that breaks costs the server transactions nothing: what they answer goes by another one', () =>
    overTcp(async stage => {
      const bob = await stage.stack('bob', { cores: [slow] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(180)
      stage.network.cut()
      await alice.expect(486)
      alice.send('ACK')
    }))

  it('whose peer does not read is given up before it holds all our memory', () =>
    overTcp(async stage => {
      const bob = await stage.stack('bob', { cores: [anybody] })
      const alice = await stage.raw('alice')
      const mallory = await stage.raw('mallory')
      mallory.send('OPTIONS', { to: bob })
      await mallory.expect(200)
      stage.network.stall(mallory.place.address)
      const more = { 'X-Filler': 'x'.repeat(1000) }
      for (let i = 0; i < 5000; i++) mallory.send('OPTIONS', { headers: more })
      await stage.pause(100)
      expect(await bob.stack.census()).to.include({ connections: 0 })
      alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
    }))

  it('without traffic is closed after ten minutes', () =>
    overTcp(async stage => {
      const bob = await stage.stack('bob', { cores: [anybody] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
      await stage.pause(599_000)
      expect(await bob.stack.census()).to.include({ connections: 1 })
      await stage.pause(2000)
      expect(await bob.stack.census()).to.include({ connections: 0 })
    }))

  it('of the caller carries what it sends within the dialog', () =>
    overTcp(async stage => {
      const { alice, bob, dialog } = await established(stage)
      await hungUp(bob, dialog)
      expect(await alice.stack.census()).to.include({ connections: 1 })
    }))
})
