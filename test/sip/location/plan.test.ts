/** Where a request to a URI goes, but for what a domain says of its services: RFC 3263 §4. */

import { expect } from 'chai'
import fc from 'fast-check'
import { type Answer, plan, requestPlan } from '../../../apps/sip/location/plan.js'
import { parseUri } from '../../../apps/sip/syntax/uri.js'
import { a, aaaa, campus, common, everything, locate, naptr, srv, type Zone } from './plan-run.js'

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
