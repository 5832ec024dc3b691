import { expect } from 'chai'
import { DrivenClock } from '../../../apps/scenario/driven-clock.js'
import type { Stage } from '../../../apps/scenario/scenario.js'
import { placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

/** Timers that run, whoever started them. */
function timers(stage: Stage): number {
  const { clock } = stage.network
  if (!(clock instanceof DrivenClock)) throw new TypeError('there is no virtual time here')
  return clock.pending
}

describe('timers that are of no use any more', () => {
  it('§17.1.1.2 Timers A and B do not run on in Proceeding, nor any when it is over', () =>
    passing(async stage => {
      const { bob, call } = await placed(stage)
      const calling = timers(stage)
      bob.send(180)
      await bob.silence(10)
      // Both have gone; the one that holds the way through a NAT open (RFC 3581 §3) has come.
      expect(timers(stage)).to.equal(calling - 1)
      bob.send(486)
      await bob.expect('ACK')
      await call.outcome
    }))

  it('§17.2.1 the timer of the automatic 100 does not run on when the user has answered', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', {
        cores: [
          {
            name: 'ringing',
            match: () => true,
            INVITE: invite => {
              invite.after(100, () => invite.reply(180))
              invite.after(1000, () => invite.reply(486))
            },
          },
        ],
      })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.silence(50)
      const silent = timers(stage)
      await alice.expect(180)
      await alice.silence(10)
      // That timer and the first of the callee's two have gone; the one that repeats the 180 (§13.3.1.1) has come.
      expect(timers(stage)).to.equal(silent - 1)
      await alice.expect(486)
      alice.send('ACK')
    }))
})
