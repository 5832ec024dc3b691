/** Stacks that call each other by name, with a DNS server on loopback. */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import { SystemClock } from '../../apps/actor/actor.js'
import { SipStack, type StackOptions, ZoneResolver } from '../../apps/sip/sip.js'
import { dialogOf } from '../../specs/callers.js'
import { a, honest, NameServer, srv } from './location/name-server.js'

describe('a stack and names', () => {
  const stacks: SipStack[] = []
  let server: NameServer | undefined
  afterEach(async () => {
    await Promise.all(stacks.splice(0).map(stack => stack.close()))
    await server?.close()
    server = undefined
  })

  async function start(options: StackOptions = {}): Promise<SipStack> {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], log: () => undefined, ...options })
    stacks.push(stack)
    return stack
  }

  for (const threads of [0, 1]) {
    it(`RFC 3263 §4 asks the DNS servers that it was given, with ${threads} threads`, async () => {
      const bob = await start()
      bob.register({ name: 'bob', match: () => true, INVITE: invite => invite.reply(200, { body: 'v=0\r\n' }) })
      const port = Number(bob.listening[0]?.split(':').at(-1))
      const zone = { '_sip._udp.example.test': [srv(0, 0, port, 'host.test')], 'host.test': [a('127.0.0.1')] }
      server = await NameServer.start(honest(zone))
      const alice = await start({ threads, dns: { servers: [`127.0.0.1:${server.port}`] } })
      const call = alice.invite('sip:bob@example.test')
      const dialog = await dialogOf(call)
      expect(await dialog.bye()).to.have.property('kind', 'answered')
      expect(server.asked).to.deep.equal(['NAPTR example.test', 'SRV _sip._udp.example.test', 'A host.test'])
      alice.reloadNames()
      expect(await alice.request('OPTIONS', 'sip:bob@example.test')).to.have.property('kind', 'answered')
      expect(server.asked).to.have.length(6)
      expect(await alice.targets()).to.deep.equal([])
    })
  }

  it('§13.3.1.4 a thread asks, too: its BYE goes to a Contact that is a name', async () => {
    const alice = createSocket('udp4').bind(0, '127.0.0.1')
    await once(alice, 'listening')
    const own = alice.address().port
    server = await NameServer.start(
      honest({ '_sip._udp.alice.test': [srv(0, 0, own, 'host.test')], 'host.test': [a('127.0.0.1')] }),
    )
    const dns = { servers: [`127.0.0.1:${server.port}`] }
    const bob = await start({ threads: 1, dns, timers: { T1: 20, T2: 40, T4: 50 } })
    await bob.load(new URL('../../apps/uas/uas.js', import.meta.url))
    const uri = `sip:uas@127.0.0.1:${bob.listening[0]?.split(':').at(-1)}`
    const lines = [
      ...[`INVITE ${uri} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bKname`, 'Max-Forwards: 70'],
      ...['From: <sip:alice@alice.test>;tag=1', `To: <${uri}>`, 'Call-ID: name', 'CSeq: 1 INVITE'],
      ...['Contact: <sip:alice@alice.test>', 'Content-Length: 0', '', ''],
    ]
    const bye = new Promise<string>(resolve => {
      alice.on('message', octets => octets.toString().startsWith('BYE') && resolve(octets.toString()))
    })
    alice.send(lines.join('\r\n'), Number(uri.split(':').at(-1)), '127.0.0.1')
    expect(await bye).to.match(/^BYE sip:alice@alice\.test SIP/)
    alice.close()
  })

  it('shows the targets that failed', async () => {
    const answer = { type: 'A', addresses: ['127.0.0.1'] } as const
    const zone = { 'A nobody.test': { kind: 'found', ttl: 60, also: [], answer } } as const
    const alice = await start({ listen: ['tcp:127.0.0.1:0'], resolver: new ZoneResolver(zone, new SystemClock()) })
    const outcome = await alice.request('OPTIONS', 'sip:nobody.test:1;transport=tcp')
    expect(outcome.kind).to.equal('transportError')
    const [target, ...others] = await alice.targets()
    expect(others).to.deep.equal([])
    expect(target).to.include({ transport: 'TCP', address: '127.0.0.1', port: 1, failures: 1 })
    expect(target?.restsFor).to.be.within(20_000, 30_000)
  })

  it('cannot copy a resolver to threads', async () => {
    const resolver = new ZoneResolver({}, new SystemClock())
    const error = await SipStack.start({ threads: 1, resolver }).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(TypeError).with.property('message').that.contains('dns: { servers }')
  })
})
