import { expect } from 'chai'
import { type RawPeer, request, response, type StackPeer, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core, DialogSnapshot, Registration, RegistrationOptions } from '../../../apps/sip/sip.js'
import { dialogOf, hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

const instance = 'urn:uuid:00000000-0000-1000-8000-000a95a0e128'
const publicGruu = 'sip:alice@example.com;gr=urn:uuid:00000000-0000-1000-8000-000a95a0e128'
const aor = 'sip:alice@example.com'

interface Parts {
  readonly registrar: RawPeer
  readonly alice: StackPeer
  readonly stage: Stage
  /** Registers; answers the REGISTER with these parameters of the Contact, and headers. */
  register(params: string, headers?: Record<string, string>, options?: RegistrationOptions): Promise<Registration>
}

function registered(body: (parts: Parts) => Promise<void>, transport: 'udp' | 'tcp' = 'udp'): () => Promise<unknown> {
  return () =>
    passing(
      async stage => {
        const registrar = await stage.raw('registrar')
        const alice = await stage.stack('alice')
        const register: Parts['register'] = async (params, headers = {}, options = { instance }) => {
          const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri(), ...options })
          await answer(registrar, params, headers)
          await stage.pause(10)
          return registration
        }
        await body({ registrar, alice, stage, register })
        await alice.stack.close()
      },
      { transport },
    )
}

async function answer(registrar: RawPeer, params: string, headers: Record<string, string> = {}): Promise<void> {
  const [register] = await registrar.within(3600_000).expect('REGISTER')
  registrar.send(200, { headers: { Contact: `${register.raw('Contact')[0]};expires=600${params}`, ...headers } })
}

function gruus(temporary: string): string {
  return `;pub-gruu="${publicGruu}";temp-gruu="sip:${temporary}@example.com;gr"`
}

describe('a GRUU', () => {
  it(
    'EXT-15 RFC 5627 §4.1 §4.2 is asked for with the instance, and offered as the registrar gives it [5627-4.1-1] [5627-4.1-2] [5627-4.1-3] [5627-4.1-4] [5627-4.1-7] [5627-4.1-8] [5627-4.2-2] [5627-4.2-8] [5627-4.2-9]',
    registered(async ({ registrar, alice, stage }) => {
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri(), instance })
      expect([registration.gruu, registration.temporaryGruu, registration.contact]).to.deep.equal([
        undefined,
        undefined,
        undefined,
      ])
      const [first] = await registrar.expect(
        request('REGISTER', { headers: { Supported: /\bgruu\b/, Contact: /\+sip\.instance="<urn:uuid:/ } }),
      )
      expect(String(first.get('Contact'))).to.not.include('gruu')
      const other = '<sip:alice@192.0.2.77>;+sip.instance="<urn:uuid:other>";pub-gruu="sip:other@example.com;gr=x"'
      const ours = `${first.raw('Contact')[0]};expires=600${gruus('one')}`
      registrar.send(200, { headers: { Contact: [other, ours] } })
      await stage.pause(10)
      const temporary = (): string => `${registration.temporaryGruu}`
      expect([`${registration.gruu}`, temporary()]).to.deep.equal([publicGruu, 'sip:one@example.com;gr'])
      expect(`${registration.contact}`).to.equal(publicGruu)
      const [second] = await registrar.within(600_000).expect('REGISTER')
      expect(second.callId).to.equal(first.callId)
      registrar.send(200, {
        headers: { Contact: `${second.raw('Contact')[0]};expires=600;temp-gruu="sip:two@example.com;gr"` },
      })
      await stage.pause(10)
      expect([registration.gruu, temporary()]).to.deep.equal([undefined, 'sip:two@example.com;gr'])
    }),
  )

  it(
    'EXT-15 RFC 5627 §4.2 §4.4 outlives a refusal, but not the time of the registration, nor its end; the next one has another Call-ID [5627-4.2-1] [5627-4.2-3] [5627-4.4-3] [5627-4.4-4] [5627-4.4-5]',
    registered(async ({ registrar, stage, register }) => {
      const registration = await register(gruus('one'))
      void registration.refresh()
      await registrar.expect('REGISTER')
      registrar.send(500)
      await stage.pause(10)
      expect([registration.state, `${registration.temporaryGruu}`]).to.deep.equal(['failing', 'sip:one@example.com;gr'])
      const [again] = await registrar.within(60_000).expect('REGISTER')
      registrar.send(200, { headers: { Contact: `${again.raw('Contact')[0]};expires=30${gruus('two')}` } })
      await stage.pause(10)
      expect(`${registration.temporaryGruu}`).to.equal('sip:two@example.com;gr')
      await registrar.within(30_000).expect('REGISTER')
      registrar.send(500, { headers: { 'Retry-After': '60' } })
      await stage.pause(31_000)
      expect([registration.gruu, registration.temporaryGruu, registration.contact]).to.deep.equal([
        undefined,
        undefined,
        undefined,
      ])
      await answer(registrar, gruus('three'))
      await stage.pause(10)
      expect(`${registration.gruu}`).to.equal(publicGruu)
      const ended = registration.unregister()
      await registrar.expect('REGISTER')
      registrar.send(403)
      await ended
      expect([registration.gruu, registration.temporaryGruu, registration.contact]).to.deep.equal([
        undefined,
        undefined,
        undefined,
      ])
      const next = await register('')
      expect([next.temporaryGruu, next.gruu]).to.deep.equal([undefined, undefined])
    }),
  )

  it(
    'EXT-15 RFC 5627 §4.4 is the Contact of a call that we place, in all that moves our end of it [5627-4.4-1] [5627-4.4-2]',
    registered(async ({ registrar: bob, alice, register }) => {
      const registration = await register(gruus('one'))
      const { contact } = registration
      if (contact === undefined) return expect.fail('not registered')
      const call = alice.stack.invite(bob.uri('bob'), { contact, from: aor })
      const place = { headers: { Contact: `<${publicGruu}>` } }
      await bob.expect(request('INVITE', place))
      bob.send(200)
      await bob.expect('ACK')
      const dialog = await dialogOf(call)
      const changes = [dialog.reinvite(), dialog.update()]
      await bob.expect(request('INVITE', place))
      bob.send(200)
      await bob.expect('ACK', request('UPDATE', place))
      bob.send(200)
      await Promise.all(changes)
      const info = dialog.request('INFO')
      await bob.expect(request('INFO', { headers: { Contact: false } }))
      bob.send(200)
      await info
      await hungUp(bob, dialog)
    }),
  )

  it(
    'EXT-15 RFC 5627 §4.4 is the Contact of a core, in its answers and in what it asks; read anew each time',
    registered(async ({ registrar, alice, stage, register }) => {
      const bob = await stage.raw('bob')
      const registration = await register(gruus('one'))
      const core: Core = {
        name: 'alice',
        match: () => true,
        get contact() {
          return registration.temporaryGruu ?? 'sip:nobody@example.com'
        },
        INVITE: invite => {
          invite.reply(180)
          invite.reply(200)
        },
        reINVITE: invite => void invite.reply(200),
        ACK: ack => void (ack.dialog?.dialog.remoteSeq === 1 && ack.dialog.update()),
      }
      alice.stack.register(core)
      const place = { headers: { Contact: '<sip:one@example.com;gr>' } }
      bob.send('INVITE', { to: alice })
      await bob.expect(response(180, place), response(200, place))
      bob.send('ACK')
      await bob.expect(request('UPDATE', place))
      bob.send(200)
      void registration.refresh()
      await answer(registrar, gruus('two'))
      bob.send('INVITE')
      await bob.expect(response(200, { headers: { Contact: '<sip:two@example.com;gr>' } }))
      bob.send('ACK')
      bob.send('BYE')
      await bob.expect(200)
    }),
  )

  it('EXT-15 RFC 5627 §4.4 is the Contact of a notifier, and stays it when the subscription is refreshed', () =>
    passing(async stage => {
      const headers = { Contact: '<sip:one@example.com;gr>' }
      const core: Core = {
        name: 'presence',
        match: () => true,
        contact: 'sip:one@example.com;gr',
        SUBSCRIBE: subscribe => void subscribe.accept(),
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      const asked = { Event: 'presence', Contact: `<${alice.uri()}>` }
      alice.send('SUBSCRIBE', { to: bob, headers: { ...asked, Expires: '600' } })
      const [, first] = await alice.expect(response(200, { headers }), request('NOTIFY', { headers }))
      alice.send(200, { for: first })
      alice.send('SUBSCRIBE', { headers: { ...asked, Expires: '0' } })
      const [, last] = await alice.expect(response(200, { headers }), request('NOTIFY', { headers }))
      alice.send(200, { for: last })
    }))

  it(
    'EXT-16 RFC 5626 §4.3 without a GRUU the contact is what is registered, with ob where the registrar knows flows',
    registered(async ({ alice, register }) => {
      const { address, port } = alice.place
      const place = `sip:alice@${address}:${port};transport=tcp`
      const plain = await register('')
      expect(`${plain.contact}`).to.equal(place)
      const outbound = await register(
        '',
        { Require: 'outbound' },
        { instance, contacts: ['sip:alice@192.0.2.55:5070'] },
      )
      expect(`${outbound.contact}`).to.equal('sip:alice@192.0.2.55:5070;ob')
      const other = await register('', {}, {})
      expect([`${other.contact}`, other.gruu]).to.deep.equal([place, undefined])
    }, 'tcp'),
  )

  it(
    'refuses a contact that is none',
    registered(async ({ alice: { stack } }) => {
      expect(() => stack.register({ name: 'wrong', match: () => true, contact: 'nobody' })).to.throw(
        TypeError,
        'not a URI',
      )
      const headers = { Contact: '<sip:alice@192.0.2.9>' }
      const snapshot: DialogSnapshot = {
        ...{ version: 1, side: 'uac', callId: 'a', local: '<sip:a@b>;tag=1', remote: '<sip:c@d>;tag=2' },
        ...{ remoteTarget: 'sip:c@d', routeSet: [], isSecure: false },
      }
      for (const place of [
        () => stack.invite('sip:bob@192.0.2.9', { contact: 'nobody' }),
        () => stack.invite('sip:bob@192.0.2.9', { contact: 'nobody', headers }),
        () => stack.restore(snapshot, { contact: 'nobody' }),
      ]) {
        expect(place).to.throw(TypeError, 'not a URI')
      }
      expect(() => stack.restore(snapshot, { privacy: [] })).to.throw(TypeError, 'privacy')
    }),
  )
})
