import { expect } from 'chai'
import { maybe, response } from '../../../apps/scenario/scenario.js'
import { type CoreMethod, type Incoming, UserAgent } from '../../../apps/sip/sip.js'
import { hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

class Greeter extends UserAgent {
  readonly heard: string[] = []

  INVITE(invite: Incoming): void {
    this.heard.push('INVITE')
    invite.reply(200, { body: 'v=0\r\n' })
  }

  ACK(): void {
    this.heard.push('ACK')
  }

  BYE(): void {
    this.heard.push('BYE')
  }

  CANCEL(): void {
    this.heard.push('CANCEL')
  }
}

describe('a user agent as a class', () => {
  it('CB-1 is made without arguments when its class is registered, CB-8 and keeps its state', () =>
    passing(async stage => {
      const made: Counter[] = []
      class Counter extends UserAgent {
        #asked = 0
        constructor() {
          super()
          made.push(this)
        }
        OPTIONS(options: Incoming): void {
          this.#asked++
          options.reply(200, { reason: `Number ${this.#asked}` })
        }
      }
      const bob = await stage.stack('bob')
      bob.stack.register(Counter)
      const alice = await stage.raw('alice')
      for (const number of [1, 2]) {
        alice.send('OPTIONS', { to: bob })
        const [answer] = await alice.expect(200)
        expect(answer.reason).to.equal(`Number ${number}`)
      }
      expect(made.length).to.equal(1)
      expect((await bob.stack.cores()).map(({ name }) => name)).to.deep.equal(['Counter'])
    }))

  it('CB-2 takes every request unless it says otherwise', () =>
    passing(async stage => {
      class Picky extends Greeter {
        override match({ uri }: { readonly uri: { readonly user: string | undefined } }): boolean {
          return uri.user === 'picky'
        }
      }
      const bob = await stage.stack('bob')
      const alice = await stage.raw('alice')
      for (const [core, status] of [
        [new Picky(), 404],
        [new Greeter(), 200],
      ] as const) {
        bob.stack.register(core)
        alice.send('OPTIONS', { to: bob, user: 'anybody' })
        await alice.expect(status)
      }
    }))

  it('CB-3 allows the methods that it has, or those that it says', () =>
    passing(async stage => {
      class Strict extends Greeter {
        readonly allow: readonly CoreMethod[] = ['OPTIONS', 'MESSAGE']
      }
      const bob = await stage.stack('bob', { cores: [new Greeter()] })
      const alice = await stage.raw('alice')
      alice.send('MESSAGE', { to: bob })
      await alice.expect(response(405, { headers: { Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK' } }))
      bob.stack.unregister('Greeter')
      bob.stack.register(Strict)
      alice.send('INVITE', { to: bob })
      await alice.expect(response(405, { headers: { Allow: 'OPTIONS, MESSAGE' } }))
      alice.send('ACK')
    }))

  it('CB-4 supports nothing unless it says so; CB-5 names its server', () =>
    passing(async stage => {
      class Timed extends UserAgent {
        readonly supported: readonly string[] = ['path']
        get server(): string {
          return 'Timed/1.0'
        }
      }
      const bob = await stage.stack('bob', { cores: [new Greeter()] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob, headers: { Require: 'path' } })
      await alice.expect(response(420, { headers: { Unsupported: 'path' } }))
      bob.stack.unregister('Greeter')
      bob.stack.register(Timed)
      alice.send('OPTIONS', { to: bob, headers: { Require: 'path' } })
      await alice.expect(response(200, { headers: { Supported: 'path', Server: 'Timed/1.0' } }))
    }))

  it('CB-6 a method answers, now or later; without one OPTIONS gets 200, and what is allowed 501', () =>
    passing(async stage => {
      class Later extends UserAgent {
        readonly allow: readonly CoreMethod[] = ['INVITE', 'OPTIONS', 'MESSAGE']
        readonly #text = 'later'
        async MESSAGE(message: Incoming): Promise<void> {
          await Promise.resolve()
          message.after(100, () => message.reply(200, { reason: this.#text }))
        }
      }
      const bob = await stage.stack('bob', { cores: [new Later()] })
      const alice = await stage.raw('alice')
      alice.send('MESSAGE', { to: bob })
      const [answer] = await alice.expect(200)
      expect(answer.reason).to.equal('later')
      alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
      alice.send('INVITE', { to: bob })
      await alice.expect(501)
      alice.send('ACK')
    }))

  it('is told of ACK, BYE and CANCEL as methods, which know their object', () =>
    passing(async stage => {
      const greeter = new Greeter()
      const bob = await stage.stack('bob', { cores: [greeter] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK')
      await hungUpBy(alice)
      class Slow extends Greeter {
        override readonly heard = greeter.heard
        override INVITE(): void {
          this.heard.push('INVITE')
        }
      }
      bob.stack.unregister('Greeter')
      bob.stack.register(Slow)
      alice.send('INVITE', { to: bob })
      await stage.pause(10)
      alice.send('CANCEL')
      await alice.expect(response(200, { of: 'CANCEL' }), 487)
      alice.send('ACK')
      await stage.pause(10)
      expect(greeter.heard).to.deep.equal(['INVITE', 'ACK', 'BYE', 'INVITE', 'CANCEL'])
    }))

  it('is no core when it is no object', () =>
    passing(async stage => {
      const bob = await stage.stack('bob')
      const arrow: unknown = () => ({ name: 'a' })
      class Nameless {
        match(): boolean {
          return true
        }
      }
      const bad: readonly unknown[] = [arrow, Nameless, undefined, 'core', class {}]
      const register: { call(self: unknown, core: unknown): void } = bob.stack.register
      for (const core of bad) expect(() => register.call(bob.stack, core)).to.throw(TypeError)
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      await alice.expect(maybe(100), 404)
    }))
})
