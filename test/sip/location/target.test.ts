import { expect } from 'chai'
import { literalTarget } from '../../../apps/sip/location/target.js'
import { parseUri } from '../../../apps/sip/syntax/uri.js'

function target(text: string): string | undefined {
  const uri = parseUri(text)
  if (uri === undefined) throw new TypeError(`${text} is no URI`)
  const found = literalTarget(uri)
  return found && `${found.transport} ${found.address} ${found.port} ${found.name}`
}

describe('target of a numeric URI', () => {
  const cases: readonly (readonly [uri: string, target: string | undefined, rule: string])[] = [
    ['sip:bob@192.0.2.1', 'UDP 192.0.2.1 5060 192.0.2.1', 'LOC-02 UDP and 5060 for sip [3263-4.1-2]'],
    ['sips:bob@192.0.2.1', 'TLS 192.0.2.1 5061 192.0.2.1', 'B-8 LOC-02 TLS and 5061 for sips [3263-4.1-2]'],
    ['sip:192.0.2.1:5070', 'UDP 192.0.2.1 5070 192.0.2.1', 'LOC-02 the port of the URI'],
    ['sip:[2001:db8::1]', 'UDP 2001:db8::1 5060 2001:db8::1', 'LOC-02 IPv6'],
    ['sip:[2001:db8::1]:5070;transport=tcp', 'TCP 2001:db8::1 5070 2001:db8::1', 'LOC-01 IPv6, port and transport'],
    ['sip:192.0.2.1;transport=tcp', 'TCP 192.0.2.1 5060 192.0.2.1', 'LOC-01 transport=tcp [3263-4.1-1]'],
    ['sip:192.0.2.1;transport=UDP', 'UDP 192.0.2.1 5060 192.0.2.1', 'LOC-01 the value has no case'],
    ['sip:192.0.2.1;transport=tls', 'TLS 192.0.2.1 5061 192.0.2.1', 'B-4 LOC-01 transport=tls, deprecated and in use'],
    ['sips:192.0.2.1;transport=tcp', 'TLS 192.0.2.1 5061 192.0.2.1', 'LOC-01 sips over TCP is TLS'],
    ['sip:192.0.2.1;transport=ws', 'WS 192.0.2.1 80 192.0.2.1', 'B-4 RFC 7118 §5.5 port 80'],
    ['sips:192.0.2.1;transport=ws', 'WSS 192.0.2.1 443 192.0.2.1', 'RFC 7118 §5.5 port 443'],
    [
      'sip:example.com;maddr=192.0.2.9',
      'UDP 192.0.2.9 5060 example.com',
      'B-4 LOC-19 maddr is TARGET, the host is what TLS proves',
    ],
    ['sip:192.0.2.1;maddr=[2001:db8::9]', 'UDP 2001:db8::9 5060 192.0.2.1', 'LOC-19 maddr with brackets'],
    ['sip:192.0.2.1;maddr=example.com', undefined, 'LOC-19 a name in maddr is for the DNS'],
    ['sips:192.0.2.1;transport=udp', undefined, '§26.2.2 sips is never downgraded'],
    ['sip:192.0.2.1;transport=sctp', undefined, 'LOC-01 a transport that we do not know'],
    ['sip:192.0.2.1;transport=constructor', undefined, 'LOC-01 a transport named like a property of objects'],
    ['sip:192.0.2.256', undefined, 'a number that is no address is not asked of the DNS'],
    ['sip:example.com', undefined, 'a name is for the DNS'],
    ['tel:+15551234', undefined, 'not a SIP URI'],
  ]
  for (const [uri, expected, rule] of cases) {
    it(`RFC 3263 §4.1 §4.2 ${uri}: ${rule}`, () => expect(target(uri)).to.equal(expected))
  }
})
