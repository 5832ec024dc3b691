import { expect } from 'chai'
import fc from 'fast-check'
import { SeededRandom } from '../../../../apps/scenario/seeded-random.js'
import type { CredentialSource } from '../../../../apps/sip/core/auth/credentials.js'
import { ha1Of } from '../../../../apps/sip/core/auth/digest.js'
import { DigestClient, type DigestExchange } from '../../../../apps/sip/core/auth/digest-client.js'
import { formatMessage, type Request, type Response } from '../../../../apps/sip/sip.js'
import type { HeaderInputs } from '../../../../apps/sip/syntax/header-value.js'
import { parseMessage } from '../../../../apps/sip/syntax/parse.js'
import { createRequest } from '../../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../../apps/sip/syntax/response.js'

const bob = { username: 'bob', password: 'zanzibar' }

function register(changes: { readonly to?: string; readonly callId?: string; readonly body?: string } = {}): Request {
  const { to = 'sip:bob@biloxi.com', callId = 'c1', body = '' } = changes
  return createRequest('REGISTER', 'sip:biloxi.com', { from: 'sip:bob@biloxi.com;tag=1', to, callId, cseq: 7, body })
}

function answer(request: Request, status: number, headers: HeaderInputs): Response {
  return createResponse(request, status, { toTag: 'x', headers })
}

class Dialogue {
  readonly random = new SeededRandom(1)
  readonly client: DigestClient
  exchange: DigestExchange
  request: Request

  constructor(source: CredentialSource = bob, request: Request = register()) {
    this.client = new DigestClient(source)
    this.exchange = this.client.begin(request)
    this.request = this.exchange.next(this.random)
  }

  /** Answers the latest request; true when there is a next one, which is the latest then. */
  async gets(status: number, ...values: readonly string[]): Promise<boolean> {
    const name = status === 407 ? 'Proxy-Authenticate' : 'WWW-Authenticate'
    return this.hears(answer(this.request, status, values.length > 0 ? { [name]: values } : {}))
  }

  async hears(response: Response): Promise<boolean> {
    const goesOn = await this.exchange.challenged(response)
    if (goesOn) this.request = this.exchange.next(this.random)
    return goesOn
  }

  begin(request: Request): void {
    this.exchange = this.client.begin(request)
    this.request = this.exchange.next(this.random)
  }

  param(name: string, header: 'Authorization' | 'Proxy-Authorization' = 'Authorization'): string | undefined {
    return this.request.get(header)?.params.get(name)
  }
}

describe('a Digest client', () => {
  it('§22.2 answers a 401 with a CSeq one higher, all else as it was [3261-22.2-2] [3261-22.2-4]', async () => {
    const dialogue = new Dialogue()
    expect(dialogue.request.has('Authorization')).to.equal(false)
    expect(await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n1", opaque="o", qop="auth"')).to.equal(true)
    const { request } = dialogue
    expect(request.cseq).to.deep.equal({ number: 8, method: 'REGISTER' })
    expect(request.callId).to.equal('c1')
    expect([request.from.tag, request.to.tag]).to.deep.equal(['1', undefined])
    expect(dialogue.param('opaque')).to.equal('o')
  })

  it('§22.4 uri and the others are quoted as the grammar says, qop comes back, algorithm only where it came [3261-22.4-3] [3261-22.4-6] [7616-3.4-5] [7616-3.4-6] [8760-2.6-2] [8760-2.6-5]', async () => {
    const dialogue = new Dialogue()
    await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n1", qop="auth"')
    expect(dialogue.request.raw('Authorization')[0]).to.match(
      /^Digest username="bob", realm="biloxi.com", nonce="n1", uri="sip:biloxi.com", response="[0-9a-f]{32}", qop=auth, nc=00000001, cnonce="[a-z2-7]{12}"$/,
    )
    const other = new Dialogue()
    await other.gets(401, 'Digest realm="biloxi.com", nonce="n1", algorithm=SHA-256, qop="auth"')
    expect(other.request.raw('Authorization')[0]).to.match(/response="[0-9a-f]{64}", algorithm=SHA-256, qop=auth/)
  })

  it('§22.4 AUT-02 without qop there is neither cnonce nor nc: RFC 2069 [3261-22.4-4]', async () => {
    const dialogue = new Dialogue()
    await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n1"')
    for (const name of ['qop', 'nc', 'cnonce']) expect(dialogue.param(name), name).to.equal(undefined)
    const sess = new Dialogue()
    expect(await sess.gets(401, 'Digest realm="biloxi.com", nonce="n1", algorithm=MD5-sess')).to.equal(false)
  })

  it('S-B8 RFC 7616 §3.3 qop is a list with blanks in it, unknown options are ignored [7616-3.3-9] [7616-3.4-2]', async () => {
    const cases = [
      ['auth, auth-int', 'auth'],
      ['auth-int ,auth', 'auth'],
      ['auth-conf , auth-int', 'auth-int'],
      ['', undefined],
    ] as const
    for (const [offered, chosen] of cases) {
      const dialogue = new Dialogue()
      await dialogue.gets(401, `Digest realm="biloxi.com", nonce="n1", qop="${offered}"`)
      expect(dialogue.param('qop'), offered).to.equal(chosen)
    }
    expect(await new Dialogue().gets(401, 'Digest realm="r", nonce="n", qop="auth-conf"')).to.equal(false)
  })

  it('RFC 8760 §2.4 AUT-06 takes the topmost challenge it understands [8760-2.4-1] [8760-2.4-2] [7616-3.3-7] [7616-3.7-3]', async () => {
    const dialogue = new Dialogue()
    await dialogue.gets(
      401,
      'Basic realm="biloxi.com"',
      'Digest realm="biloxi.com", nonce="n1", qop="auth", algorithm=SHA-3',
      'Digest realm="biloxi.com", nonce="n2", qop="auth", algorithm=SHA-512-256',
      'Digest realm="biloxi.com", nonce="n3", qop="auth", algorithm=MD5',
    )
    expect(dialogue.request.getAll('Authorization').length).to.equal(1)
    expect(dialogue.param('algorithm')).to.equal('SHA-512-256')
  })

  it('§22 is never asked for Basic, and a challenge without use is the end [3261-22-2] [8760-2.4-4]', async () => {
    for (const value of [
      'Basic realm="r"',
      'Digest realm="r"',
      'Digest nonce="n"',
      'Digest realm="r", nonce="n", algorithm=X',
    ]) {
      expect(await new Dialogue().gets(401, value), value).to.equal(false)
    }
    expect(await new Dialogue().gets(401)).to.equal(false)
  })

  it('RFC 3665 §2.1 answers its example, the empty opaque included [7616-3.3-3]', async () => {
    const dialogue = new Dialogue()
    const example =
      'Digest realm="atlanta.example.com", qop="auth",nonce="ea9c8e88df84f1cec4341ae6cbe5a359", opaque="", stale=FALSE, algorithm=MD5'
    expect(await dialogue.gets(401, example)).to.equal(true)
    expect(['realm', 'nonce', 'opaque', 'algorithm', 'qop', 'nc'].map(name => dialogue.param(name))).to.deep.equal([
      'atlanta.example.com',
      'ea9c8e88df84f1cec4341ae6cbe5a359',
      '',
      'MD5',
      'auth',
      '00000001',
    ])
    expect(dialogue.request.raw('Authorization')[0]).to.contain('opaque=""')
  })

  it('takes hashes for a password, and then the challenge that they are good for', async () => {
    const ha1 = { MD5: ha1Of('MD5', 'bob', 'biloxi.com', 'zanzibar').toUpperCase() }
    const challenges = [
      'Digest realm="biloxi.com", nonce="n1", qop="auth", algorithm=SHA-256',
      'Digest realm="biloxi.com", nonce="n1", qop="auth", algorithm=MD5',
    ]
    const [hashed, plain] = [new Dialogue({ username: 'bob', ha1 }), new Dialogue()]
    await hashed.gets(401, ...challenges)
    await plain.gets(401, challenges[1] ?? '')
    expect(hashed.param('algorithm')).to.equal('MD5')
    expect(hashed.param('response')).to.equal(plain.param('response'))
  })

  it('§22.1 AUT-04 credentials that were rejected are not sent again [3261-22.1-11] [7616-3.3-6]', async () => {
    const dialogue = new Dialogue()
    expect(await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n1", qop="auth"')).to.equal(true)
    expect(await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n2", qop="auth"')).to.equal(false)
  })

  it('RFC 7616 §3.3 AUT-04 stale gets the new nonce three times, the same one never, and nobody is asked again', async () => {
    let asked = 0
    const dialogue = new Dialogue(() => {
      asked++
      return bob
    })
    await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n0", qop="auth"')
    expect(await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n1", qop="auth", stale=TRUE')).to.equal(true)
    expect(dialogue.param('nonce')).to.equal('n1')
    expect(dialogue.param('nc')).to.equal('00000001')
    expect(dialogue.request.cseq.number).to.equal(9)
    expect(await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n2", qop="auth", stale=true')).to.equal(true)
    expect(await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n3", qop="auth", stale=true')).to.equal(true)
    expect(await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n4", qop="auth", stale=true')).to.equal(false)
    expect(asked).to.equal(1)
    const other = new Dialogue()
    await other.gets(401, 'Digest realm="biloxi.com", nonce="n0", qop="auth"')
    expect(await other.gets(401, 'Digest realm="biloxi.com", nonce="n0", qop="auth", stale=true')).to.equal(false)
  })

  it('§22.3 AUT-05 several realms: each its own credentials, all of them in the next request [3261-22.3-4] [3261-22.3-12] [3261-22.3-13]', async () => {
    const asked: string[] = []
    const dialogue = new Dialogue(realm => {
      asked.push(realm)
      return realm === 'nobody' ? undefined : { username: `bob-${realm}`, password: 'p' }
    })
    await dialogue.gets(407, 'Digest realm="one", nonce="n1", qop="auth"')
    const both = answer(dialogue.request, 401, {
      'Proxy-Authenticate': ['Digest realm="two", nonce="n2", qop="auth"', 'Digest realm="nobody", nonce="n3"'],
      'WWW-Authenticate': ['Digest realm="one", nonce="n4", qop="auth"'],
    })
    expect(await dialogue.hears(both)).to.equal(true)
    const shown = (name: 'Authorization' | 'Proxy-Authorization'): unknown[] =>
      dialogue.request.getAll(name).map(({ params }) => ['username', 'realm', 'nc'].map(each => params.get(each)))
    expect(shown('Proxy-Authorization')).to.deep.equal([
      ['bob-one', 'one', '00000002'],
      ['bob-two', 'two', '00000001'],
    ])
    expect(shown('Authorization')).to.deep.equal([['bob-one', 'one', '00000001']])
    expect(asked).to.deep.equal(['one', 'one', 'two', 'nobody'])
  })

  it('ends after eight rounds, whatever new realms come', async () => {
    const dialogue = new Dialogue()
    let rounds = 0
    while (await dialogue.gets(407, `Digest realm="r${rounds}", nonce="n", qop="auth"`)) rounds++
    expect(rounds).to.equal(8)
  })

  it('waits for credentials, and tells of a function that fails', async () => {
    const later = new Dialogue(async realm => ({ username: realm, password: 'p' }))
    expect(await later.gets(401, 'Digest realm="r", nonce="n"')).to.equal(true)
    expect(later.param('username')).to.equal('r')
    for (const wrong of [
      async () => Promise.reject(new Error('no keyring')),
      () => ({ username: 'a\r\nb', password: 'p' }),
      () => ({ username: 'bob', ha1: { MD5: 'zanzibar' } }),
    ]) {
      const failed = await new Dialogue(wrong).gets(401, 'Digest realm="r", nonce="n"').catch(() => 'failed')
      expect(failed).to.equal('failed')
    }
    expect(() => new DigestClient({ username: 'a\nb', password: 'p' })).to.throw(TypeError)
  })

  it('§22.2 AUT-02 answers in advance for the same To, the count goes up [3261-22.2-3] [7616-3.6-2]', async () => {
    const dialogue = new Dialogue()
    await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n1", qop="auth"')
    await dialogue.gets(200)
    dialogue.begin(register({ callId: 'c2' }))
    expect([dialogue.param('nonce'), dialogue.param('nc')]).to.deep.equal(['n1', '00000002'])
    expect(dialogue.request.cseq.number).to.equal(7)
    dialogue.begin(register({ to: 'sip:carol@biloxi.com' }))
    expect(dialogue.request.has('Authorization')).to.equal(false)
    // A server that has forgotten its nonces, and does not say that ours is stale.
    dialogue.begin(register())
    expect(await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n2", qop="auth"')).to.equal(true)
    expect(await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n3", qop="auth"')).to.equal(false)
    dialogue.begin(register())
    expect(dialogue.request.has('Authorization')).to.equal(false)
  })

  it('§22.3 what a proxy accepted is not carried to another dialog [3261-22.3-5] [3261-22.3-7]', async () => {
    const dialogue = new Dialogue()
    await dialogue.gets(407, 'Digest realm="proxy", nonce="n1", qop="auth"')
    await dialogue.gets(200)
    dialogue.begin(register())
    expect(dialogue.param('nc', 'Proxy-Authorization')).to.equal('00000002')
    dialogue.begin(register({ callId: 'c2' }))
    expect(dialogue.request.has('Proxy-Authorization')).to.equal(false)
  })

  it('RFC 7616 §3.5 AUT-11 nextnonce is used next, unless rspauth is wrong [7616-3.5-1]', async () => {
    const dialogue = new Dialogue()
    await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n1", qop="auth"')
    const wrong = 'nextnonce="n2", qop=auth, nc=00000001, cnonce="x", rspauth="00000000000000000000000000000000"'
    await dialogue.hears(answer(dialogue.request, 200, { 'Authentication-Info': wrong }))
    dialogue.begin(register())
    expect([dialogue.param('nonce'), dialogue.param('nc')]).to.deep.equal(['n1', '00000002'])
    await dialogue.hears(answer(dialogue.request, 200, { 'Authentication-Info': 'nextnonce="n3"' }))
    dialogue.begin(register())
    expect([dialogue.param('nonce'), dialogue.param('nc')]).to.deep.equal(['n3', '00000001'])
  })

  it('RFC 7616 §3.5 takes no nextnonce that could not be sent back: the next request would be its end, and that of all others', async () => {
    const dialogue = new Dialogue()
    await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n1", qop="auth"')
    const text = formatMessage(answer(dialogue.request, 200, { 'Authentication-Info': 'nextnonce="x"' }))
    const parsed = parseMessage(
      `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1${text.slice(14).replace('"x"', '"\\\x01"')}`,
    )
    if (parsed.kind !== 'ok' || parsed.message.kind !== 'response') throw new Error('not a response')
    expect(parsed.message.get('Authentication-Info')?.get('nextnonce')).to.equal('\x01')
    await dialogue.hears(parsed.message)
    dialogue.begin(register())
    expect([dialogue.param('nonce'), dialogue.param('nc')]).to.deep.equal(['n1', '00000002'])
  })

  it('RFC 7616 §3.4.4 a hashed name where it is asked for [7616-3.4.4-2]', async () => {
    const dialogue = new Dialogue({ username: 'Jäsøn Doe', password: 'Secret, or not?' })
    await dialogue.gets(
      401,
      'Digest realm="api@example.org", nonce="n", qop="auth", algorithm=SHA-512-256, userhash=true',
    )
    expect(dialogue.param('username')).to.equal('793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b')
    expect(dialogue.param('userhash')).to.equal('true')
  })

  it('answers the challenges of no more than sixteen realms for one request', async () => {
    const challenges = Array.from({ length: 17 }, (_, at) => `Digest realm="${at}", nonce="n", qop="auth"`)
    expect(await new Dialogue().gets(401, ...challenges)).to.equal(false)
    const dialogue = new Dialogue()
    expect(await dialogue.gets(401, ...challenges.slice(0, 16))).to.equal(true)
    expect(dialogue.request.getAll('Authorization').length).to.equal(16)
    expect(await dialogue.gets(401, ...challenges.slice(16))).to.equal(false)
  })

  it('remembers no more than sixteen realms', async () => {
    const dialogue = new Dialogue()
    for (let to = 0; to < 20; to++) {
      dialogue.begin(register({ to: `sip:u${to}@biloxi.com` }))
      await dialogue.gets(401, 'Digest realm="biloxi.com", nonce="n", qop="auth"')
      await dialogue.gets(200)
    }
    const known = Array.from(
      { length: 20 },
      (_, to) => dialogue.client.known(register({ to: `sip:u${to}@biloxi.com` })).length,
    )
    expect(known).to.deep.equal([0, 0, 0, 0, ...Array.from({ length: 16 }, () => 1)])
  })

  it('never throws at what comes as a challenge, and sends what can be read again', () => {
    const octets = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)) })
    const param = fc.tuple(
      fc.constantFrom('realm', 'nonce', 'opaque', 'qop', 'algorithm', 'stale', 'userhash', 'x'),
      fc.oneof(
        octets.map(text => `"${text}"`),
        fc.constantFrom('MD5', 'auth', 'true', '"auth,auth-int"', '"\\\0"', '"\\\r"', '"é"'),
      ),
    )
    const value = fc
      .array(param)
      .map(params => `Digest realm="r",nonce="n",${params.map(each => each.join('=')).join(',')}`)
    fc.assert(
      fc.property(
        fc.oneof(
          value,
          octets.map(text => `Digest ${text}`),
        ),
        given => {
          const dialogue = new Dialogue()
          const head =
            'SIP/2.0 401 No\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:a@h>;tag=2\r\n'
          const parsed = parseMessage(
            `${head}Call-ID: c1\r\nCSeq: 7 REGISTER\r\nWWW-Authenticate: ${given}\r\nContent-Length: 0\r\n\r\n`,
          )
          if (parsed.kind !== 'ok' || parsed.message.kind !== 'response') return
          if (dialogue.exchange.challenged(parsed.message) !== true) return
          const request = dialogue.exchange.next(dialogue.random).prepend('Via', 'SIP/2.0/UDP h;branch=z9hG4bK2')
          const again = parseMessage(formatMessage(request))
          if (again.kind !== 'ok') throw new Error('not a message')
          expect(again.message.isMalformed('Authorization')).to.equal(false)
          expect(again.message.get('Authorization')?.params.get('realm')).to.equal(
            parsed.message.get('WWW-Authenticate')?.params.get('realm'),
          )
        },
      ),
      { numRuns: 500 },
    )
  })
})
