/** Requests to names: RFC 3263. */

import { equal } from 'node:assert/strict'
import { again, type RawPeer, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { type Reply, ZoneResolver } from '../../apps/sip/sip.js'

/** The records of one server, which nobody may keep. */
function recordsOf({ name, place }: RawPeer): { readonly srv: Reply; readonly a: Reply } {
  const records = [{ priority: 1, weight: 1, port: place.port, target: `${name}.test` }]
  return {
    srv: { kind: 'found', ttl: 0, also: [], answer: { type: 'SRV', records } },
    a: { kind: 'found', ttl: 0, also: [], answer: { type: 'A', addresses: [place.address] } },
  }
}

const scenarios: readonly Scenario[] = [
  scenario(
    'LOC-15 RFC 3263 §4 the DNS is asked once for a transaction: retransmissions and ACK go where the request went [3261-8.1.2-1] [3263-4-1] [3263-4-2]',
    async stage => {
      const [one, two] = [await stage.raw('one'), await stage.raw('two')]
      const zone = { 'SRV _sip._udp.example.test': recordsOf(one).srv, 'A one.test': recordsOf(one).a }
      const resolver = new ZoneResolver({ ...zone, 'A two.test': recordsOf(two).a }, stage.network.clock, 5)
      const alice = await stage.stack('alice', { resolver })
      const call = alice.stack.invite('sip:bob@example.test')
      await one.expect('INVITE')
      const asked = resolver.asked.length
      resolver.set('SRV _sip._udp.example.test', recordsOf(two).srv)
      await one.within(20_000).expect(again('INVITE'), again('INVITE'))
      one.send(486)
      await one.expect('ACK')
      equal((await call.outcome).kind, 'rejected')
      equal(resolver.asked.length, asked)
    },
    { mode: 'virtual', transport: 'udp' },
  ),
]

export default scenarios
