/** Messages that cross each other, and actors that are just gone. */

import { expect } from 'chai'
import { maybe, request, response } from '../../../apps/scenario/scenario.js'
import type { Core, Outcome, Request } from '../../../apps/sip/sip.js'
import { dialogOf, hungUpBy, placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

const answering: Core = {
  name: 'answering',
  match: () => true,
  INVITE: invite => invite.reply(200, { body: 'v=0\r\n' }),
  INFO: info => info.reply(200),
}

describe('what crosses', () => {
  it('§13.3.1.1 §21.4.18 a call that rings when the stack has been drained gets 480', () =>
    passing(async stage => {
      const ringing: Core = { name: 'ringing', match: () => true, INVITE: invite => invite.reply(180) }
      const bob = await stage.stack('bob', { cores: [ringing] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      const [rings] = await alice.expect(180)
      const drained = bob.stack.drain(1000)
      const [refused] = await alice.within(2000).expect(480)
      expect(refused.to.tag).to.equal(rings.to.tag)
      alice.send('ACK')
      expect(await drained).to.include({ dialogs: 1, servers: 1 })
    }))

  it('§9.2 a CANCEL in the same segment as an INVITE that is answered at once gets its 200', () =>
    passing(
      async stage => {
        const bob = await stage.stack('bob', { cores: [answering] })
        const alice = await stage.raw('alice')
        const invite = alice.compose('INVITE', { to: bob })
        const via = /^Via: .*$/m.exec(invite)?.[0] ?? ''
        const cancel = invite
          .replace(/^INVITE/, 'CANCEL')
          .replace(/^CSeq: (\d+) INVITE/m, 'CSeq: $1 CANCEL')
          .replace(/^Contact: .*\r\n/m, '')
        expect(cancel).to.contain(via)
        alice.write(invite + cancel, bob)
        await alice.expect(
          response(200, { headers: { CSeq: /CANCEL/ } }),
          response(200, { headers: { CSeq: /INVITE/ } }),
        )
        alice.send('ACK')
        alice.send('BYE')
        await alice.expect(200)
      },
      { transport: 'tcp' },
    ))

  it('§12.2.2 a request right behind a BYE gets 481, not silence [3261-12.2.2-1]', () =>
    passing(
      async stage => {
        const bob = await stage.stack('bob', { cores: [answering] })
        const alice = await stage.raw('alice')
        alice.send('INVITE', { to: bob })
        await alice.expect(200)
        alice.send('ACK')
        alice.write(alice.compose('BYE') + alice.compose('INFO'), bob)
        await alice.expect(response(200, { headers: { CSeq: /BYE/ } }), response(481, { headers: { CSeq: /INFO/ } }))
      },
      { transport: 'tcp' },
    ))

  it('§15.1.2 a BYE without a To tag gets 481 whatever cores there are [3261-15.1.2-1]', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [answering] })
      const alice = await stage.raw('alice')
      alice.send('BYE', { to: bob })
      await alice.expect(481)
    }))

  it('two goodbyes at once both settle, and one BYE goes out', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [] })
      const alice = await stage.raw('alice')
      const call = bob.stack.invite(alice.uri())
      await alice.expect(request('INVITE'))
      alice.send(200)
      await alice.expect(request('ACK'))
      const dialog = await dialogOf(call)
      const both: Promise<Outcome>[] = [dialog.bye(), dialog.bye()]
      await alice.expect(request('BYE'))
      alice.send(200)
      expect((await Promise.all(both)).map(({ kind }) => kind)).to.deep.equal(['answered', 'transportError'])
    }))

  it('§8.2.6.2 the 500 for a handler that throws after its 180 carries the tag of the 180 [3261-8.2.6.2-7]', () =>
    passing(async stage => {
      const core: Core = {
        ...answering,
        INVITE: invite => {
          invite.reply(180)
          throw new Error('a bug')
        },
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      const [ringing] = await alice.expect(180)
      const [failed] = await alice.expect(500)
      expect(ringing?.to.tag).to.be.a('string').and.to.equal(failed?.to.tag)
      alice.send('ACK')
      bob.errors()
    }))

  it('a handler that threw cannot answer any more', () =>
    passing(async stage => {
      let late: boolean | undefined
      const core: Core = {
        ...answering,
        INVITE: invite => {
          void stage.pause(1000).then(() => {
            late = invite.reply(200)
          })
          throw new Error('a bug')
        },
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(500)
      alice.send('ACK')
      await stage.pause(3000)
      expect(late).to.equal(false)
      bob.errors()
    }))

  it('an answer given behind a promise, when the handler has long returned, leaves nothing', () =>
    passing(async stage => {
      const core: Core = {
        ...answering,
        OPTIONS: options => {
          void stage.pause(300).then(() => options.reply(200))
        },
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
    }))

  for (const [expires, after, status] of [
    ['30', 30_000, 487],
    ['600', 180_000, 480],
  ] as const) {
    it(`INV-10 §13.3.1 a call with Expires ${expires} that is not answered gets ${status} after ${after / 1000} s [3261-13.3.1-1]`, () =>
      passing(async stage => {
        const core: Core = { ...answering, INVITE: invite => void invite.reply(180) }
        const bob = await stage.stack('bob', { cores: [core] })
        const alice = await stage.raw('alice')
        const began = stage.now
        alice.send('INVITE', { to: bob, headers: { Expires: expires } })
        await alice.expect(180)
        await alice.within(after + 1000).expect(status)
        expect(stage.now - began).to.be.within(after, after + 100)
        alice.send('ACK')
      }))
  }

  it('INV-09 §13.3.1.1 a provisional answer is repeated every minute [3261-13.3.1.1-2]', () =>
    passing(async stage => {
      const core: Core = {
        ...answering,
        INVITE: invite => {
          invite.reply(180)
          invite.after(150_000, () => invite.reply(486))
        },
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      const [ringing] = await alice.expect(180)
      await alice.within(160_000).expect(486)
      alice.send('ACK')
      expect(ringing && alice.times(ringing).length).to.equal(3)
    }))

  for (const [what, headers] of [
    ['Contact: *', { Contact: '*' }],
    ['a Contact that is no SIP URI', { Contact: '<tel:+1>' }],
    ['two Contacts', { Contact: '<sip:a@192.0.2.1>, <sip:b@192.0.2.1>' }],
    ['a Record-Route that cannot be read', { 'Record-Route': '<<<' }],
    ['a Require that cannot be read', { Require: ',,;' }],
  ] as const) {
    it(`§12.1.1 an INVITE with ${what} gets 400: no dialog could come of it`, () =>
      passing(async stage => {
        const bob = await stage.stack('bob', { cores: [answering] })
        const alice = await stage.raw('alice')
        alice.send('INVITE', { to: bob, headers })
        await alice.expect(maybe(100), response(400))
        alice.send('ACK')
      }))
  }
})

it('§15.1.2 a BYE gets 200, and ends the call, even where it requires what nobody knows [3261-15.1.2-4]', () =>
  passing(async stage => {
    const { bob, dialog } = await established(stage)
    bob.send('BYE', { headers: { Require: 'nobody-knows' } })
    await bob.expect(response(200, { of: 'BYE' }))
    expect(await dialog.ended).to.equal('remote')
  }))

describe('a 2xx for what rings no more', () => {
  for (const [how, isOurs, isAnswered] of [
    ['we have ended by BYE', true, true],
    ['we have ended by a BYE that it crosses', true, false],
    ['the callee has ended by BYE', false, true],
  ] as const) {
    it(`§15 §13.2.2.4 of a dialog that ${how}: it is acknowledged, and the call is over, not answered`, () =>
      passing(async stage => {
        const { alice, bob, call, invite } = await placed(stage)
        bob.send(180)
        await stage.pause(100)
        const over = isOurs ? call.earlyDialogs[0]?.bye() : undefined
        let bye: Request | undefined
        if (isOurs) [bye] = await bob.expect('BYE')
        else {
          await hungUpBy(bob)
        }
        if (bye !== undefined && isAnswered) bob.send(200, { for: bye })
        await stage.pause(100)
        expect(call.earlyDialogs).to.have.length(0)
        bob.send(200, { for: invite })
        await bob.expect('ACK')
        if (isAnswered) {
          await bob.expect('BYE')
          bob.send(481)
        } else if (bye !== undefined) bob.send(200, { for: bye })
        expect((await call.outcome).kind).to.equal('cancelled')
        await over
        await stage.pause(33_000)
        expect(await alice.stack.census()).to.include({ dialogs: 0, calls: 0 })
      }))
  }

  it('RFC 3262 §4 RFC 5057 §5.1 a PRACK that gets 481 has ended the dialog: what is answered after that is hung up on', () =>
    passing(async stage => {
      const { bob, call, invite } = await placed(stage)
      bob.send(180, { headers: { Require: '100rel', RSeq: '1' } })
      await bob.expect('PRACK')
      bob.send(481)
      await bob.expect('BYE')
      bob.send(200)
      await stage.pause(100)
      bob.send(200, { for: invite })
      await bob.expect('ACK', 'BYE')
      bob.send(200)
      expect((await call.outcome).kind).to.equal('cancelled')
    }))
})
