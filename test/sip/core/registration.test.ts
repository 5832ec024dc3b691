import { expect } from 'chai'
import { nobody } from '../../../apps/actor/actor.js'
import { type RawPeer, request, type StackPeer, type Stage } from '../../../apps/scenario/scenario.js'
import { RegisterSubject } from '../../../apps/sip/core/registration.js'
import type { Registration, Request, UpkeepEvent } from '../../../apps/sip/sip.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'
import { toUri } from '../../../apps/sip/syntax/uri.js'
import { passing } from '../../scenario/passing.js'

const aor = 'sip:alice@biloxi.com'
const minute = 60_000

type Body = (registrar: RawPeer, alice: StackPeer, stage: Stage) => Promise<void>

/** A stack that ends with the scenario, and all that it keeps with it. */
function withRegistrar(body: Body, transport: 'udp' | 'tcp' = 'udp'): () => Promise<unknown> {
  const whole = async (stage: Stage): Promise<void> => {
    const registrar = await stage.raw('registrar')
    const alice = await stage.stack('alice')
    await body(registrar, alice, stage)
    await alice.stack.close()
  }
  return () => passing(whole, { transport })
}

function overBoth(title: string, body: Body): void {
  for (const transport of ['udp', 'tcp'] as const) it(`${transport}: ${title}`, withRegistrar(body, transport))
}

/** Answers 200 with the contacts of the request, for so many seconds. */
function accepted(received: Request, seconds: number): { readonly headers: Record<string, string | string[]> } {
  return { headers: { Contact: received.getAll('Contact').map(each => `${each};expires=${seconds}`) } }
}

async function next(registration: Pick<Registration, 'events'>): Promise<UpkeepEvent | undefined> {
  for await (const event of registration.events) return event
  return undefined
}

describe('a registration', () => {
  overBoth(
    '§10.2 names the domain in the Request-URI, the user in To and From, and where we are [3261-10.2-3] [3261-10.2-4] [RGT-01] [RGT-02]',
    async (registrar, alice) => {
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri('nobody') })
      const [first] = await registrar.expect('REGISTER')
      expect(first.uri.user).to.equal(undefined)
      expect(String(first.to)).to.equal(`<${aor}>`)
      expect(String(first.from.uri)).to.equal(aor)
      expect(first.from.tag).to.be.a('string')
      expect(first.get('Expires')).to.equal(3600)
      const [contact, ...others] = first.getAll('Contact')
      expect(others).to.deep.equal([])
      expect(`${contact?.uri.host}:${contact?.uri.port}`).to.equal(`${alice.place.address}:${alice.place.port}`)
      expect(contact?.uri.user).to.equal('alice')
      expect(first.getAll('Supported')).to.deep.equal(['path'])
      registrar.send(200, accepted(first, 600))
      expect(await next(registration)).to.include({ kind: 'kept', seconds: 600 })
      expect(registration.state).to.equal('kept')
      expect(registration.bindings.map(({ uri }) => String(uri))).to.deep.equal([String(contact?.uri)])
      void registration.unregister()
      const [last] = await registrar.expect('REGISTER')
      registrar.send(200)
      expect(last.get('Expires')).to.equal(0)
      expect((await registration.closed).kind).to.equal('removed')
    },
  )

  it(
    '§10.2.4 is refreshed before it ends, with one Call-ID and CSeq one higher each time [3261-10.2-6] [3261-10.2-7] [3261-10.2.4-2] [RGT-03] [RGT-05]',
    withRegistrar(async (registrar, alice) => {
      const contacts = ['sip:alice@192.0.2.1', 'sip:alice@192.0.2.2;transport=tcp']
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri(), contacts, expires: 7200 })
      const [first] = await registrar.expect('REGISTER')
      expect(first.getAll('Contact').map(({ uri }) => String(uri))).to.deep.equal(contacts)
      // The parameter of a contact goes before the header, and who has only a day left does not decide.
      registrar.send(200, {
        headers: {
          Contact: [`<${contacts[0]}>;expires=3000`, `<${contacts[1]}>`, '<sip:other@192.0.2.9>;expires=5'],
          Expires: '1000',
        },
      })
      expect(await next(registration)).to.include({ kind: 'kept', seconds: 1000 })
      await registrar.silence(780_000)
      const [second] = await registrar.within(140_000).expect('REGISTER')
      expect([second.callId, second.from.tag]).to.deep.equal([first.callId, first.from.tag])
      expect(second.cseq.number).to.equal(first.cseq.number + 1)
      registrar.send(200, accepted(second, 600))
      await next(registration)
    }),
  )

  it(
    '§10.2 §22.2 counts the CSeq on over challenges, and answers in advance from then on [3261-10.2-7]',
    withRegistrar(async (registrar, alice) => {
      const auth = { username: 'alice', password: 'secret' }
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri(), auth })
      const [first] = await registrar.expect('REGISTER')
      registrar.send(401, { headers: { 'WWW-Authenticate': 'Digest realm="biloxi.com", nonce="n1", qop="auth"' } })
      const [second] = await registrar.expect('REGISTER')
      expect(second.has('Authorization')).to.equal(true)
      registrar.send(200, accepted(second, 3600))
      await next(registration)
      const answer = registration.refresh()
      const [third] = await registrar.expect('REGISTER')
      expect(third.get('Authorization')?.params.get('nc')).to.equal('00000002')
      expect([second, third].map(({ cseq }) => cseq.number - first.cseq.number)).to.deep.equal([1, 2])
      registrar.send(200, accepted(third, 3600))
      expect((await answer).kind).to.equal('answered')
    }),
  )

  it(
    '§22.2 wrong credentials are not tried again and again [RGT-11]',
    withRegistrar(async (registrar, alice) => {
      const auth = { username: 'alice', password: 'wrong' }
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri(), auth })
      const challenge = { headers: { 'WWW-Authenticate': 'Digest realm="biloxi.com", nonce="n1", qop="auth"' } }
      await registrar.expect('REGISTER')
      registrar.send(401, challenge)
      await registrar.expect('REGISTER')
      registrar.send(401, challenge)
      const event = await next(registration)
      expect(event?.kind === 'failed' && event.outcome.kind).to.equal('rejected')
      expect(event?.kind === 'failed' && event.retryIn).to.be.within(30_000, minute)
      expect(registration.state).to.equal('failing')
      await registrar.silence(29_000)
    }),
  )

  it(
    '§10.2 a new REGISTER waits for the end of the one before [3261-10.2-8] [RGT-04]',
    withRegistrar(async (registrar, alice) => {
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri() })
      const ends = [registration.refresh(), registration.refresh()]
      const [first] = await registrar.expect('REGISTER')
      await registrar.silence(400)
      registrar.send(200, accepted(first, 600))
      const [second] = await registrar.expect('REGISTER')
      registrar.send(200, accepted(second, 600))
      expect((await Promise.all(ends)).map(({ kind }) => kind)).to.deep.equal(['answered', 'answered'])
      await registrar.silence(minute)
    }),
  )

  it(
    '§10.2.8 asks for as long as the registrar wants [RGT-08]',
    withRegistrar(async (registrar, alice) => {
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri(), expires: 60 })
      await registrar.expect(request('REGISTER', { headers: { Expires: '60' } }))
      registrar.send(423, { headers: { 'Min-Expires': '900' } })
      const [second] = await registrar.expect(request('REGISTER', { headers: { Expires: '900' } }))
      registrar.send(200, accepted(second, 900))
      expect(await next(registration)).to.include({ kind: 'kept', seconds: 900 })
    }),
  )

  it(
    '§10.2.2 removes the bindings of all devices with a star, and only with Expires: 0 [3261-10.2.2-2] [RGT-06]',
    withRegistrar(async (registrar, alice) => {
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri() })
      const end = registration.unregister({ all: true })
      const [first] = await registrar.expect('REGISTER')
      expect(first.raw('Contact')[0]).not.to.equal('*')
      registrar.send(200, accepted(first, 600))
      const [last] = await registrar.expect('REGISTER')
      expect([last.raw('Contact'), last.get('Expires')]).to.deep.equal([['*'], 0])
      registrar.send(200)
      expect((await end).kind).to.equal('answered')
      expect(registration.state).to.equal('over')
      expect((await registration.refresh()).kind).to.equal('transportError')
    }),
  )

  it(
    '§10.2.7 silence is followed by a wait, not by the same again [3261-10.2.7-1] [RGT-09]',
    withRegistrar(async (registrar, alice) => {
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri() })
      const [first] = await registrar.expect('REGISTER')
      const event = await next(registration)
      expect(event?.kind === 'failed' && event.outcome).to.deep.equal({ kind: 'timeout' })
      await registrar.silence(29_000)
      const [second] = await registrar.within(32_000).expect('REGISTER')
      expect(second.callId).to.equal(first.callId)
      expect(second.cseq.number).to.equal(first.cseq.number + 1)
      registrar.send(200, accepted(second, 600))
      expect((await next(registration))?.kind).to.equal('kept')
    }),
  )

  it(
    'RFC 3608 §6.1 keeps the service route in order, and forgets it with the registration [3608-6.1-1] [3608-6.1-2]',
    withRegistrar(async (registrar, alice) => {
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri() })
      const [first] = await registrar.expect('REGISTER')
      const route = ['<sip:p1.biloxi.com;lr>', '<sip:p2.biloxi.com;lr>']
      const { headers } = accepted(first, 600)
      registrar.send(200, { headers: { ...headers, 'Service-Route': route } })
      await next(registration)
      expect(registration.serviceRoute.map(String)).to.deep.equal(route)
      const answer = registration.refresh()
      await registrar.expect('REGISTER')
      registrar.send(403)
      expect((await answer).kind).to.equal('rejected')
      expect(registration.serviceRoute).to.deep.equal([])
      expect(registration.bindings).to.deep.equal([])
    }),
  )

  it(
    'RFC 5626 §4.2.1 says which device and flow it is, each time [5626-4.2.1-4] [5626-4.2.1-5] [5626-4.2.1-8] [5626-4.5-1]',
    withRegistrar(async (registrar, alice) => {
      const instance = 'urn:uuid:00000000-0000-1000-8000-000a95a0e128'
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri(), instance })
      for (let at = 0; at < 2; at++) {
        const [each] = await registrar.expect('REGISTER')
        expect(String(each.get('Contact'))).to.match(/;\+sip\.instance="<urn:uuid:[^"]*e128>";reg-id=1$/)
        expect(each.getAll('Supported')).to.deep.equal(['path', 'outbound', 'gruu'])
        registrar.send(200, accepted(each, 600))
        await next(registration)
        if (at === 0) void registration.refresh()
      }
    }),
  )

  it(
    'RFC 5626 §4.5 registers anew when its connection is gone',
    withRegistrar(async (registrar, alice, stage) => {
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri() })
      const [first] = await registrar.expect('REGISTER')
      registrar.send(200, accepted(first, 600))
      await next(registration)
      await stage.pause(1000)
      registrar.disconnect()
      const [second] = await registrar.within(1000).expect('REGISTER')
      expect(second.callId).to.equal(first.callId)
      registrar.send(200, accepted(second, 600))
      await next(registration)
    }, 'tcp'),
  )

  it(
    'RFC 5626 §4.4.1 registers anew when pings that were promised an answer get none [5626-4.4.1-2] [5626-4.4-1]',
    withRegistrar(async (registrar, alice) => {
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri() })
      const [first] = await registrar.expect('REGISTER')
      const { headers } = accepted(first, 600)
      registrar.send(200, { headers: { ...headers, 'Flow-Timer': '60' } })
      await next(registration)
      const [second] = await registrar.within(71_000).expect('REGISTER')
      registrar.send(200, accepted(second, 600))
      await next(registration)
      await registrar.silence(47_000)
    }, 'tcp'),
  )

  it(
    '§10.2.6 §10.2 asks the host of the address of record unless told otherwise, and makes no route of Record-Route [3261-10.2.6-1] [3261-10.2-1] [3261-10.2-2] [RGT-10]',
    withRegistrar(async (registrar, alice) => {
      const registration = alice.stack.keepRegistered(registrar.uri('alice'))
      const [first] = await registrar.expect('REGISTER')
      expect([first.uri.user, first.uri.host]).to.deep.equal([undefined, registrar.place.address])
      registrar.send(200, { headers: { ...accepted(first, 600).headers, 'Record-Route': '<sip:192.0.2.77;lr>' } })
      await next(registration)
      void registration.refresh()
      const [second] = await registrar.expect('REGISTER')
      expect(second.has('Route')).to.equal(false)
      registrar.send(200, accepted(second, 600))
      await next(registration)
    }),
  )

  it(
    '§20.10 takes an expiry that means nothing for an hour [3261-10.2-10]',
    withRegistrar(async (registrar, alice) => {
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri() })
      const [first] = await registrar.expect('REGISTER')
      registrar.send(200, { headers: { Contact: `${first.get('Contact')};expires=soon` } })
      expect(await next(registration)).to.include({ kind: 'kept', seconds: 3600 })
    }),
  )

  it('§10.2.1 RFC 3263 §4.3 says where it can be reached as the server that accepts it sees it, and then no more otherwise', () => {
    const subject = new RegisterSubject({
      aor: toUri('sip:alice@biloxi.com'),
      ...{ options: {}, callId: 'a', random: { uint32: () => 7 }, now: () => 0 },
    })
    const by = (host: string): Request => {
      const route = { transport: 'UDP', address: host, port: 5060, flow: nobody } as const
      return subject.complete(subject.request('create', 60), { sentBy: `${host}:5060`, host, port: 5060, route })
    }
    by('[2001:db8::1]')
    const request = by('192.0.2.1')
    expect(String(request.get('Contact'))).to.equal('<sip:alice@192.0.2.1:5060>')
    subject.granted(createResponse(request, 200), 60)
    expect(String(by('192.0.2.3').get('Contact'))).to.equal('<sip:alice@192.0.2.1:5060>')
  })

  it('§10.2.1 has a sips Contact where the address of record is sips [3261-10.2.1-1]', () => {
    const aors = {
      aor: toUri('sips:alice@biloxi.com'),
      options: {},
      callId: 'a',
      random: { uint32: () => 7 },
      now: () => 0,
    }
    for (const [transport, contact] of [
      ['TLS', '<sips:alice@192.0.2.1:5061>'],
      ['WSS', '<sips:alice@192.0.2.1:5061;transport=wss>'],
    ] as const) {
      const subject = new RegisterSubject(aors)
      const way = { sentBy: '192.0.2.1:5061', host: '192.0.2.1', port: 5061 }
      const route = { transport, address: '192.0.2.2', port: 5061, flow: nobody }
      const request = subject.complete(subject.request('create', 60), { ...way, route })
      expect(String(request.get('Contact'))).to.equal(contact)
    }
  })

  it(
    'refuses what cannot be registered [3261-10.2-5]',
    withRegistrar(async (_, { stack }) => {
      const contacts = ['<sip:a@192.0.2.1>;expires=5']
      expect(() => stack.keepRegistered('sip:biloxi.com')).to.throw(TypeError, 'address of record')
      expect(() => stack.keepRegistered('tel:+1')).to.throw(TypeError, 'address of record')
      expect(() => stack.keepRegistered(aor, { expires: 0 })).to.throw(TypeError, 'expires')
      expect(() => stack.keepRegistered(aor, { contacts })).to.throw(TypeError)
      expect(() => stack.keepRegistered(aor, { headers: { 'X-A': 'a\r\nb' } })).to.throw(TypeError)
    }),
  )

  it(
    'ends with the stack',
    withRegistrar(async (registrar, alice) => {
      const registration = alice.stack.keepRegistered(aor, { registrar: registrar.uri() })
      await registrar.expect('REGISTER')
      const pending = registration.refresh()
      await alice.stack.close()
      expect(await registration.closed).to.deep.equal({ kind: 'closed' })
      expect((await pending).kind).to.equal('transportError')
    }),
  )
})
