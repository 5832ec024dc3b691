/** dnsmasq answers our questions: RFC 3263 against a name server of somebody else. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { dnsResolver, locationOf, parseUri, type Reply, type Resolver } from '../../apps/sip/sip.js'
import { freePort, isInstalled, untilHeld } from './program.js'

const peer = 'dnsmasq'
const records = [
  '--naptr-record=example.test,20,10,s,SIP+D2T,,_sip._tcp.example.test',
  '--naptr-record=example.test,10,10,S,sip+d2u,,_sip._udp.example.test',
  '--naptr-record=example.test,5,10,u,E2U+sip,!^.*$!sip:x@y!',
  '--srv-host=_sip._udp.example.test,two.test,5070,20,1',
  '--srv-host=_sip._udp.example.test,one.test,5060,10,1',
  '--srv-host=_sip._tcp.example.test,alias.test,5060,0,0',
  '--host-record=one.test,192.0.2.1,2001:db8::1',
  '--host-record=two.test,192.0.2.2',
  '--cname=alias.test,two.test',
  ...Array.from({ length: 250 }, (_, at) => `--host-record=many.test,192.0.2.${at}`),
]

describe('dnsmasq (peer: dnsmasq) as our name server', () => {
  let daemon: ChildProcess | undefined
  let resolver: Resolver

  before(async function () {
    if (!isInstalled(peer)) this.skip()
    const port = await freePort()
    const options = ['--keep-in-foreground', '--no-resolv', '--no-hosts', '--conf-file=/dev/null', '--local=/test/']
    const place = [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', '--user=', '--pid-file=']
    daemon = spawn(peer, [...options, ...place, '--local-ttl=77', ...records], { stdio: 'ignore' })
    await untilHeld(port)
    resolver = dnsResolver({ servers: [`127.0.0.1:${port}`] })
  })
  after(async () => {
    resolver?.close()
    if (daemon?.kill()) await once(daemon, 'exit')
  })

  async function targets(text: string): Promise<string[]> {
    const uri = parseUri(text)
    if (uri === undefined) throw new TypeError(text)
    const { targets } = await locationOf(uri, resolver)
    return targets.map(({ transport, address, port }) => `${transport} ${address} ${port}`)
  }

  function ask(type: 'A' | 'AAAA' | 'SRV' | 'NAPTR', name: string): Promise<Reply> {
    return new Promise(resolve => resolver.resolve({ type, name }, resolve))
  }

  it('LOC-04 LOC-10 NAPTR by order, SRV by priority, addresses of both families (dnsmasq)', async () => {
    expect(await targets('sip:bob@example.test')).to.deep.equal([
      ...['UDP 2001:db8::1 5060', 'UDP 192.0.2.1 5060', 'UDP 192.0.2.2 5070'],
    ])
  })

  it('LOC-03 LOC-09 ports and transports of the URI (dnsmasq)', async () => {
    expect(await targets('sip:two.test:5099')).to.deep.equal(['UDP 192.0.2.2 5099'])
    expect(await targets('sip:example.test;transport=tcp')).to.deep.equal(['TCP 192.0.2.2 5060'])
  })

  it('RFC 1035 §4.2.1 an answer of 250 addresses comes over TCP (dnsmasq)', async () => {
    const reply = await ask('A', 'many.test')
    expect(reply.kind === 'found' && reply.answer.type === 'A' && reply.answer.addresses.length).to.equal(250)
    expect(reply).to.have.property('ttl', 77)
  })

  it('RFC 2308 §2 tells a name that is not there from one without such records (dnsmasq)', async () => {
    expect((await ask('A', 'nobody.test')).kind).to.equal('nxdomain')
    expect((await ask('SRV', 'one.test')).kind).to.equal('nodata')
  })

  it('LOC-20 what it refuses to answer is a failure (dnsmasq)', async () => {
    expect(await ask('A', 'elsewhere.example'))
      .to.have.property('reason')
      .that.contains('REFUSED')
  })
})
