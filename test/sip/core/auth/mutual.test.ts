/** What a server says of itself and of the next nonce in Authentication-Info: RFC 7616 §3.5, §20.6. */

import { expect } from 'chai'
import { digest, ha1Of } from '../../../../apps/sip/core/auth/digest.js'
import { type Authenticate, type Core, DigestClient, type Outcome } from '../../../../apps/sip/sip.js'
import { passing } from '../../../scenario/passing.js'

const auth = { username: 'alice', password: 'secret' }
const from = 'sip:alice@biloxi.com'
const rules: Authenticate = { realm: 'biloxi.com', lookup: () => 'secret', mutual: true }

function core(authenticate: Authenticate): Core {
  return {
    name: 'office',
    match: () => true,
    authenticate,
    INFO: message => message.reply(200, { body: 'v=0\r\n' }),
  }
}

function infoOf(outcome: Outcome, name: 'Authentication-Info' | 'Proxy-Authentication-Info' = 'Authentication-Info') {
  if (outcome.kind !== 'answered') throw new Error(outcome.kind)
  return { info: outcome.response.get(name) }
}

describe('Authentication-Info', () => {
  for (const integrity of [false, true]) {
    it(`RFC 7616 §3.5 proves that the server knows the password, with qop auth${integrity ? '-int' : ''} [AUT-11]`, () =>
      passing(async stage => {
        const bob = await stage.stack('bob', { cores: [core({ ...rules, integrity, algorithms: ['MD5'] })] })
        const alice = await stage.raw('alice')
        const headers = { 'Content-Type': 'text/plain', From: `<${from}>;tag=1` }
        alice.send('INFO', { to: bob, headers })
        const [challenged] = await alice.expect(401)
        const nonce = challenged.get('WWW-Authenticate')?.params.get('nonce') ?? ''
        const qop = integrity ? 'auth-int' : 'auth'
        const ha1 = ha1Of('MD5', 'alice', 'biloxi.com', 'secret')
        const parts = { algorithm: 'MD5', ha1, nonce, qop, nc: '00000001', cnonce: 'c', uri: bob.uri() } as const
        const proof = digest({ ...parts, method: 'INFO', body: '' })
        const Authorization = `Digest username="alice", realm="biloxi.com", nonce="${nonce}", uri="${bob.uri()}", response="${proof}", qop=${qop}, nc=00000001, cnonce="c"`
        alice.send('INFO', { to: bob, headers: { ...headers, Authorization } })
        const [ok] = await alice.expect(200)
        const info = ok.get('Authentication-Info')
        expect(info?.get('rspauth')).to.equal(digest({ ...parts, method: '', body: 'v=0\r\n' }))
        expect([info?.get('qop'), info?.get('nc'), info?.get('cnonce')]).to.deep.equal([qop, '00000001', 'c'])
        expect(info?.has('nextnonce')).to.equal(false)
      }))
  }

  it('RFC 7616 §3.5 names the next nonce in time, and the client takes it: nobody is challenged again [AUT-11]', async () => {
    const { ladder } = await passing(async stage => {
      const bob = await stage.stack('bob', { cores: [core(rules)] })
      const alice = await stage.stack('alice')
      const client = new DigestClient(auth)
      const seen: (string | undefined)[] = []
      for (let at = 0; at < 5; at++) {
        const { info } = infoOf(await alice.stack.request('INFO', bob.uri(), { auth: client, from }))
        seen.push(info?.get('nextnonce'))
        await stage.pause(100_000)
      }
      expect(seen.map(next => next !== undefined)).to.deep.equal([false, false, true, false, true])
    })
    expect(ladder.match(/ 401 /g)).to.have.length(1)
  })

  it('is not sent unless asked for, and not with a refusal; a proxy has a name of its own for it', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [core({ ...rules, mutual: false })] })
      const alice = await stage.stack('alice')
      const plain = await alice.stack.request('INFO', bob.uri(), { auth, from })
      expect(infoOf(plain).info).to.equal(undefined)
      const proxy = await stage.stack('proxy', { cores: [core({ ...rules, proxy: true })] })
      const asked = await alice.stack.request('INFO', proxy.uri(), { auth, from })
      expect(infoOf(asked, 'Proxy-Authentication-Info').info?.has('rspauth')).to.equal(true)
      expect(infoOf(asked).info).to.equal(undefined)
      const refused = await alice.stack.request('MESSAGE', proxy.uri(), { auth, from })
      if (refused.kind !== 'rejected') throw new Error(refused.kind)
      expect([refused.response.status, refused.response.has('Proxy-Authentication-Info')]).to.deep.equal([405, false])
    }))
})
