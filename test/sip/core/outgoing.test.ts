/** What is written into each request before it leaves. */

import { expect } from 'chai'
import { nobody } from '../../../apps/actor/actor.js'
import { SeededRandom } from '../../../apps/scenario/seeded-random.js'
import { outgoing } from '../../../apps/sip/core/outgoing.js'
import { formatMessage } from '../../../apps/sip/sip.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import type { Listener, Locals } from '../../../apps/sip/transport/flow.js'
import { reachOf } from '../../../apps/sip/transport/reach.js'

function localsAt(address: string, advertised?: string): Locals {
  const advertise = advertised === undefined ? undefined : { host: advertised, port: 5070 }
  const reach = reachOf({ address, port: 5060, advertise }, [])
  if (reach === undefined) throw new Error('not reachable')
  const listener: Listener = { transport: 'UDP', address, port: 5060, flow: nobody, reach }
  return { listeners: [listener], connections: nobody, largestDatagram: 1300 }
}

describe('sip/core: what leaves', () => {
  for (const [address, peer, host, port, advertised] of [
    ['192.0.2.1', '192.0.2.9', '192.0.2.1', 5060, undefined],
    ['2001:db8::1', '2001:db8::9', '2001:db8::1', 5060, undefined],
    ['192.0.2.1', '192.0.2.9', 'sip.example.com', 5070, 'sip.example.com'],
  ] as const) {
    it(`§8.1.1.7 §18.1.1 RFC 3581 §3 our Via is on top, says ${host}, asks for rport, and reads as it is written [3261-18.1.1-6]`, () => {
      const parts = { from: '<sip:alice@example.com>;tag=1', to: 'sip:bob@example.com', callId: 'c', cseq: 1 }
      const request = createRequest('OPTIONS', 'sip:bob@example.com', parts)
      const target = { transport: 'UDP', address: peer, port: 5060, name: peer } as const
      const way = outgoing(request, target, localsAt(address, advertised), new SeededRandom(1))
      if (!('request' in way)) throw new Error(way.kind)
      const { via } = way.request
      const sentBy = host.includes(':') ? `[${host}]` : host
      const value = `SIP/2.0/UDP ${sentBy}:${port};branch=${via.branch};rport`
      expect(via.branch).to.match(/^z9hG4bK.{10}/)
      expect(formatMessage(way.request).split('\r\n')[1]).to.equal(`Via: ${value}`)
      const parsed = parseMessage(formatMessage(way.request))
      if (parsed.kind !== 'ok') throw new Error(parsed.kind)
      for (const message of [way.request, parsed.message]) {
        expect(message.raw('Via')).to.deep.equal([value])
        expect(String(message.via)).to.equal(value)
        expect(message.via).to.include({ transport: 'UDP', host, port, rport: true })
      }
    })
  }
})
