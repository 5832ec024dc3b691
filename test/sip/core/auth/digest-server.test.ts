import { expect } from 'chai'
import fc from 'fast-check'
import { SeededRandom } from '../../../../apps/scenario/seeded-random.js'
import { digest, ha1Of } from '../../../../apps/sip/core/auth/digest.js'
import { DigestClient } from '../../../../apps/sip/core/auth/digest-client.js'
import { type Authenticate, DigestServer, type Verdict } from '../../../../apps/sip/core/auth/digest-server.js'
import { NonceCounts } from '../../../../apps/sip/core/auth/nonce-counts.js'
import type { Request } from '../../../../apps/sip/sip.js'
import { challenge, credentials } from '../../../../apps/sip/syntax/header/auth.js'
import { createRequest } from '../../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../../apps/sip/syntax/response.js'

const rules: Authenticate = {
  realm: 'biloxi.com',
  lookup: username => (username === 'bob' ? 'zanzibar' : undefined),
}

const [address, lifetime] = ['192.0.2.1', 300_000]

function plain(from = 'sip:bob@biloxi.com', body = ''): Request {
  const sender = `${from};tag=1`
  return createRequest('MESSAGE', 'sip:carol@biloxi.com', {
    from: sender,
    to: 'sip:carol@biloxi.com',
    callId: 'c',
    cseq: 1,
    headers: { 'Content-Type': 'text/plain' },
    body,
  })
}

function settled(verdict: Verdict | Promise<Verdict>): Verdict {
  if (verdict instanceof Promise) throw new Error('a promise')
  return verdict
}

class Guard {
  readonly server: DigestServer
  readonly random: SeededRandom

  constructor(changes: Partial<Authenticate> = {}, former?: Guard) {
    this.random = new SeededRandom(former === undefined ? 7 : 8)
    this.server = new DigestServer({ ...rules, ...changes }, this.random, former?.server)
  }

  verify(request: Request, now = 0, from = address): Verdict {
    return settled(this.server.verify(request, from, now))
  }

  /** A request that answers a challenge made at 0. */
  answered(password = 'zanzibar', username = 'bob', request: Request = plain()): Request {
    const verdict = this.verify(request)
    if (verdict.kind !== 'challenge') throw new Error(verdict.kind)
    const exchange = new DigestClient({ username, password }).begin(request)
    if (
      exchange.challenged(createResponse(request, verdict.status, { toTag: 'x', headers: verdict.headers })) !== true
    ) {
      throw new Error('cannot be answered')
    }
    return exchange.next(this.random)
  }
}

/** What a verdict is, without its nonces. */
function shown(verdict: Verdict): string {
  return verdict.kind === 'challenge' ? `${verdict.status}${verdict.stale ? ' stale' : ''}` : verdict.kind
}

/** As clients of RFC 2069 answer, without qop. */
function unqualified(nonce: string, uri: string): Request {
  const ha1 = ha1Of('MD5', 'bob', 'biloxi.com', 'zanzibar')
  const parts = {
    algorithm: 'MD5',
    ha1,
    nonce,
    uri,
    qop: undefined,
    nc: '',
    cnonce: '',
    method: 'MESSAGE',
    body: '',
  } as const
  const named = { username: 'bob', realm: 'biloxi.com', nonce, uri, response: digest(parts) }
  return plain().append('Authorization', credentials('Digest', named))
}

describe('a Digest server', () => {
  it('§22.2 AUT-01 challenges with realm, fresh nonce and qop, best algorithm first [3261-22.2-1] [3261-22.4-5] [8760-2.3-1] [8760-2.3-2] [7616-3.7-1] [7616-3.7-2]', () => {
    const guard = new Guard()
    const nonces = new Set<string>()
    for (let round = 0; round < 3; round++) {
      const verdict = guard.verify(plain())
      if (verdict.kind !== 'challenge') throw new Error(verdict.kind)
      const values = createResponse(plain(), 401, { headers: verdict.headers, toTag: 'x' })
      const nonce = values.get('WWW-Authenticate')?.params.get('nonce') ?? ''
      nonces.add(nonce)
      expect(values.raw('WWW-Authenticate')).to.deep.equal([
        `Digest realm="biloxi.com", nonce="${nonce}", qop="auth", algorithm=SHA-256`,
        `Digest realm="biloxi.com", nonce="${nonce}", qop="auth", algorithm=MD5`,
      ])
    }
    expect(nonces.size).to.equal(3)
  })

  it('§22.3 a proxy asks with 407 [3261-22.3-1] [7616-3.8-1]', () => {
    const guard = new Guard({ proxy: true })
    expect(shown(guard.verify(plain()))).to.equal('407')
    expect(guard.verify(guard.answered())).to.deep.equal({ kind: 'ok', username: 'bob' })
  })

  for (const algorithm of ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess'] as const) {
    it(`RFC 8760 §2.1 AUT-07 lets bob in with ${algorithm}, by password and by hash, with a body and without [7616-3.6-1]`, () => {
      const name = algorithm.replace('-sess', '') as 'MD5'
      const ha1 = { [name]: ha1Of(name, 'bob', 'biloxi.com', 'zanzibar').toUpperCase() }
      for (const lookup of [rules.lookup, () => ({ ha1 })]) {
        for (const body of ['', 'hello\xff']) {
          const guard = new Guard({ algorithms: [algorithm], integrity: true, lookup })
          expect(guard.verify(guard.answered('zanzibar', 'bob', plain(undefined, body)))).to.deep.equal({
            kind: 'ok',
            username: 'bob',
          })
          expect(shown(guard.verify(guard.answered('wrong')))).to.equal('401')
        }
      }
    })
  }

  it('§22.4 AUT-12 wrong passwords and unknown users get the same answer', () => {
    const guard = new Guard()
    const known = guard.verify(guard.answered('wrong'))
    const unknown = guard.verify(guard.answered('wrong', 'eve', plain('sip:eve@biloxi.com')))
    expect([known, unknown].map(shown)).to.deep.equal(['401', '401'])
    // Data bases say null.
    expect(shown(new Guard({ lookup: () => null }).verify(guard.answered()))).to.equal('401')
    // Neither does the right password help a user whose hash is known for other algorithms only.
    expect(shown(new Guard({ lookup: () => ({ ha1: {} }) }).verify(guard.answered()))).to.equal('401')
  })

  it('RFC 7616 §3.3 AUT-12 a nonce ends with its lifetime, and then stale is said only to those who know the password [7616-3.3-5]', () => {
    const guard = new Guard()
    const [right, wrong] = [guard.answered(), guard.answered('wrong')]
    expect(shown(guard.verify(right, lifetime - 1))).to.equal('ok')
    expect(shown(guard.verify(guard.answered(), lifetime))).to.equal('401 stale')
    expect(shown(guard.verify(wrong, lifetime))).to.equal('401')
    const other = new DigestServer(rules, new SeededRandom(8))
    expect(shown(settled(other.verify(guard.answered(), address, 0)))).to.equal('401 stale')
  })

  it('RFC 7616 §5.5 AUT-12 a request that was seen is not accepted again', () => {
    const guard = new Guard()
    const request = guard.answered()
    expect(shown(guard.verify(request))).to.equal('ok')
    expect(shown(guard.verify(request))).to.equal('401 stale')
  })

  it('RFC 7616 §5.5 whoever takes the place of another one takes its nonces, but for another time, and nothing twice', () => {
    const former = new Guard()
    const [used, open] = [former.answered(), former.answered()]
    expect(shown(former.verify(used))).to.equal('ok')
    const guard = new Guard({}, former)
    expect(shown(guard.verify(used))).to.equal('401 stale')
    expect(shown(new Guard({ lifetime: 400_000 }, former).verify(open))).to.equal('401 stale')
    expect(shown(guard.verify(open))).to.equal('ok')
    expect(shown(guard.verify(open))).to.equal('401 stale')
  })

  it('§22.4 the form of RFC 2069 is let in, once for a nonce [3261-22.4-1] [3261-22.4-7] [8760-2.6-4]', () => {
    const guard = new Guard()
    const { params } = guard.answered().get('Authorization') ?? challenge('Digest', {})
    const old = unqualified(params.get('nonce') ?? '', params.get('uri') ?? '')
    expect(shown(guard.verify(old))).to.equal('ok')
    expect(shown(guard.verify(old))).to.equal('401 stale')
  })

  it('binds its nonces to the address where that is wanted', () => {
    const guard = new Guard({ bindAddress: true })
    expect(shown(guard.verify(guard.answered(), 0, '192.0.2.2'))).to.equal('401 stale')
    expect(shown(guard.verify(guard.answered()))).to.equal('ok')
  })

  it('§22.4 AUT-03 RFC 7616 §3.4.6 a Request-URI that was changed on the way is accepted, unless the application minds: then, and for what is no URI, 400 [8760-2.6-3] [7616-3.4.6-3]', () => {
    const guard = new Guard()
    expect(shown(guard.verify(guard.answered().with({ uri: 'sip:carol@192.0.2.4' })))).to.equal('ok')
    const strict = new Guard({ accepts: (uri, { uri: own }) => String(uri) === String(own) })
    const elsewhere = strict.answered().with({ uri: 'sip:carol@192.0.2.4' })
    expect(shown(strict.verify(elsewhere))).to.equal('misdirected')
    expect(shown(strict.verify(elsewhere))).to.equal('401 stale')
    expect(shown(strict.verify(strict.answered('guess').with({ uri: 'sip:carol@192.0.2.4' })))).to.equal('401')
    expect(shown(strict.verify(strict.answered()))).to.equal('ok')
    const nonce = guard.answered().get('Authorization')?.params.get('nonce') ?? ''
    expect(shown(guard.verify(unqualified(nonce, 'elsewhere')))).to.equal('misdirected')
  })

  it('§22.1 a user may be himself or anonymous, and what the application allows [3261-22-1]', () => {
    const guard = new Guard()
    const as = (from: string): Request => guard.answered('zanzibar', 'bob', plain(from))
    expect(shown(guard.verify(as('sip:alice@biloxi.com')))).to.equal('forbidden')
    expect(shown(guard.verify(as('sip:anonymous@anonymous.invalid')))).to.equal('ok')
    const open = new Guard({ identity: (username, { user }) => username === 'bob' && user === 'alice' })
    expect(shown(open.verify(open.answered('zanzibar', 'bob', plain('sip:alice@biloxi.com'))))).to.equal('ok')
    expect(shown(open.verify(open.answered()))).to.equal('forbidden')
  })

  it('§22 AUT-09 Basic and unknown schemes are nothing, another realm is not ours [3261-22-2] [3261-22.4-2] [8760-2.6-1] [3261-22.3-8]', () => {
    const guard = new Guard()
    const right = guard.answered().raw('Authorization')[0] ?? ''
    for (const value of [
      'Basic Ym9iOnphbnppYmFy',
      'NoOneKnowsThisScheme opaque-data=here',
      right.replace('biloxi.com', 'atlanta.com'),
      right.replace('SHA-256', 'MD5-sess'),
      right.replace('username=', 'username*='),
      right.replace(/nc=\d+/, 'nc=1'),
      right.replace(/response="\w+"/, 'response=""'),
    ]) {
      expect(shown(guard.verify(plain().append('Authorization', value))), value).to.equal('401')
    }
    const both = plain().append('Authorization', ['Basic Ym9iOnphbnppYmFy', right])
    expect(shown(guard.verify(both))).to.equal('ok')
  })

  it('waits for a lookup', async () => {
    const server = new DigestServer({ ...rules, lookup: async () => 'zanzibar' }, new SeededRandom(1))
    const verdict = server.verify(new Guard().answered(), address, 0)
    expect(verdict).to.be.instanceOf(Promise)
    expect(shown(await verdict)).to.equal('401 stale')
  })

  it('refuses rules that make no sense', () => {
    for (const wrong of [
      { realm: '' },
      { realm: 'a\r\nb' },
      { algorithms: [] },
      { lifetime: 0 },
      { algorithms: ['MD5', 'MD5'] as const },
    ]) {
      expect(() => new Guard(wrong), JSON.stringify(wrong)).to.throw(TypeError)
    }
  })

  it('never throws at what comes as credentials, and lets nobody in', () => {
    const guard = new Guard()
    const text = fc.string({ unit: 'binary' }).map(each => each.replaceAll(/\p{Cc}/gu, ''))
    const record = fc.record({
      username: text,
      nonce: text,
      uri: text,
      response: text,
      qop: text,
      nc: text,
      cnonce: text,
    })
    fc.assert(
      fc.property(record, params => {
        const value = credentials('Digest', { realm: 'biloxi.com', ...params })
        expect(shown(guard.verify(plain().append('Authorization', value)))).to.equal('401')
      }),
      { numRuns: 50 },
    )
  })
})

describe('the counts of nonces', () => {
  it('RFC 7616 §3.4 each is good once, out of order within 32', () => {
    const counts = new NonceCounts(1000, 10)
    const used = (...values: number[]): boolean[] => values.map(count => counts.use('n', 0, count, 0))
    expect(used(1, 1, 3, 2, 2, 3, 40, 9, 8, 9, 41)).to.deep.equal([
      true,
      false,
      true,
      true,
      false,
      false,
      true,
      true,
      false,
      false,
      true,
    ])
  })

  it('are those of a set, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 32 })), values => {
        const counts = new NonceCounts(1000, 10)
        const seen = new Set<number>()
        for (const count of values) {
          expect(counts.use('n', 0, count, 0)).to.equal(!seen.has(count))
          seen.add(count)
        }
      }),
    )
  })

  it('never let a replay pass, and never keep more than two generations, however many nonces there are', () => {
    const counts = new NonceCounts(1000, 10)
    const accepted = new Set<number>()
    const random = new SeededRandom(3)
    for (let step = 0; step < 3000; step++) {
      const madeAt = Math.max(0, step - (random.uint32() % 900))
      if (counts.use(`n${madeAt}`, madeAt, 1, step)) {
        expect(accepted.has(madeAt), `nonce of ${madeAt} at ${step}`).to.equal(false)
        accepted.add(madeAt)
      }
      expect(counts.size).to.be.at.most(20)
    }
    expect(accepted.size).to.be.greaterThan(100)
  })
})
