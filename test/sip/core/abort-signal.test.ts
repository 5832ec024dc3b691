import { getEventListeners } from 'node:events'
import { expect } from 'chai'
import type { Core } from '../../../apps/sip/sip.js'
import { passing } from '../../scenario/passing.js'

const core: Core = {
  name: 'bob',
  match: () => true,
  INVITE: invite => void invite.reply(invite.request.uri.user === 'busy' ? 486 : 180),
}

describe('a signal that can give calls up', () => {
  it('is let go of by each call that ends, and gives up those that are left', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.stack('alice')
      const abort = new AbortController()
      const busy = alice.stack.invite(bob.uri('busy'), { signal: abort.signal })
      const ringing = alice.stack.invite(bob.uri('slow'), { signal: abort.signal })
      expect(getEventListeners(abort.signal, 'abort').length).to.equal(2)
      expect((await busy.outcome).kind).to.equal('rejected')
      expect(getEventListeners(abort.signal, 'abort').length).to.equal(1)
      await stage.pause(100)
      abort.abort()
      expect((await ringing.outcome).kind).to.equal('cancelled')
      expect(getEventListeners(abort.signal, 'abort').length).to.equal(0)
    }))
})
