import { expect } from 'chai'
import { outgoing } from '../../../apps/sip/core/outgoing.js'
import { routed } from '../../../apps/sip/core/route.js'
import type { TransportName } from '../../../apps/sip/location/target.js'
import { systemRandom } from '../../../apps/sip/random.js'
import type { Request } from '../../../apps/sip/syntax/message.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'
import { passing } from '../../scenario/passing.js'

function request(uri: string, route?: string): Request {
  const parsed = parseMessage(
    `OPTIONS ${uri} SIP/2.0\r\n${route === undefined ? '' : `Route: <${route}>\r\n`}Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`,
  )
  if (parsed.kind !== 'ok' || parsed.message.kind !== 'request') throw new TypeError('no request')
  return parsed.message
}

describe('§26.2.2 what is for a sips URI', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['sips:bob@example.com', undefined],
    ['sip:bob@example.com', 'sips:192.0.2.9;lr'],
    ['sips:bob@example.com', 'sip:192.0.2.9;lr'],
  ]
  for (const [uri, route] of cases) {
    it(`§8.1.2 leaves over TLS only: ${uri}, Route ${route ?? 'none'} [3261-8.1.2-4]`, () => {
      const kinds = (['UDP', 'TCP', 'WS'] as const).map((transport: TransportName) => {
        const target = { transport, address: '192.0.2.9', port: 5060, name: 'example.com' }
        return outgoing(request(uri, route), target, undefined, systemRandom())
      })
      for (const way of kinds) expect(way.kind === 'nowhere' && way.reason).to.match(/not sent in clear/)
    })
  }

  it('§8.1.2 is sent to a sip Route as if that were a sips one [3261-8.1.2-3]', () => {
    expect(String(routed(request('sips:bob@example.com', 'sip:192.0.2.9;lr')).nextHop)).to.equal('sips:192.0.2.9;lr')
    expect(String(routed(request('sip:bob@example.com', 'sip:192.0.2.9;lr')).nextHop)).to.equal('sip:192.0.2.9;lr')
  })

  it('is a transport error where there is no other way than in clear', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const { address, port } = bob.place
      const headers = { Route: `<sip:${address}:${port};transport=udp;lr>` }
      expect((await alice.stack.request('OPTIONS', 'sips:bob@example.com', { headers })).kind).to.equal(
        'transportError',
      )
      await bob.silence(1000)
    }))
})
