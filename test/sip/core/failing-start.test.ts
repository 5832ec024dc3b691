/** What cannot begin at all: it ends by itself, and nothing else with it. */

import { expect } from 'chai'
import { DigestClient } from '../../../apps/sip/sip.js'
import { hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

/** Fails where no other request would. */
class Broken extends DigestClient {
  constructor() {
    super({ username: 'alice', password: 'secret' })
  }

  override begin(): never {
    throw new RangeError('broken')
  }
}

describe('a request whose first step throws', () => {
  it('§8.1.3.1 is told as a failure of the transport, and the calls of its thread go on', () =>
    passing(async stage => {
      const { bob, alice, dialog } = await established(stage)
      const auth = new Broken()
      for (const outcome of [
        alice.stack.invite(bob.uri(), { auth }).outcome,
        alice.stack.request('OPTIONS', bob.uri(), { auth }),
      ]) {
        expect(await outcome)
          .to.deep.include({ kind: 'transportError' })
          .and.to.have.property('reason')
          .that.include('broken')
      }
      expect(alice.errors().map(text => text.split(' at ')[0])).to.deep.equal([
        'actor inviter ended: RangeError: broken',
        'actor client ended: RangeError: broken',
      ])
      await hungUp(bob, dialog)
    }))
})
