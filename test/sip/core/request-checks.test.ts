/** The checks of a request, in their order: §8.2. */

import { expect } from 'chai'
import { response } from '../../../apps/scenario/scenario.js'
import type { Core } from '../../../apps/sip/sip.js'
import { hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { answered, sdp, taking } from './checked.js'

describe('the checks of a request', () => {
  it('§11.2 a core that takes no calls takes any type, and says so', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [{ name: 'bob', match: () => true }] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob, headers: { Accept: 'text/plain', 'Content-Type': 'x/y' }, body: 'x' })
      await alice.expect(response(200, { headers: { Accept: '*/*', Allow: 'OPTIONS' } }))
    }))

  it('§11.2 OPTIONS tells the media that can be had, where the core says which [3261-11.2-4]', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [{ ...taking, description: sdp }] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      await alice.expect(response(200, { body: sdp, headers: { 'Content-Type': 'application/sdp' } }))
      alice.send('OPTIONS', { to: bob, headers: { Accept: 'text/plain' } })
      await alice.expect(response(200, { body: '' }))
    }))

  it('§8.2 a stranger is challenged before anything else is looked at [3261-8.2-3]', () =>
    passing(stage =>
      answered(
        stage,
        { authenticate: { realm: 'a', lookup: () => 'secret' } },
        'INFO',
        { headers: { Require: 'x' } },
        [401],
      ),
    ))

  it('§8.2.2.3 Require in ACK and CANCEL is ignored [UAS-06] [3261-8.2.2.3-4]', () =>
    passing(async stage => {
      const told: string[] = []
      const core: Core = {
        ...taking,
        INVITE: invite => void (invite.request.uri.user === 'bob' ? invite.reply(200) : invite.reply(180)),
        ACK: () => void told.push('ACK'),
        CANCEL: () => void told.push('CANCEL'),
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const headers = { Require: 'unknown' }
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK', { headers })
      await stage.pause(10)
      await hungUpBy(alice)
      alice.send('INVITE', { to: bob, user: 'carol' })
      await alice.expect(180)
      alice.send('CANCEL', { headers })
      await alice.expect(response(200, { of: 'CANCEL' }), 487)
      alice.send('ACK')
      await stage.pause(10)
      expect(told).to.deep.equal(['ACK', 'CANCEL'])
    }))

  it('§8.2.4 no extension is put into a response that the client does not support [UAS-08] [3261-8.2.4-1] [3261-8.2.4-6]', () =>
    passing(async stage => {
      const core: Core = {
        ...taking,
        MESSAGE: message => {
          expect(() => message.reply(200, { headers: { Require: 'new' } })).to.throw(TypeError, 'new')
          expect(message.reply(200, { headers: { Require: ['timer', '100rel'] } })).to.equal(true)
        },
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('MESSAGE', { to: bob, headers: { Supported: 'timer', k: '100rel' } })
      await alice.expect(response(200, { headers: { Require: 'timer, 100rel' } }))
    }))

  it('§8.2.4 421 asks for an extension that the client does not support [UAS-08] [3261-8.2.4-3]', () =>
    passing(stage =>
      answered(stage, { MESSAGE: message => message.reply(421, { headers: { Require: 'new' } }) }, 'MESSAGE', {}, [
        421,
        { Require: 'new' },
      ]),
    ))

  it('§20.35 every answer but 100 names the server that the stack is set up with', () =>
    passing(async stage => {
      const own = { ...taking, name: 'own', server: 'Own/2', match: () => true, priority: -1 }
      const bob = await stage.stack('bob', {
        policy: { server: 'Stack/1' },
        cores: [{ ...taking, match: request => request.uri.user === 'bob' }, own],
      })
      const alice = await stage.raw('alice')
      alice.send('MESSAGE', { to: bob })
      await alice.expect(response(202, { headers: { Server: 'Stack/1' } }))
      alice.send('INFO', { to: bob, user: 'carol' })
      await alice.expect(response(405, { headers: { Server: 'Own/2' } }))
    }))

  it('of a core that makes no sense is refused where it is registered', () =>
    passing(async stage => {
      const bob = await stage.stack('bob')
      const bad: readonly Partial<Core>[] = [
        { accept: ['text'] },
        { supported: ['a b'] },
        { server: 'a\r\nb' },
        { acceptEncoding: ['('] },
        { acceptLanguage: [';'] },
      ]
      for (const policy of bad) expect(() => bob.stack.register({ ...taking, ...policy })).to.throw(TypeError)
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      await alice.expect(404)
    }))

  it('§8.2 what is refused has not happened, what is accepted has [3261-8.2-1] [3261-8.2-2]', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [{ ...taking, INVITE: invite => void invite.reply(200) }] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob, headers: { Require: 'x' } })
      await alice.expect(420)
      alice.send('ACK')
      expect((await bob.stack.census()).dialogs).to.equal(0)
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      expect((await bob.stack.census()).dialogs).to.equal(1)
      await hungUpBy(alice)
    }))
})
