import { expect } from 'chai'
import { maybe, response } from '../../apps/scenario/scenario.js'
import uas, { greeting, uas as uasSaying } from '../../apps/uas/uas.js'
import { passing } from '../scenario/passing.js'

describe('the uas demo', () => {
  it('says what to dial', () => {
    expect(greeting('127.0.0.1:5060')).to.include('<sip:anyone@127.0.0.1:5060>')
  })

  it('§11.2 answers OPTIONS with what it allows', () =>
    passing(async stage => {
      const server = await stage.stack('somebody', { cores: [uas] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: server })
      await alice.expect(response(200, { headers: { Allow: /INVITE.*BYE/ } }))
    }))

  it('§13.3.1 §15.1.2 rings, answers at once with SDP, and answers the BYE', () =>
    passing(async stage => {
      const server = await stage.stack('whoever', { cores: [uas] })
      const alice = await stage.raw('alice')
      const began = stage.now
      alice.send('INVITE', { to: server })
      const content = { 'Content-Type': 'application/sdp', Contact: /<sip:whoever@/ }
      await alice.expect(180, response(200, { body: /^v=0\r\n.*m=audio /s, headers: content }))
      expect(stage.now - began).to.be.lessThan(100)
      alice.send('ACK')
      await stage.pause(1000)
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
    }))

  it('RFC 3428 §7 takes messages, and prints them so that they do no harm', () =>
    passing(async stage => {
      const lines: string[] = []
      const server = await stage.stack('somebody', { cores: [uasSaying(line => lines.push(line))] })
      const alice = await stage.raw('alice')
      alice.send('MESSAGE', { to: server, headers: { 'Content-Type': 'text/plain' }, body: 'Hi\u001b[2J' })
      await alice.expect(200)
      expect(lines).to.deep.equal([`UAS:  ${alice.uri()} says: Hi\\u{1b}[2J`])
    }))

  it('leaves to others whom they serve', () =>
    passing(async stage => {
      const bob = {
        name: 'bob',
        match: () => true,
        INVITE: (invite: { reply(status: number): void }) => invite.reply(603),
      }
      const server = await stage.stack('bob', { cores: [uas, bob] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: server })
      await alice.expect(603, maybe(100))
      alice.send('ACK')
    }))
})
