/** The flows of RFC 3665 §2, with our stack as the one who registers: a raw peer plays the registrar. */

import { equal, match } from 'node:assert/strict'
import { type RawPeer, request, type Scenario, type Stage, scenario } from '../../apps/scenario/scenario.js'
import type { Credentials, Registration, Request } from '../../apps/sip/sip.js'

const aor = 'sip:bob@biloxi.example.com'
const auth: Credentials = { username: 'bob', password: 'zanzibar' }

/** Asks for a password; the request that has one comes back. */
async function admitted(registrar: RawPeer): Promise<Request> {
  const [first] = await registrar.expect(request('REGISTER', { headers: { Authorization: false } }))
  const nonce = `Digest realm="atlanta.example.com", qop="auth", nonce="n${first.cseq.number}", opaque="", algorithm=MD5`
  registrar.send(401, { headers: { 'WWW-Authenticate': nonce } })
  const [second] = await registrar.expect(request('REGISTER', { headers: { Authorization: /username="bob"/ } }))
  equal(second.callId, first.callId)
  equal(second.cseq.number, first.cseq.number + 1)
  return second
}

function contacts(received: Request): string[] {
  return received.getAll('Contact').map(each => `${each};expires=3600`)
}

async function registering(
  stage: Stage,
  uris: readonly string[],
): Promise<{ readonly registrar: RawPeer; readonly registration: Registration; readonly close: () => Promise<void> }> {
  const registrar = await stage.raw('registrar')
  const { stack } = await stage.stack('bob')
  const registration = stack.keepRegistered(aor, { registrar: registrar.uri(), contacts: uris, auth })
  return { registrar, registration, close: () => stack.close() }
}

async function kept({ events }: Registration): Promise<void> {
  for await (const event of events) return equal(event.kind, 'kept')
}

const scenarios: readonly Scenario[] = [
  scenario(
    'FLW-01 RFC 3665 §2.1 a new registration: asked for a password, Bob is registered [3261-10.2-3] [3261-22.2-2]',
    async stage => {
      const { registrar, registration, close } = await registering(stage, ['sip:bob@client.biloxi.example.com'])
      const register = await admitted(registrar)
      equal(String(register.to), `<${aor}>`)
      registrar.send(200, { headers: { Contact: contacts(register) } })
      await kept(registration)
      equal(String(registration.bindings[0]?.uri), 'sip:bob@client.biloxi.example.com')
      await close()
    },
  ),

  scenario('FLW-02 RFC 3665 §2.2 a contact list: each with a URI of its own, mail among them', async stage => {
    const uris = ['sip:bob@client.biloxi.example.com', 'mailto:bob@biloxi.example.com']
    const { registrar, registration, close } = await registering(stage, uris)
    const register = await admitted(registrar)
    equal(
      register
        .getAll('Contact')
        .map(({ uri }) => String(uri))
        .join(),
      uris.join(),
    )
    registrar.send(200, { headers: { Contact: contacts(register) } })
    await kept(registration)
    equal(registration.bindings.length, 2)
    await close()
  }),

  scenario('FLW-03 RGT-07 RFC 3665 §2.3 what is registered is asked for without a Contact', async stage => {
    const registrar = await stage.raw('registrar')
    const { stack } = await stage.stack('bob')
    const asked = stack.request('REGISTER', registrar.uri(), { from: aor, to: aor, auth })
    const register = await admitted(registrar)
    equal(register.has('Contact'), false)
    equal(String(register.to.uri), aor)
    registrar.send(200, { headers: { Contact: ['<sip:bob@192.0.2.9>;expires=60', '<mailto:bob@biloxi.example.com>'] } })
    const outcome = await asked
    equal(outcome.kind === 'answered' && outcome.response.getAll('Contact').length, 2)
  }),

  scenario(
    'FLW-04 RGT-06 RFC 3665 §2.4 a registration is cancelled: with the password at once, a star and Expires: 0 [3261-10.2.2-2]',
    async stage => {
      const { registrar, registration, close } = await registering(stage, ['sip:bob@client.biloxi.example.com'])
      registrar.send(200, { headers: { Contact: contacts(await admitted(registrar)) } })
      await kept(registration)
      const gone = registration.unregister({ all: true })
      const headers = { Authorization: /nc=00000002/, Contact: '*', Expires: '0' }
      await registrar.expect(request('REGISTER', { headers }))
      registrar.send(200)
      equal((await gone).kind, 'answered')
      equal((await registration.closed).kind, 'removed')
      await close()
    },
  ),

  scenario(
    'FLW-05 RGT-11 RFC 3665 §2.5 a registration fails: the password is not sent a second time, and no flood follows',
    async stage => {
      const { registrar, registration, close } = await registering(stage, ['sip:bob@client.biloxi.example.com'])
      await admitted(registrar)
      const challenge = 'Digest realm="atlanta.example.com", qop="auth", nonce="another", opaque="", algorithm=MD5'
      registrar.send(401, { headers: { 'WWW-Authenticate': challenge } })
      for await (const event of registration.events) {
        match(event.kind === 'failed' ? event.outcome.kind : event.kind, /^rejected$/)
        break
      }
      await registrar.silence(25_000)
      await close()
    },
  ),
]

export default scenarios
