/** What a session still does, and what it does no more, at its ends: §14.1, §15.1.1. */

import { expect } from 'chai'
import { response } from '../../../apps/scenario/scenario.js'
import type { Incoming } from '../../../apps/sip/sip.js'
import { hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

describe('a session', () => {
  it('§15.1.1 takes no change once its BYE is sent, answered or not, and tells nobody who holds it [3261-15.1.1-2]', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const over = dialog.bye()
      const [bye] = await bob.expect('BYE')
      const told = await Promise.race([dialog.reinvite(), stage.pause(100)])
      expect(told).to.deep.equal({ kind: 'transportError', reason: 'the call is over' })
      const held = await Promise.race([dialog.holds[Symbol.asyncIterator]().next(), stage.pause(100)])
      expect(held).to.deep.equal({ value: undefined, done: true })
      bob.send(200, { for: bye })
      expect((await over).kind).to.equal('answered')
    }))

  it('RFC 3264 §8.4 goes on with the next change where there is nothing to hold', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      const first = dialog.reinvite()
      const held = dialog.hold()
      const last = dialog.reinvite({ headers: { Subject: 'next' } })
      const [invite] = await bob.expect('INVITE')
      bob.send(200, { for: invite })
      const [, next] = await bob.expect('ACK', 'INVITE')
      expect(next.raw('Subject')).to.deep.equal(['next'])
      bob.send(200, { for: next })
      await bob.expect('ACK')
      expect(await held).to.deep.equal({
        kind: 'transportError',
        reason: 'there is no session description to change',
      })
      expect([(await first).kind, (await last).kind]).to.deep.equal(['answered', 'answered'])
      await hungUp(bob, dialog)
    }))

  it('INV-12 §14.1 takes the 2xx to its UPDATE for no ACK: a re-INVITE waits for that [3261-14.1-2] [3261-14.1-4]', () =>
    passing(async stage => {
      const calls: Incoming[] = []
      const core = { name: 'bob', match: () => true, INVITE: (invite: Incoming) => void calls.push(invite) }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await stage.pause(100)
      const [invite] = calls
      invite?.reply(180)
      await alice.expect(180)
      const updated = invite?.dialog?.update()
      const [update] = await alice.expect('UPDATE')
      invite?.reply(200)
      await alice.expect(response(200, { of: 'INVITE' }))
      alice.send(200, { for: update })
      expect(await updated).to.have.property('kind', 'answered')
      const changed = invite?.dialog?.reinvite()
      await alice.silence(300)
      alice.send('ACK')
      await alice.expect('INVITE')
      alice.send(488)
      await alice.expect('ACK')
      expect(await changed).to.have.property('kind', 'rejected')
      alice.send('BYE')
      await alice.expect(response(200, { of: 'BYE' }))
    }))
})
