import { expect } from 'chai'
import { maybe, type RawPeer, request, response } from '../../../../apps/scenario/scenario.js'
import { digest, ha1Of } from '../../../../apps/sip/core/auth/digest.js'
import { type Core, DigestClient, type Request } from '../../../../apps/sip/sip.js'
import { cancelled, dialogOf, placed } from '../../../../specs/callers.js'
import { overBoth, passing } from '../../../scenario/passing.js'

const auth = { username: 'alice', password: 'secret' }
const from = 'sip:alice@biloxi.com'
const nonce1 = 'Digest realm="biloxi.com", nonce="n1", qop="auth", algorithm=MD5'

/** A core that tells everybody who they are. */
const office: Core = {
  name: 'office',
  match: () => true,
  authenticate: { realm: 'biloxi.com', lookup: username => (username === 'alice' ? 'secret' : undefined) },
  INVITE: invite => void invite.reply(200, { reason: `Hello ${invite.user}` }),
  MESSAGE: message => void message.reply(200, { reason: `Hello ${message.user}` }),
}

/** Whether the first credentials are right, as another implementation would see it. */
function isRight(received: Request, header: 'Authorization' | 'Proxy-Authorization' = 'Authorization'): boolean {
  const params = received.get(header)?.params
  const part = (name: string): string => params?.get(name) ?? ''
  const expected = digest({
    ...({ algorithm: 'MD5', ha1: ha1Of('MD5', 'alice', part('realm'), 'secret'), qop: 'auth' } as const),
    ...{ nonce: part('nonce'), nc: part('nc'), cnonce: part('cnonce'), uri: part('uri') },
    ...{ method: received.method, body: received.body },
  })
  return part('response') === expected && part('uri') === String(received.uri)
}

/** The next request, which bob answers with a challenge. */
async function challenged(bob: RawPeer, method: string, value: string = nonce1): Promise<Request> {
  const [asked] = await bob.expect(request(method))
  bob.send(401, { headers: { 'WWW-Authenticate': value } })
  return asked
}

describe('authentication of our requests', () => {
  overBoth(
    'UC-9 UAC-16 §22.2 a 401 is answered once: same Call-ID and tag, new branch, To without tag, CSeq one higher [3261-22.2-2] [3261-22.2-4]',
    async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const end = alice.stack.request('MESSAGE', bob.uri(), { auth, from, body: 'v=0\r\n' })
      const first = await challenged(bob, 'MESSAGE')
      expect(first.has('Authorization')).to.equal(false)
      const [second] = await bob.expect('MESSAGE')
      expect(isRight(second)).to.equal(true)
      expect(second.callId).to.equal(first.callId)
      expect(second.from.tag).to.equal(first.from.tag)
      expect(second.to.tag).to.equal(undefined)
      expect(second.via.branch).not.to.equal(first.via.branch)
      expect(second.cseq.number).to.equal(first.cseq.number + 1)
      expect([second.body, String(second.uri)]).to.deep.equal([first.body, String(first.uri)])
      bob.send(200)
      expect((await end).kind).to.equal('answered')
    },
  )

  overBoth(
    '§22.3 AUT-08 an INVITE, its ACK and its BYE carry the credentials, the ACK those of the INVITE [3261-13.2.2.4-4] [3261-22.1-6] [3261-22.3-4]',
    async stage => {
      const { bob, call, invite: first } = await placed(stage, { auth, from })
      bob.send(407, { headers: { 'Proxy-Authenticate': nonce1 } })
      const [, invite] = await bob.expect('ACK', 'INVITE')
      expect(isRight(invite, 'Proxy-Authorization')).to.equal(true)
      bob.send(200)
      const [ack] = await bob.expect('ACK')
      expect(ack.raw('Proxy-Authorization')).to.deep.equal(invite.raw('Proxy-Authorization'))
      expect(ack.cseq.number).to.equal(first.cseq.number + 1)
      const bye = (await dialogOf(call)).bye()
      const [first2] = await bob.expect('BYE')
      expect(isRight(first2, 'Proxy-Authorization')).to.equal(true)
      expect(first2.get('Proxy-Authorization')?.params.get('nc')).to.equal('00000002')
      expect(first2.cseq.number).to.equal(first.cseq.number + 2)
      bob.send(407, { headers: { 'Proxy-Authenticate': nonce1.replace('n1', 'n2') } })
      const [second2] = await bob.expect('BYE')
      expect(isRight(second2, 'Proxy-Authorization')).to.equal(true)
      bob.send(200)
      expect((await bye).kind).to.equal('answered')
    },
  )

  it('§22.1 the ACK for a refusal of the INVITE with credentials brings them, too', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(bob.uri(), { auth, from })
      await challenged(bob, 'INVITE')
      const [, invite] = await bob.expect('ACK', 'INVITE')
      bob.send(486)
      const [ack] = await bob.expect('ACK')
      expect(ack.raw('Authorization')).to.deep.equal(invite.raw('Authorization'))
      expect((await call.outcome).kind).to.equal('rejected')
    }))

  it('AUT-04 §22.1 wrong credentials end as rejected with the last challenge, without a loop [3261-22.1-11]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const end = alice.stack.request('MESSAGE', bob.uri(), { auth, from })
      await challenged(bob, 'MESSAGE')
      await challenged(bob, 'MESSAGE', nonce1.replace('n1', 'n2'))
      const outcome = await end
      expect(outcome.kind === 'rejected' && outcome.response.get('WWW-Authenticate')?.params.get('nonce')).to.equal(
        'n2',
      )
      await bob.silence(40_000)
    }))

  it('AUT-10 §22.2 a 403 after credentials is the end, as is a challenge without credentials for it', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const end = alice.stack.request('MESSAGE', bob.uri(), { auth, from })
      await challenged(bob, 'MESSAGE')
      await bob.expect('MESSAGE')
      bob.send(403)
      expect((await end).kind).to.equal('rejected')
      for (const none of [{}, { auth: () => undefined }]) {
        const other = alice.stack.request('MESSAGE', bob.uri(), { from, ...none })
        await challenged(bob, 'MESSAGE')
        const outcome = await other
        expect(outcome.kind === 'rejected' && outcome.response.status).to.equal(401)
      }
    }))

  it('§22.2 credentials may take their time, but not for ever', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const later = async (): Promise<typeof auth> => stage.pause(5000).then(() => auth)
      const end = alice.stack.request('MESSAGE', bob.uri(), { auth: later, from })
      await challenged(bob, 'MESSAGE')
      await bob.within(6000).expect('MESSAGE')
      bob.send(200)
      expect((await end).kind).to.equal('answered')
      const never = alice.stack.request('MESSAGE', bob.uri(), { auth: () => new Promise(() => undefined), from })
      await challenged(bob, 'MESSAGE')
      await stage.pause(121_000)
      expect((await never).kind).to.equal('rejected')
    }))

  it('a function for credentials that fails costs its request, and is told', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      for (const wrong of [
        () => Promise.reject(new Error('no keyring')),
        () => {
          throw new Error('no keyring')
        },
      ]) {
        const end = alice.stack.request('MESSAGE', bob.uri(), { auth: wrong, from })
        await challenged(bob, 'MESSAGE')
        expect((await end).kind).to.equal('rejected')
        expect(alice.errors().join()).to.contain('no keyring')
      }
      expect(() => alice.stack.request('MESSAGE', bob.uri(), { auth: { username: 'a\r\n', password: '' } })).to.throw(
        TypeError,
      )
    }))

  it('§9.1 a call that is cancelled during the exchange is not placed again', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const call = alice.stack.invite(bob.uri(), { auth, from })
      await bob.expect('INVITE')
      call.cancel()
      bob.send(401, { headers: { 'WWW-Authenticate': nonce1 } })
      await bob.expect('ACK')
      expect((await call.outcome).kind).to.equal('cancelled')
      const waiting = alice.stack.invite(bob.uri(), { auth: () => stage.pause(5000).then(() => auth), from })
      await challenged(bob, 'INVITE')
      await bob.expect('ACK')
      waiting.cancel()
      expect((await waiting.outcome).kind).to.equal('cancelled')
      await bob.silence(40_000)
      const ringing = alice.stack.invite(bob.uri(), { auth, from })
      await challenged(bob, 'INVITE')
      const [, invite] = await bob.expect('ACK', 'INVITE')
      bob.send(180)
      await stage.pause(100)
      ringing.cancel()
      const cancel = await cancelled(bob, invite)
      expect(cancel.via.branch).to.equal(invite.via.branch)
      expect((await ringing.outcome).kind).to.equal('cancelled')
    }))

  it('§22.2 one DigestClient for several requests saves their challenges [3261-22.2-3]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const kept = new DigestClient(auth)
      const first = alice.stack.request('MESSAGE', bob.uri(), { auth: kept, from })
      await challenged(bob, 'MESSAGE')
      await bob.expect('MESSAGE')
      bob.send(200)
      await first
      const second = alice.stack.request('MESSAGE', bob.uri(), { auth: kept, from })
      const [message] = await bob.expect('MESSAGE')
      expect(isRight(message)).to.equal(true)
      expect(message.get('Authorization')?.params.get('nc')).to.equal('00000002')
      bob.send(200)
      expect((await second).kind).to.equal('answered')
    }))
})

describe('a core that authenticates', () => {
  overBoth('§22.2 AUT-01 lets in who knows the password, and knows who that is [3261-22.2-1]', async stage => {
    const bob = await stage.stack('bob', { cores: [office] })
    const alice = await stage.stack('alice')
    const message = await alice.stack.request('MESSAGE', bob.uri(), { auth, from })
    expect(message.kind === 'answered' && message.response.reason).to.equal('Hello alice')
    const wrong = await alice.stack.request('MESSAGE', bob.uri(), { auth: { ...auth, password: 'x' }, from })
    expect(wrong.kind === 'rejected' && wrong.response.status).to.equal(401)
    const other = await alice.stack.request('MESSAGE', bob.uri(), { auth, from: 'sip:carol@biloxi.com' })
    expect(other.kind === 'rejected' && other.response.status).to.equal(403)
    const call = await alice.stack.invite(bob.uri(), { auth, from }).outcome
    if (call.kind !== 'answered') throw new Error(call.kind)
    expect((await call.dialog.bye()).kind).to.equal('answered')
  })

  it('AUT-08 §22.1 asks neither ACK nor CANCEL, and an answered 401 leaves nothing behind [3261-22.1-7] [3261-22.1-8]', () =>
    passing(async stage => {
      let answer: (password: string) => void = () => undefined
      const lookup = (): Promise<string> =>
        new Promise(resolve => {
          answer = resolve
        })
      const slow: Core = { ...office, authenticate: { realm: 'biloxi.com', lookup } }
      const bob = await stage.stack('bob', { cores: [slow] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(response(401, { headers: { To: /;tag=/, 'WWW-Authenticate': /^Digest realm="biloxi.com"/ } }))
      alice.send('ACK')
      await alice.silence(1000)
      const credentials =
        'Digest username="alice", realm="biloxi.com", nonce="n", uri="sip:bob@biloxi.com", response="00"'
      const invite = alice.send('INVITE', { to: bob, headers: { Authorization: credentials } })
      await stage.pause(1000)
      alice.send('CANCEL', { headers: { Via: invite.raw('Via'), CSeq: `${invite.cseq.number} CANCEL` } })
      await alice.expect(response(100), response(200, { of: 'CANCEL' }), response(487))
      alice.send('ACK')
      answer('secret')
      await alice.silence(1000)
    }))

  it('RFC 7616 §3.3 a core that takes the place of another one knows its nonces: nobody is asked again', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [office] })
      const alice = await stage.stack('alice')
      const kept = new DigestClient(auth)
      for (const requests of [2, 3, 4]) {
        const outcome = await alice.stack.request('MESSAGE', bob.uri(), { auth: kept, from })
        expect(outcome.kind).to.equal('answered')
        expect((await bob.stack.counters()).requests).to.equal(requests)
        bob.stack.register({ ...office })
      }
    }))

  it('§22.4 RFC 7616 §3.4.6 right credentials for a URI that the application does not want get 400 [7616-3.4.6-3]', () =>
    passing(async stage => {
      const authenticate = { realm: 'biloxi.com', lookup: () => 'secret', accepts: () => false }
      const bob = await stage.stack('bob', { cores: [{ ...office, authenticate }] })
      const alice = await stage.stack('alice')
      const outcome = await alice.stack.request('MESSAGE', bob.uri(), { auth, from })
      expect(outcome).to.deep.include({ kind: 'rejected' }).and.to.have.nested.property('response.status', 400)
    }))

  it('§22 a lookup that fails or never ends is answered with 500', () =>
    passing(async stage => {
      const credentials =
        'Digest username="alice", realm="biloxi.com", nonce="n", uri="sip:bob@biloxi.com", response="00"'
      for (const lookup of [() => Promise.reject(new Error('no disk')), () => new Promise<string>(() => undefined)]) {
        const bob = await stage.stack('bob', { cores: [{ ...office, authenticate: { realm: 'biloxi.com', lookup } }] })
        const alice = await stage.raw('alice')
        alice.send('OPTIONS', { to: bob, headers: { Authorization: credentials } })
        await alice.within(31_000).expect(maybe(100), response(500))
        bob.errors()
      }
    }))

  it('checks its rules when it is registered', () =>
    passing(async stage => {
      const bob = await stage.stack('bob')
      const wrong = { ...office, authenticate: { realm: '', lookup: () => undefined } }
      expect(() => bob.stack.register(wrong)).to.throw(TypeError, 'realm')
      await bob.checkCensus()
    }))
})
