/** What an application says of itself in an answer is not said a second time by the stack. */

import { expect } from 'chai'
import type { Core } from '../../../apps/sip/sip.js'
import { passing } from '../../scenario/passing.js'

const chosen = {
  Allow: 'OPTIONS, FLY',
  Supported: 'flying',
  Server: 'Chosen/1',
  Accept: 'a/b',
  'Accept-Language': 'tlh',
}

describe('sip/core: headers that a core chooses', () => {
  it('B-22 Allow, Supported, Server and Accept of an answer are those of the application alone', () =>
    passing(async stage => {
      const core: Core = {
        ...{ name: 'own', match: () => true, server: 'Own/2', supported: ['100rel'], accept: ['text/plain'] },
        OPTIONS: options => void options.reply(200, { headers: chosen }),
      }
      const bob = await stage.stack('bob', { policy: { server: 'Stack/1' }, cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      const [answer] = await alice.expect(200)
      for (const [name, value] of Object.entries(chosen)) {
        expect(answer.fields.filter(field => field.name === name).map(({ raw }) => raw)).to.deep.equal([value])
      }
    }))

  it('S-B2 a Via that asks for no rport gets none', () =>
    passing(async stage => {
      const alice = await stage.raw('alice')
      const bob = await stage.stack('bob', { cores: [{ name: 'own', match: () => true }] })
      alice.send('OPTIONS', { to: bob, headers: { Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1' } })
      const [answer] = await alice.expect(200)
      expect(answer.via.rport).to.equal(undefined)
    }))
})
