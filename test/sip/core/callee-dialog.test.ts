/** Dialogs in the hands of callees, and requests of the callee in those of callers. */

import { expect } from 'chai'
import { type RawPeer, request, response, type Stage } from '../../../apps/scenario/scenario.js'
import type { ActiveDialog, CallHandlers, Core, Incoming } from '../../../apps/sip/sip.js'
import { dialogOf, hungUp, hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

interface Called {
  readonly alice: RawPeer
  readonly invite: Incoming
  readonly dialog: () => ActiveDialog
}

/** alice calls bob, who has a stack; the test answers by hand. */
async function called(stage: Stage, more: Partial<Core> = {}): Promise<Called> {
  let invite: Incoming | undefined
  const core: Core = {
    name: 'bob',
    match: () => true,
    INVITE: incoming => {
      invite = incoming
    },
    ...more,
  }
  const bob = await stage.stack('bob', { cores: [core] })
  const alice = await stage.raw('alice')
  alice.send('INVITE', { to: bob })
  await stage.pause(100)
  if (invite === undefined) throw new Error('no call')
  const asked = invite
  return {
    alice,
    invite: asked,
    dialog: () => {
      if (asked.dialog === undefined) throw new Error('no dialog')
      return asked.dialog
    },
  }
}

describe('the dialog of a callee', () => {
  it('§12.2.2 however many requests come inside, one promise for all of them tells its end', () =>
    passing(async stage => {
      const ends = new Set<Promise<string> | undefined>()
      const hear = (incoming: Incoming): void => void ends.add(incoming.dialog?.ended)
      const { alice, invite } = await called(stage, {
        ACK: hear,
        INFO: info => {
          hear(info)
          info.reply(200)
        },
      })
      invite.reply(200)
      await alice.expect(200)
      alice.send('ACK')
      for (let at = 0; at < 3; at++) {
        alice.send('INFO')
        await alice.expect(response(200, { of: 'INFO' }))
      }
      await hungUpBy(alice)
      expect(await Promise.all(ends)).to.deep.equal(['remote'])
    }))

  it('§12.1.1 §15 is there when an answer has opened it, and is the same from then on; no BYE while it rings [3261-15-3]', () =>
    passing(async stage => {
      const { alice, invite, dialog } = await called(stage)
      expect(invite.dialog).to.equal(undefined)
      invite.reply(100)
      expect(invite.dialog).to.equal(undefined)
      invite.reply(180)
      const [, ringing] = await alice.expect(100, 180)
      const early = dialog()
      expect(early.dialog).to.include({ localTag: ringing.to.tag, remoteTag: ringing.from.tag, state: 'early' })
      expect((await early.bye()).kind).to.equal('transportError')
      invite.reply(200)
      await alice.expect(200)
      alice.send('ACK')
      expect(dialog()).to.equal(early)
      await stage.pause(100)
      await hungUp(alice, early)
      expect(await early.ended).to.equal('local')
    }))

  it('RFC 3311 §5.1 its Contact is the same in all that it sends, though the caller knows it by another name [3311-5.1-2]', () =>
    passing(async stage => {
      const ringing: Incoming[] = []
      const bob = await stage.stack('bob', {
        cores: [{ name: 'bob', match: () => true, INVITE: invite => ringing.push(invite) }],
      })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob, uri: bob.uri('x7f3'), headers: { To: '<sip:bob@biloxi.com>' } })
      await stage.pause(100)
      const [invite] = ringing
      invite?.reply(180)
      const [progress] = await alice.expect(180)
      void invite?.dialog?.update()
      const [update] = await alice.expect('UPDATE')
      alice.send(200, { for: update })
      invite?.reply(200)
      const [ok] = await alice.expect(200)
      alice.send('ACK')
      void invite?.dialog?.reinvite()
      const [change] = await alice.expect('INVITE')
      alice.send(488, { for: change })
      await alice.expect('ACK')
      const contacts = [progress, update, ok, change].map(message => String(message.get('Contact')?.uri))
      expect(contacts).to.deep.equal(Array(4).fill(bob.uri('x7f3')))
      await hungUpBy(alice)
    }))

  it('§13.3.1.4 is not there when the call was refused', () =>
    passing(async stage => {
      const { alice, invite } = await called(stage)
      invite.reply(486)
      await alice.expect(486)
      alice.send('ACK')
      expect(invite.dialog).to.equal(undefined)
    }))

  it('INV-19 §15 its BYE waits for the ACK [3261-15-4]', () =>
    passing(async stage => {
      const { alice, invite, dialog } = await called(stage)
      invite.reply(200)
      await alice.expect(200)
      const over = dialog().bye()
      await stage.pause(300)
      alice.send('ACK')
      const [bye] = await alice.expect('BYE')
      alice.send(200, { for: bye })
      expect((await over).kind).to.equal('answered')
    }))

  it('INV-19 §15 its BYE waits 64*T1 at most where no ACK comes [3261-15-4]', () =>
    passing(async stage => {
      const { alice, invite, dialog } = await called(stage)
      const answered = stage.now
      invite.reply(200)
      const over = dialog().bye()
      await alice.expect(200)
      await stage.pause(31_000)
      await alice.expect('BYE')
      alice.send(200)
      await over
      expect(stage.now - answered).to.be.within(32_000, 32_100)
    }))

  it('INV-12 §14.1 its re-INVITE waits for the ACK, and comes 0 to 2 s after a 491 [3261-14.1-4] [INV-13]', () =>
    passing(async stage => {
      const { alice, invite, dialog } = await called(stage)
      invite.reply(200)
      await alice.expect(200)
      const told = dialog().reinvite({ body: 'v=0\r\n' })
      await stage.pause(300)
      alice.send('ACK')
      const [first] = await alice.expect('INVITE')
      const refused = stage.now
      alice.send(491)
      await alice.expect('ACK')
      const [second] = await alice.expect('INVITE')
      expect(stage.now - refused).to.be.within(0, 2100)
      expect(second.cseq.number).to.equal(first.cseq.number + 1)
      alice.send(200)
      await alice.expect('ACK')
      expect((await told).kind).to.equal('answered')
      await hungUp(alice, dialog())
    }))

  it('§14.1 its re-INVITE waits for the answer to one of the peer [3261-14.1-4]', () =>
    passing(async stage => {
      const reINVITE = (incoming: Incoming): void => incoming.after(150, () => void incoming.reply(200))
      const { alice, invite, dialog } = await called(stage, { reINVITE })
      invite.reply(200)
      await alice.expect(200)
      alice.send('ACK')
      alice.send('INVITE')
      await stage.pause(50)
      const told = dialog().reinvite()
      await alice.expect(200)
      alice.send('ACK')
      await alice.expect('INVITE')
      alice.send(488)
      await alice.expect('ACK')
      expect((await told).kind).to.equal('rejected')
      await hungUp(alice, dialog())
    }))

  it('INV-18 §14.2 ends the call with BYE when its 2xx to a re-INVITE is never acknowledged [3261-14.2-6]', () =>
    passing(async stage => {
      const { alice, invite, dialog } = await called(stage, { reINVITE: again => void again.reply(200) })
      invite.reply(200)
      await alice.expect(200)
      alice.send('ACK')
      alice.send('INVITE')
      await alice.expect(200)
      await stage.pause(31_000)
      await alice.expect('BYE')
      alice.send(200)
      expect(await dialog().ended).to.equal('lost')
    }))

  it('is that of what comes inside: the handlers of ACK, INFO and re-INVITE have it, that of BYE has none', () =>
    passing(async stage => {
      const seen: Record<string, string | undefined> = {}
      const note = (incoming: Incoming): void => {
        const { method } = incoming.request
        seen[method] = incoming.dialog?.dialog.localTag
        if (method !== 'ACK') incoming.reply(200)
      }
      const { alice, invite } = await called(stage, { ACK: note, INFO: note, reINVITE: note, BYE: note })
      invite.reply(200)
      const [ok] = await alice.expect(200)
      alice.send('ACK')
      alice.send('INFO')
      await alice.expect(response(200, { of: 'INFO' }))
      alice.send('INVITE')
      await alice.expect(response(200, { of: 'INVITE' }))
      alice.send('ACK')
      await hungUpBy(alice)
      const { tag } = ok.to
      expect(seen).to.deep.equal({ ACK: tag, INFO: tag, INVITE: tag, BYE: undefined })
    }))

  it('sends from the handler of the ACK', () =>
    passing(async stage => {
      const { alice, invite } = await called(stage, { ACK: ack => ack.dialog?.request('INFO') })
      invite.reply(200)
      await alice.expect(200)
      alice.send('ACK')
      await alice.expect('INFO')
      alice.send(200)
      await hungUpBy(alice)
    }))
})

describe('the handlers of a call that we place', () => {
  async function answered(stage: Stage, handlers?: CallHandlers): Promise<{ bob: RawPeer; dialog: ActiveDialog }> {
    const bob = await stage.raw('bob')
    const alice = await stage.stack('alice')
    const call = alice.stack.invite(bob.uri(), handlers === undefined ? {} : { handlers })
    const allowed = ['INVITE, ACK, CANCEL, BYE, OPTIONS', ...Object.keys(handlers ?? {}).filter(key => key === 'INFO')]
    await bob.expect(request('INVITE', { headers: { Allow: allowed.join(', ') } }))
    bob.send(200)
    await bob.expect('ACK')
    return { bob, dialog: await dialogOf(call) }
  }

  it('§13.2.1 answer what the callee sends, and are told to it by Allow', () =>
    passing(async stage => {
      const told: string[] = []
      const { bob, dialog } = await answered(stage, {
        INFO: info => void info.reply(200, { headers: { 'Content-Type': 'text/plain' }, body: 'thanks' }),
        reINVITE: invite => void invite.reply(200, { body: 'v=0\r\n' }),
        ACK: ({ request: { method } }) => told.push(method),
        BYE: ({ request: { method } }) => told.push(method),
      })
      bob.send('INFO')
      const [thanks] = await bob.expect(response(200, { of: 'INFO' }))
      expect(thanks.body).to.equal('thanks')
      bob.send('INVITE')
      await bob.expect(response(200, { of: 'INVITE' }))
      bob.send('ACK')
      bob.send('MESSAGE')
      await bob.expect(response(405, { of: 'MESSAGE', headers: { Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO' } }))
      await hungUpBy(bob)
      expect(await dialog.ended).to.equal('remote')
      expect(told).to.deep.equal(['ACK', 'BYE'])
    }))

  it('INV-11 §14.2 without any a re-INVITE gets 488 with a Warning, an INFO 405 [3261-14.2-5] [3261-13.3.1.3-4]', () =>
    passing(async stage => {
      const { bob, dialog } = await answered(stage)
      bob.send('INVITE')
      await bob.expect(response(488, { of: 'INVITE', headers: { Warning: /^399 \S+ "[^"]+"$/ } }))
      bob.send('ACK')
      bob.send('INFO')
      await bob.expect(response(405, { of: 'INFO' }))
      await hungUp(bob, dialog)
    }))
})
