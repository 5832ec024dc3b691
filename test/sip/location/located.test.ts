/** The test purposes for locating servers, against a DNS server on loopback: RFC 3263 §4. */

import { expect } from 'chai'
import { dnsResolver, locationOf, parseUri, type Resolver } from '../../../apps/sip/sip.js'
import { a, aaaa, cname, honest, NameServer, naptr, srv } from './name-server.js'

const zone = {
  'full.test': [
    naptr(20, 0, 'SIP+D2T', '_sip._tcp.full.test'),
    naptr(10, 20, 'SIP+D2U', '_sip._udp.full.test'),
    naptr(10, 10, 'SIPS+D2T', '_sips._tcp.full.test'),
    naptr(5, 0, 'SIP+D2S', '_sip._sctp.full.test'),
    a('192.0.2.9'),
  ],
  '_sips._tcp.full.test': [srv(0, 0, 5061, 'one.test')],
  '_sip._udp.full.test': [srv(2, 0, 5062, 'two.test'), srv(1, 0, 5060, 'one.test')],
  '_sip._tcp.full.test': [srv(0, 0, 5070, 'two.test')],
  'services.test': [a('192.0.2.9')],
  '_sip._tcp.services.test': [srv(0, 0, 5070, 'two.test')],
  '_sips._tcp.services.test': [srv(0, 0, 5071, 'two.test')],
  'bare.test': [a('192.0.2.7'), a('192.0.2.8'), aaaa('2001:db8::7')],
  'closed.test': [a('192.0.2.9')],
  '_sip._udp.closed.test': [srv(0, 0, 0, '.')],
  'alias.test': [cname('two.test')],
  'one.test': [a('192.0.2.1')],
  'two.test': [a('192.0.2.2')],
  'regexp.test': [{ ...naptr(1, 1, 'SIP+D2U', 'two.test'), regexp: '!.*!x!' }, naptr(1, 1, 'SIP+D2U', 'two.test', 'x')],
  '_sip._udp.regexp.test': [srv(0, 0, 5060, 'one.test')],
}

const cases: readonly (readonly [title: string, uri: string, ...targets: string[]])[] = [
  ['LOC-01 transport= decides; no NAPTR', 'sip:full.test;transport=tcp', 'TCP 192.0.2.2 5070'],
  ['LOC-02 a numeric host is its own address, by UDP', 'sip:192.0.2.5', 'UDP 192.0.2.5 5060'],
  ['LOC-02 a numeric host with sips, by TLS', 'sips:[2001:db8::5]', 'TLS 2001:db8::5 5061'],
  ['LOC-03 a port: addresses only', 'sip:full.test:5090', 'UDP 192.0.2.9 5090'],
  [
    'LOC-04 LOC-06 NAPTR order and preference',
    'sip:full.test',
    'TLS 192.0.2.1 5061',
    'UDP 192.0.2.1 5060',
    'UDP 192.0.2.2 5062',
  ],
  ['LOC-05 sips takes secure services only', 'sips:full.test', 'TLS 192.0.2.1 5061'],
  ['LOC-07 without NAPTR the SRV of each transport', 'sip:services.test', 'TCP 192.0.2.2 5070', 'TLS 192.0.2.2 5071'],
  [
    'LOC-08 LOC-14 LOC-22 without SRV all addresses',
    'sip:bare.test',
    'UDP 2001:db8::7 5060',
    'UDP 192.0.2.7 5060',
    'UDP 192.0.2.8 5060',
  ],
  ['LOC-09 transport without port: its SRV', 'sip:services.test;transport=tls', 'TLS 192.0.2.2 5071'],
  [
    'LOC-09 and then addresses',
    'sip:bare.test;transport=tcp',
    'TCP 2001:db8::7 5060',
    'TCP 192.0.2.7 5060',
    'TCP 192.0.2.8 5060',
  ],
  ['LOC-11 the target . says no, and the address does not say yes', 'sip:closed.test;transport=udp'],
  ['LOC-19 maddr in place of the host', 'sip:full.test:5090;maddr=two.test', 'UDP 192.0.2.2 5090'],
  ['LOC-20 an alias', 'sip:alias.test:5060', 'UDP 192.0.2.2 5060'],
  ['LOC-21 a regular expression and an unknown flag are passed over', 'sip:regexp.test', 'UDP 192.0.2.1 5060'],
  ['B-9 LOC-20 a name that is not there', 'sip:nobody.test'],
]

describe('RFC 3263 §4 by way of a DNS server', () => {
  let server: NameServer
  let resolver: Resolver
  before(async () => {
    server = await NameServer.start(honest(zone))
    resolver = dnsResolver({ servers: [`127.0.0.1:${server.port}`] })
  })
  after(async () => {
    resolver.close()
    await server.close()
  })

  for (const [title, text, ...targets] of cases) {
    it(title, async () => {
      const uri = parseUri(text)
      if (uri === undefined) throw new TypeError(text)
      const found = await locationOf(uri, resolver)
      expect(found.targets.map(({ transport, address, port }) => `${transport} ${address} ${port}`)).to.deep.equal(
        targets,
      )
    })
  }
})
