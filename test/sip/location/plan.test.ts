import { expect } from 'chai'
import fc from 'fast-check'
import { type Answer, plan, requestPlan } from '../../../apps/sip/location/plan.js'
import { parseUri } from '../../../apps/sip/syntax/uri.js'
import { a, aaaa, common, everything, locate, locateResponse, naptr, srv, type Zone } from './plan-run.js'

const campus: Zone = {
  'NAPTR example.com': naptr(
    [100, 50, 'SIP+D2U', '_sip._udp.example.com'],
    [50, 50, 'SIPS+D2T', '_sips._tcp.example.com'],
    [90, 50, 'SIP+D2T', '_sip._tcp.example.com'],
  ),
  'SRV _sips._tcp.example.com': srv([0, 1, 5061, 'tls.example.com']),
  'SRV _sip._tcp.example.com': srv([0, 1, 5060, 'tcp.example.com']),
  'SRV _sip._udp.example.com': srv([0, 1, 5060, 'udp.example.com']),
  'A tls.example.com': a('192.0.2.1'),
  'A tcp.example.com': a('192.0.2.2'),
  'A udp.example.com': a('192.0.2.3'),
  'A example.com': a('192.0.2.9'),
}

describe('plan for requests', () => {
  describe('without NAPTR', () => {
    it('RFC 3263 §4.1 LOC-02 a numeric host asks nothing [3263-4.1-2]', () => {
      expect(locate('sip:192.0.2.1')).to.deep.include({ asked: [], targets: ['UDP 192.0.2.1 5060'], why: 'tried' })
      expect(locate('sips:[2001:db8::1]')).to.deep.include({ asked: [], targets: ['TLS 2001:db8::1 5061'] })
      expect(locate('sip:1.2.3.400')).to.deep.include({ asked: [], targets: [], why: 'unresolved' })
    })

    it('RFC 3263 §4.1 §4.2 LOC-03 a name with a port asks for addresses only [3263-4.1-3]', () => {
      expect(locate('sip:example.com:5060', campus)).to.deep.include({
        asked: ['A example.com'],
        targets: ['UDP 192.0.2.9 5060'],
      })
      expect(locate('sips:example.com:5070', campus)).to.deep.include({
        asked: ['A example.com'],
        targets: ['TLS 192.0.2.9 5070'],
      })
    })

    it('RFC 3263 §4.1 §4.2 LOC-01 LOC-09 a name with a transport asks for its SRV, not NAPTR [3263-4.1-1]', () => {
      expect(locate('sip:example.com;transport=tcp', campus)).to.deep.include({
        asked: ['SRV _sip._tcp.example.com', 'A tcp.example.com'],
        targets: ['TCP 192.0.2.2 5060'],
      })
      expect(locate('sips:example.com;transport=tcp', campus).targets).to.deep.equal(['TLS 192.0.2.1 5061'])
      expect(locate('sip:example.com;transport=tls', campus).targets).to.deep.equal(['TLS 192.0.2.1 5061'])
    })

    it('RFC 3263 §4.2 LOC-09 and for addresses when there is no SRV', () => {
      expect(locate('sip:example.com;transport=tcp', { 'A example.com': a('192.0.2.9') })).to.deep.include({
        asked: ['SRV _sip._tcp.example.com', 'A example.com'],
        targets: ['TCP 192.0.2.9 5060'],
      })
    })

    it('RFC 7118 §5.5 WebSocket is asked for where a URI names it, by whoever can make such a connection', () => {
      const zone = { 'A example.com': a('192.0.2.9') }
      expect(locate('sip:example.com;transport=ws', zone)).to.deep.include({
        asked: ['SRV _sip._ws.example.com', 'A example.com'],
        targets: ['WS 192.0.2.9 80'],
      })
      expect(locate('sips:example.com:8443;transport=ws', zone).targets).to.deep.equal(['WSS 192.0.2.9 8443'])
      const udp = { transports: ['UDP'], families: ['A'] } as const
      expect(locate('sip:example.com;transport=ws', zone, udp)).to.deep.include({ asked: [], why: 'unsupported' })
    })

    it('RFC 3263 §4 LOC-19 maddr is what is looked up, the host is what TLS proves', () => {
      const run = locate('sips:example.com:5070;maddr=tls.example.com', campus)
      expect(run).to.deep.include({
        asked: ['A tls.example.com'],
        targets: ['TLS 192.0.2.1 5070'],
        names: ['example.com'],
      })
    })

    it('RFC 7118 §5.5 WebSocket: SRV, else ports 80 and 443', () => {
      const zone = { 'A example.com': a('192.0.2.9') }
      expect(locate('sip:example.com;transport=ws', zone, { ...everything, families: ['A'] })).to.deep.include({
        asked: ['SRV _sip._ws.example.com', 'A example.com'],
        targets: ['WS 192.0.2.9 80'],
      })
      expect(locate('sips:example.com;transport=ws', zone, everything).targets).to.deep.equal(['WSS 192.0.2.9 443'])
    })
  })

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

  describe('addresses', () => {
    const zone = { 'A example.com': a('192.0.2.1', '192.0.2.2'), 'AAAA example.com': aaaa('2001:db8::1') }

    it('RFC 3263 §4.2 LOC-14 LOC-22 all addresses of both families, in the order preferred [3263-4.2-1] [3263-4.2-2]', () => {
      expect(locate('sip:example.com:5060', zone, { ...common, families: ['AAAA', 'A'] }).targets).to.deep.equal([
        'UDP 2001:db8::1 5060',
        'UDP 192.0.2.1 5060',
        'UDP 192.0.2.2 5060',
      ])
      expect(locate('sip:example.com:5060', zone, { ...common, families: ['A', 'AAAA'] }).targets[0]).to.equal(
        'UDP 192.0.2.1 5060',
      )
      expect(locate('sip:example.com:5060', zone).asked).to.deep.equal(['A example.com'])
    })

    it('the second family is asked for only when the first has failed', () => {
      const config = { ...common, families: ['AAAA', 'A'] } as const
      const uri = parseUri('sip:example.com:5060')
      if (uri === undefined) throw new TypeError('unreachable')
      const machine = plan(config)
      const asked = machine(requestPlan(config, uri), { kind: 'next' })
      expect(asked.effects).to.deep.equal([{ kind: 'ask', question: { type: 'AAAA', name: 'example.com' } }])
      const first = machine(asked.state, { kind: 'answer', answer: aaaa('2001:db8::1') })
      expect(first.effects.map(effect => effect.kind)).to.deep.equal(['target'])
      expect(machine(first.state, { kind: 'next' }).effects).to.deep.equal([
        { kind: 'ask', question: { type: 'A', name: 'example.com' } },
      ])
    })

    it('RFC 3263 §4.4 LOC-16 the same answers give the same targets each time', () => {
      const servers = {
        ...zone,
        'SRV _sip._udp.example.com': srv([0, 0, 5060, 'example.com'], [0, 0, 5061, 'example.com']),
      }
      expect(locate('sip:example.com', servers)).to.deep.equal(locate('sip:example.com', servers))
    })
  })

  describe('what cannot be', () => {
    it('§26.2.2 sips never leaves without TLS, whatever the DNS says', () => {
      const answer = fc.oneof(
        fc.constant<Answer>({ type: 'nothing' }),
        fc.constant(naptr([1, 1, 'SIP+D2U', '_sip._udp.example.com'], [2, 2, 'SIPS+D2T', '_sip._udp.example.com'])),
        fc.constant(srv([0, 0, 5060, 'example.com'])),
        fc.constant(a('192.0.2.1')),
      )
      const parameter = fc.constantFrom(
        '',
        ';transport=udp',
        ';transport=tcp',
        ';transport=tls',
        ';transport=ws',
        ';transport=sctp',
      )
      const host = fc.constantFrom('example.com', 'example.com:5060', '192.0.2.1', '[2001:db8::1]:5060')
      fc.assert(
        fc.property(host, parameter, fc.array(answer, { minLength: 1 }), (where, transport, answers) => {
          const zone = new Proxy(
            {},
            { get: (_, question) => answers.find(each => String(question).startsWith(`${each.type} `)) },
          ) as Zone
          for (const target of locate(`sips:${where}${transport}`, zone, everything).targets)
            expect(target).to.match(/^(TLS|WSS) /)
        }),
      )
    })

    it('RFC 3263 §4.1 no transport of ours will do: nothing is asked', () => {
      for (const uri of ['sip:example.com;transport=sctp', 'sips:example.com;transport=udp', 'tel:+1']) {
        expect(locate(uri, campus), uri).to.deep.include({ asked: [], targets: [], why: 'unsupported' })
      }
      expect(locate('sips:example.com', campus, { transports: ['UDP', 'TCP'], families: ['A'] })).to.deep.include({
        asked: [],
        why: 'unsupported',
      })
    })

    it('RFC 3263 §4 LOC-20 a DNS that does not answer is told from one that knows nothing, and neither hangs', () => {
      expect(locate('sip:example.com')).to.deep.include({ targets: [], why: 'unresolved' })
      expect(locate('sip:example.com', { 'NAPTR example.com': { type: 'failed' } })).to.deep.include({
        targets: [],
        why: 'failed',
      })
      expect(locate('sip:example.com:5060', { 'A example.com': { type: 'failed' } }).why).to.equal('failed')
      expect(locate('sip:example.com:5060', { 'A example.com': a() }).why).to.equal('unresolved')
    })

    it('the driver has to take turns', () => {
      const machine = plan(common)
      const uri = parseUri('sip:example.com:5060')
      if (uri === undefined) throw new TypeError('unreachable')
      const initial = requestPlan(common, uri)
      expect(() => machine(initial, { kind: 'answer', answer: a() })).to.throw(TypeError)
      const asked = machine(initial, { kind: 'next' })
      expect(() => machine(asked.state, { kind: 'next' })).to.throw(TypeError)
      expect(() => machine(asked.state, { kind: 'answer', answer: srv() })).to.throw(TypeError)
      expect(() => machine(asked.state, { kind: 'answer', answer: naptr() })).to.throw(TypeError)
      expect(() => machine(asked.state, { kind: 'answer', answer: aaaa() })).to.throw(TypeError)
    })
  })
})

describe('plan for responses', () => {
  const zone: Zone = {
    'SRV _sip._udp.client.example': srv([0, 0, 5070, 'a.client.example'], [1, 0, 5080, 'b.client.example']),
    'SRV _sips._tcp.client.example': srv([0, 0, 5071, 'a.client.example']),
    'A a.client.example': a('192.0.2.1', '192.0.2.2'),
    'A b.client.example': a('192.0.2.3'),
    'A client.example': a('192.0.2.9'),
  }

  it('RFC 3263 §5 LOC-17 numeric sent-by: that address, port of sent-by or default', () => {
    expect(locateResponse('TCP', '192.0.2.1', 5070).targets).to.deep.equal(['TCP 192.0.2.1 5070'])
    expect(locateResponse('TLS', '192.0.2.1').targets).to.deep.equal(['TLS 192.0.2.1 5061'])
  })

  it('RFC 3263 §5 LOC-17 name and port: its addresses one after the other', () => {
    expect(locateResponse('UDP', 'a.client.example', 5062, zone)).to.deep.include({
      asked: ['A a.client.example'],
      targets: ['UDP 192.0.2.1 5062', 'UDP 192.0.2.2 5062'],
    })
  })

  it('RFC 3263 §5 LOC-17 name only: SRV of the transport of the Via, _sips and TCP for TLS [3263-5-1]', () => {
    expect(locateResponse('UDP', 'client.example', undefined, zone).targets).to.deep.equal([
      'UDP 192.0.2.1 5070',
      'UDP 192.0.2.2 5070',
      'UDP 192.0.2.3 5080',
    ])
    expect(locateResponse('TLS', 'client.example', undefined, zone)).to.deep.include({
      asked: ['SRV _sips._tcp.client.example', 'A a.client.example'],
      targets: ['TLS 192.0.2.1 5071', 'TLS 192.0.2.2 5071'],
    })
  })

  it('RFC 2782 no SRV: the addresses of the name', () => {
    expect(locateResponse('TCP', 'client.example', undefined, zone).targets).to.deep.equal(['TCP 192.0.2.9 5060'])
  })

  it('RFC 3263 §5 a transport that we do not have', () => {
    expect(locateResponse('SCTP', 'client.example', undefined, zone)).to.deep.include({ asked: [], why: 'unsupported' })
  })
})
