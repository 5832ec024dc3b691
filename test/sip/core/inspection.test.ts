/** What people see of dialogs and transactions, and what they are told of them. */

import { expect } from 'chai'
import { type DialogEvent, SipStack } from '../../../apps/sip/sip.js'
import { dialogOf, hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

const shortly = ({ kind, dialog: { thread, role, state, usages } }: DialogEvent): string =>
  `${thread}: ${kind} ${role} ${state} ${usages}`

describe('inspection', () => {
  it('§12 a dialog is shown with its tags, numbers, target and usages while it lasts', () =>
    passing(async stage => {
      const { alice, bob, dialog, seq } = await established(stage)
      await stage.pause(1500)
      const told = dialog.request('INFO')
      await bob.expect('INFO')
      bob.send(200)
      await told
      bob.send('OPTIONS', { headers: { CSeq: '7 OPTIONS' } })
      await bob.expect(200)
      const { callId, localTag, remoteTag, remoteTarget } = dialog.dialog
      const [{ since, ...shown } = { since: 0 }, ...others] = await alice.stack.dialogs()
      expect(shown).to.deep.equal({
        ...{ thread: 'main', callId, localTag, remoteTag, state: 'confirmed', role: 'uac', usages: ['invite'] },
        ...{ remoteTarget: String(remoteTarget), localSeq: seq + 1, isSecure: false },
        remoteSeq: 7,
      })
      expect(since).to.be.within(1500, 2500)
      expect(others).to.deep.equal([])
      expect(await alice.stack.dialogs(0)).to.deep.equal([])
      expect(JSON.parse(JSON.stringify(shown))).to.deep.equal(shown)
      await hungUp(bob, dialog)
      expect(await alice.stack.dialogs()).to.deep.equal([])
    }))

  it('§12.1, §12.2.1.2, §12.3 a watcher hears that a dialog begins, is confirmed, moves and is over', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const events: string[] = []
      const stop = alice.stack.watchDialogs(event => events.push(shortly(event)))
      const broken = alice.stack.watchDialogs(() => {
        throw new TypeError('no')
      })
      const call = alice.stack.invite(bob.uri())
      const [invite] = await bob.expect('INVITE')
      bob.send(180)
      bob.send(200, { for: invite })
      await bob.expect('ACK')
      const dialog = await dialogOf(call)
      expect(alice.errors().length).to.equal(2)
      broken()
      const moved = dialog.reinvite()
      const [reinvite] = await bob.expect('INVITE')
      bob.send(200, { for: reinvite, headers: { Contact: `<${bob.uri('moved')}>` } })
      await bob.expect('ACK')
      await moved
      await hungUp(bob, dialog)
      expect(events).to.deep.equal([
        'main: created uac early invite',
        'main: changed uac confirmed invite',
        'main: changed uac confirmed invite',
        'main: terminated uac terminated ',
      ])
      stop()
      stop()
    }))

  it('§17 transactions are shown awake and asleep, with their machine, state, peer and age', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const told = alice.stack.request('OPTIONS', bob.uri())
      const [options] = await bob.expect('OPTIONS')
      const peer = `${stage.transport}:${bob.place.address}:${bob.place.port}`
      const seen = async (): Promise<object[]> =>
        (await alice.stack.transactions()).map(({ since, ...state }) => ({ ...state, isYoung: since < 1000 }))
      const awake = { thread: 'main', kind: 'non-INVITE client', method: 'OPTIONS', peer, isAsleep: false }
      const key = `${options.via.branch} OPTIONS`
      expect(await seen()).to.deep.equal([{ ...awake, state: 'Trying', key, isYoung: true }])
      bob.send(200)
      await told
      const asleep = { ...awake, state: 'Completed', key, isAsleep: true, isYoung: true }
      expect(await seen()).to.deep.equal([asleep])
      expect(await alice.stack.transactions(0)).to.deep.equal([])
      await stage.pause(2000)
      expect(await seen()).to.deep.equal([{ ...asleep, isYoung: false }])
      await stage.pause(5000)
      expect(await seen()).to.deep.equal([])
    }))

  it('shows and tells the dialogs of all threads', async () => {
    const threads = await SipStack.start({ listen: ['udp:127.0.0.1:0'], threads: 1 })
    const caller = await SipStack.start({ listen: ['udp:127.0.0.1:0'] })
    try {
      await threads.load(new URL('../../../apps/uas/uas.js', import.meta.url))
      const events: string[] = []
      const stop = threads.watchDialogs(event => events.push(shortly(event)))
      const place = threads.listening[0]?.slice(4)
      const outcome = await caller.invite(`sip:uas@${place}`).outcome
      if (outcome.kind !== 'answered') throw new Error(outcome.kind)
      const [shown] = await threads.dialogs()
      expect(shown).to.include({
        thread: 0,
        role: 'uas',
        state: 'confirmed',
        remoteTag: outcome.dialog.dialog.localTag,
      })
      const states = await threads.transactions()
      expect(states.map(({ thread, method, isAsleep }) => ({ thread, method, isAsleep }))).to.deep.equal([
        { thread: 0, method: 'INVITE', isAsleep: true },
      ])
      await outcome.dialog.bye()
      expect(await threads.dialogs()).to.deep.equal([])
      expect(events).to.deep.equal([
        '0: created uas early invite',
        '0: changed uas confirmed invite',
        '0: terminated uas terminated ',
      ])
      stop()
      const again = await caller.invite(`sip:uas@${place}`).outcome
      expect(again.kind).to.equal('answered')
      if (again.kind === 'answered') await again.dialog.bye()
      expect(events.length).to.equal(3)
    } finally {
      await Promise.all([threads.close(), caller.close()])
    }
  })
})
