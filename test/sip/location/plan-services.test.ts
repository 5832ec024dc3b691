/** Where a request goes in a domain that names its services: NAPTR and SRV of RFC 3263 §4.1, §4.2, RFC 2782, RFC 3403. */

import { expect } from 'chai'
import { a, campus, common, everything, locate, naptr, srv, type Zone } from './plan-run.js'

describe('plan for requests', () => {
  describe('NAPTR', () => {
    it('RFC 3263 §4.1 LOC-04 LOC-06 the lowest order decides, TLS for a sip URI too [3263-4.1-4] [3263-4.1-6]', () => {
      expect(locate('sip:example.com', campus)).to.deep.include({
        asked: ['NAPTR example.com', 'SRV _sips._tcp.example.com', 'A tls.example.com'],
        targets: ['TLS 192.0.2.1 5061'],
      })
    })

    it('RFC 3263 §4.1 LOC-04 services that we do not support are skipped [3263-4.1-7]', () => {
      expect(locate('sip:example.com', campus, { transports: ['UDP', 'TCP'], families: ['A'] }).targets).to.deep.equal([
        'TCP 192.0.2.2 5060',
      ])
      expect(locate('sip:example.com', campus, { transports: ['UDP'], families: ['A'] }).targets).to.deep.equal([
        'UDP 192.0.2.3 5060',
      ])
    })

    it('RFC 3403 §4.1 LOC-04 within one order the preference decides and the others follow on failure', () => {
      const zone = {
        ...campus,
        'NAPTR example.com': naptr(
          [1, 20, 'SIP+D2U', '_sip._udp.example.com'],
          [1, 10, 'SIP+D2T', '_sip._tcp.example.com'],
          [2, 1, 'SIPS+D2T', '_sips._tcp.example.com'],
        ),
      }
      expect(locate('sip:example.com', zone).targets).to.deep.equal(['TCP 192.0.2.2 5060', 'UDP 192.0.2.3 5060'])
    })

    it('B-4 RFC 3263 §4.1 LOC-05 sips takes SIPS records only [3263-4.1-5]', () => {
      expect(locate('sips:example.com', campus).targets).to.deep.equal(['TLS 192.0.2.1 5061'])
      const insecure = { ...campus, 'NAPTR example.com': naptr([1, 1, 'SIP+D2T', '_sip._tcp.example.com']) }
      expect(locate('sips:example.com', insecure)).to.deep.include({
        asked: ['NAPTR example.com', 'SRV _sips._tcp.example.com', 'A tls.example.com'],
        targets: ['TLS 192.0.2.1 5061'],
      })
    })

    it('RFC 3263 §4.1 SIPS+D2U is nothing, services have no case [3263-4.1-10]', () => {
      const zone = {
        ...campus,
        'NAPTR example.com': naptr(
          [1, 1, 'SIPS+D2U', '_sips._udp.example.com'],
          [2, 1, 'sip+d2t', '_sip._tcp.example.com'],
        ),
      }
      expect(locate('sip:example.com', zone).targets).to.deep.equal(['TCP 192.0.2.2 5060'])
    })

    it('RFC 7118 §5.5 SIP+D2W is WebSocket, SIPS+D2W secure WebSocket', () => {
      const zone: Zone = {
        'NAPTR example.com': naptr(
          [1, 1, 'SIPS+D2W', '_sips._ws.example.com'],
          [1, 2, 'SIP+D2W', '_sip._ws.example.com'],
        ),
        'SRV _sips._ws.example.com': srv([0, 0, 8443, '192.0.2.5']),
        'SRV _sip._ws.example.com': srv([0, 0, 8080, '192.0.2.5']),
      }
      expect(locate('sip:example.com', zone, everything).targets).to.deep.equal([
        'WSS 192.0.2.5 8443',
        'WS 192.0.2.5 8080',
      ])
      expect(locate('sips:example.com', zone, everything).targets).to.deep.equal(['WSS 192.0.2.5 8443'])
    })

    it('RFC 3403 §4.1 LOC-21 regular expressions, unknown flags and empty replacements lead nowhere, flag a to an address', () => {
      const usable = { preference: 1, flags: 's', service: 'SIP+D2T', regexp: '', replacement: '_sip._tcp.example.com' }
      const zone: Zone = {
        ...campus,
        'NAPTR example.com': {
          type: 'NAPTR',
          records: [
            { ...usable, order: 1, regexp: '!^.*$!sip:evil@example.net!', flags: 'u', replacement: '.' },
            { ...usable, order: 2, regexp: '!a!b!' },
            { ...usable, order: 3, flags: 'p' },
            { ...usable, order: 4, flags: '' },
            { ...usable, order: 5, replacement: '.' },
            { ...usable, order: 6, flags: 'A', replacement: 'tcp.example.com' },
            { ...usable, order: 7 },
          ],
        },
      }
      expect(locate('sip:example.com', zone)).to.deep.include({
        asked: ['NAPTR example.com', 'A tcp.example.com'],
        targets: ['TCP 192.0.2.2 5060'],
      })
    })

    it('RFC 3263 §4.1 LOC-21 a replacement in another domain is followed, TLS still proves the domain asked for [3263-4.1-13] [3263-4.1-14]', () => {
      const zone: Zone = {
        'NAPTR example.com': naptr([1, 1, 'SIPS+D2T', '_sips._tcp.hoster.example']),
        'SRV _sips._tcp.hoster.example': srv([0, 0, 5061, 'edge.hoster.example']),
        'A edge.hoster.example': a('198.51.100.1'),
      }
      expect(locate('sips:example.com', zone)).to.deep.include({
        targets: ['TLS 198.51.100.1 5061'],
        names: ['example.com'],
      })
    })

    it('RFC 3263 §4.2 NAPTR without SRV behind it: the address of the domain, by the transport of the record', () => {
      const zone = {
        'NAPTR example.com': naptr([1, 1, 'SIP+D2T', '_sip._tcp.example.com']),
        'A example.com': a('192.0.2.9'),
      }
      expect(locate('sip:example.com', zone).targets).to.deep.equal(['TCP 192.0.2.9 5060'])
    })
  })

  describe('SRV without NAPTR', () => {
    const { 'NAPTR example.com': _, ...zone } = campus

    it('RFC 3263 §4.1 LOC-07 one query for each supported transport, in our order, as long as targets are wanted', () => {
      expect(locate('sip:example.com', zone, { transports: ['TLS', 'TCP', 'UDP'], families: ['A'] })).to.deep.include({
        asked: [
          'NAPTR example.com',
          'SRV _sips._tcp.example.com',
          'A tls.example.com',
          'SRV _sip._tcp.example.com',
          'A tcp.example.com',
          'SRV _sip._udp.example.com',
          'A udp.example.com',
        ],
        targets: ['TLS 192.0.2.1 5061', 'TCP 192.0.2.2 5060', 'UDP 192.0.2.3 5060'],
      })
    })

    it('RFC 3263 §4.1 LOC-07 sips asks for _sips only', () => {
      expect(locate('sips:example.com', zone).asked).to.deep.equal([
        'NAPTR example.com',
        'SRV _sips._tcp.example.com',
        'A tls.example.com',
      ])
    })

    it('RFC 3263 §4.1 §4.2 LOC-08 no SRV at all: the address, UDP for sip and TLS for sips [3263-4.1-15]', () => {
      const bare = { 'A example.com': a('192.0.2.9') }
      expect(locate('sip:example.com', bare)).to.deep.include({
        asked: [
          'NAPTR example.com',
          'SRV _sip._udp.example.com',
          'SRV _sip._tcp.example.com',
          'SRV _sips._tcp.example.com',
          'A example.com',
        ],
        targets: ['UDP 192.0.2.9 5060'],
      })
      expect(locate('sips:example.com', bare).targets).to.deep.equal(['TLS 192.0.2.9 5061'])
    })

    it('RFC 2782 LOC-10 servers come by priority, each with its port', () => {
      const servers = {
        'SRV _sip._udp.example.com': srv([20, 0, 5080, 'b.example.com'], [10, 0, 5070, 'a.example.com']),
        'A a.example.com': a('192.0.2.1'),
        'A b.example.com': a('192.0.2.2'),
      }
      expect(locate('sip:example.com;transport=udp', servers).targets).to.deep.equal([
        'UDP 192.0.2.1 5070',
        'UDP 192.0.2.2 5080',
      ])
    })

    it('RFC 2782 LOC-10 the draw decides among equal priorities', () => {
      const servers = { 'SRV _sip._udp.example.com': srv([0, 1, 1, '192.0.2.1'], [0, 1, 2, '192.0.2.2']) }
      const first = (draw: number): string | undefined =>
        locate('sip:example.com;transport=udp', servers, { ...common, random: () => draw }).targets[0]
      expect([first(1), first(2)]).to.deep.equal(['UDP 192.0.2.1 1', 'UDP 192.0.2.2 2'])
    })

    it('RFC 2782 LOC-11 target . : the service is not there, and the address is not tried', () => {
      const refused = { 'SRV _sip._udp.example.com': srv([0, 0, 0, '.']), 'A example.com': a('192.0.2.9') }
      expect(locate('sip:example.com;transport=udp', refused)).to.deep.include({ targets: [], why: 'unresolved' })
      expect(
        locate('sip:example.com', { ...refused, 'SRV _sip._tcp.example.com': srv([0, 0, 5060, '192.0.2.2']) }).targets,
      ).to.deep.equal(['TCP 192.0.2.2 5060'])
    })

    it('RFC 2782 LOC-11 neither the root, with any port, nor port 0 is a server', () => {
      const odd = {
        'SRV _sip._udp.example.com': srv(
          [0, 0, 5060, '.'],
          [1, 0, 5060, ''],
          [2, 0, 0, '192.0.2.1'],
          [3, 0, 5070, '192.0.2.2'],
        ),
      }
      const run = locate('sip:example.com;transport=udp', odd)
      expect(run).to.deep.include({ asked: ['SRV _sip._udp.example.com'], targets: ['UDP 192.0.2.2 5070'] })
    })

    it('RFC 2782 servers without an address are passed over, and the domain is not tried in their place', () => {
      const lost = {
        'SRV _sip._udp.example.com': srv([0, 0, 5060, 'gone.example.com']),
        'A example.com': a('192.0.2.9'),
      }
      expect(locate('sip:example.com;transport=udp', lost)).to.deep.include({ targets: [], why: 'unresolved' })
    })
  })
})
