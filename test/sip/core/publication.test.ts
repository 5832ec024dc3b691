import { expect } from 'chai'
import type { RawPeer, StackPeer, Stage } from '../../../apps/scenario/scenario.js'
import { passing } from '../../scenario/passing.js'

const options = { event: 'presence', body: '<open/>', contentType: 'application/pidf+xml' }

/** A stack that ends with the scenario, and all that it keeps with it. */
function publishing(body: (server: RawPeer, alice: StackPeer) => Promise<void>): () => Promise<unknown> {
  const whole = async (stage: Stage): Promise<void> => {
    const server = await stage.raw('server')
    const alice = await stage.stack('alice')
    await body(server, alice)
    await alice.stack.close()
  }
  return () => passing(whole)
}

function granted(tag: string, seconds: number): { readonly headers: Record<string, string> } {
  return { headers: { 'SIP-ETag': tag, Expires: String(seconds) } }
}

describe('a publication', () => {
  it(
    'RFC 3903 §4.2 §4.3 is made with a body and without a tag, and refreshed the other way round [3903-4.1-1] [3903-4.1-2] [3903-4.1-3] [3903-4.2-1] [3903-4.2-3] [3903-4.3-1] [3903-4.3-2] [3903-4.3-3]',
    publishing(async (server, alice) => {
      const publication = alice.stack.publish(server.uri('alice'), options)
      const [first] = await server.expect('PUBLISH')
      expect(first.get('Event')?.value).to.equal('presence')
      expect([first.body, first.get('Expires'), first.has('SIP-If-Match')]).to.deep.equal(['<open/>', 3600, false])
      expect(first.raw('Content-Type')[0]).to.equal('application/pidf+xml')
      server.send(200, granted('a1', 600))
      const [second] = await server.within(541_000).expect('PUBLISH')
      expect([second.body, second.get('SIP-If-Match'), second.has('Content-Type')]).to.deep.equal(['', 'a1', false])
      expect(second.cseq.number).to.equal(first.cseq.number + 1)
      server.send(200, granted('a2', 600))
      const [third] = await server.within(541_000).expect('PUBLISH')
      expect(third.get('SIP-If-Match')).to.equal('a2')
      server.send(200, granted('a2', 600))
      await server.silence(1000)
      expect(publication.state).to.equal('kept')
    }),
  )

  it(
    'RFC 3903 §4 goes the same way each time, whatever the answer says of a route [3903-4-1] [3903-4-2]',
    publishing(async (server, alice) => {
      const publication = alice.stack.publish(server.uri('alice'), options)
      const [first] = await server.expect('PUBLISH')
      const { headers } = granted('a1', 600)
      server.send(200, { headers: { ...headers, 'Record-Route': '<sip:192.0.2.99;lr>', Contact: '<sip:192.0.2.98>' } })
      await server.silence(100)
      void publication.modify('<busy/>')
      const [second] = await server.expect('PUBLISH')
      expect([String(second.uri), second.has('Route')]).to.deep.equal([String(first.uri), false])
      server.send(200, granted('a2', 600))
    }),
  )

  it(
    'RFC 3903 §4.4 §4.5 is modified with a body, and removed without one [3903-4.4-1] [3903-4.4-2] [3903-4.4-3] [3903-4.5-1] [3903-4.5-2]',
    publishing(async (server, alice) => {
      const publication = alice.stack.publish(server.uri('alice'), options)
      const end = publication.modify('<busy/>')
      await server.expect('PUBLISH')
      // One at a time: §4 [3903-4-3].
      await server.silence(400)
      server.send(200, granted('a1', 600))
      const [second] = await server.expect('PUBLISH')
      expect([second.body, second.get('SIP-If-Match')]).to.deep.equal(['<busy/>', 'a1'])
      server.send(200, granted('a2', 600))
      expect((await end).kind).to.equal('answered')
      const gone = publication.remove()
      const [last] = await server.expect('PUBLISH')
      expect([last.body, last.get('SIP-If-Match'), last.get('Expires')]).to.deep.equal(['', 'a2', 0])
      server.send(200)
      expect((await gone).kind).to.equal('answered')
      expect((await publication.closed).kind).to.equal('removed')
    }),
  )

  it(
    'RFC 3903 §4.1 §5 is made anew, with the latest state, when the server has lost it [3903-5-1] [3903-5-2]',
    publishing(async (server, alice) => {
      const publication = alice.stack.publish(server.uri('alice'), options)
      await server.expect('PUBLISH')
      server.send(200, granted('a1', 600))
      await server.silence(100)
      const end = publication.modify('<busy/>')
      await server.expect('PUBLISH')
      server.send(412)
      const [again] = await server.expect('PUBLISH')
      expect([again.body, again.has('SIP-If-Match')]).to.deep.equal(['<busy/>', false])
      server.send(200, granted('b1', 600))
      expect((await end).kind).to.equal('answered')
    }),
  )

  it('RFC 3903 §14.1 answers a challenge, with the next number [3903-14.1-2] [3903-14.2-2]', () =>
    passing(async stage => {
      const server = await stage.raw('server')
      const alice = await stage.stack('alice')
      const auth = { username: 'alice', password: 'secret' }
      const publication = alice.stack.publish(server.uri('alice'), { ...options, auth })
      const [first] = await server.expect('PUBLISH')
      server.send(401, { headers: { 'WWW-Authenticate': 'Digest realm="biloxi.com", nonce="1", qop="auth"' } })
      const [second] = await server.expect('PUBLISH')
      expect(second.get('Authorization')?.params.get('username')).to.equal('alice')
      expect([second.cseq.number, second.body]).to.deep.equal([first.cseq.number + 1, '<open/>'])
      server.send(200, granted('a1', 600))
      for await (const { kind } of publication.events) {
        expect(kind).to.equal('kept')
        break
      }
      await alice.stack.close()
    }))

  it(
    'RFC 3903 §4.2 asks for as long as the server wants, and removes nothing that is not there',
    publishing(async (server, alice) => {
      const publication = alice.stack.publish(server.uri('alice'), { ...options, expires: 5 })
      await server.expect('PUBLISH')
      server.send(423, { headers: { 'Min-Expires': '60' } })
      const [second] = await server.expect('PUBLISH')
      expect(second.get('Expires')).to.equal(60)
      server.send(489)
      for await (const event of publication.events) {
        expect(event.kind).to.equal('failed')
        break
      }
      expect((await publication.remove()).kind).to.equal('transportError')
      expect((await publication.closed).kind).to.equal('removed')
    }),
  )

  it(
    'refuses what cannot be published',
    publishing(async (server, { stack }) => {
      const uri = server.uri('alice')
      expect(() => stack.publish('alice', options)).to.throw(TypeError, 'not a URI')
      expect(() => stack.publish(uri, { ...options, contentType: 'plain' })).to.throw(TypeError)
      expect(() => stack.publish(uri, { ...options, body: '\u20ac' })).to.throw(TypeError)
      expect(() => stack.publish(uri, { ...options, expires: 1.5 })).to.throw(TypeError, 'expires')
    }),
  )
})
