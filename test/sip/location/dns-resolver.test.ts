/** Asking name servers that fail, lie, truncate, delay and lose: RFC 1035, RFC 2308, RFC 5452, RFC 7766. */

import { createSocket } from 'node:dgram'
import { expect } from 'chai'
import { Packet } from 'dns2'
import { SystemClock } from '../../../apps/actor/actor.js'
import { DnsResolver, type DnsResolverOptions } from '../../../apps/sip/location/dns-resolver.js'
import type { Question } from '../../../apps/sip/location/plan.js'
import type { Reply } from '../../../apps/sip/location/resolver.js'
import { systemRandom } from '../../../apps/sip/random.js'
import { nodeNetwork } from '../../../apps/sip/transport/node-network.js'
import { a, answerFrom, cname, type Habit, honest, NameServer, type Records, resource, srv } from './name-server.js'

const zone: Records = { 'one.test': [a('192.0.2.1', 77)] }

const silent: Habit = () => undefined
const refusing =
  (rcode: number): Habit =>
  (request, send) => {
    const response = Packet.createResponseFromRequest(request)
    response.header.rcode = rcode
    send(response)
  }

describe('DnsResolver', () => {
  const servers: NameServer[] = []
  const resolvers: DnsResolver[] = []
  afterEach(async () => {
    for (const resolver of resolvers.splice(0)) resolver.close()
    await Promise.all(servers.splice(0).map(server => server.close()))
  })

  async function serve(habit: Habit): Promise<NameServer> {
    const server = await NameServer.start(habit)
    servers.push(server)
    return server
  }

  function resolver(options: Partial<DnsResolverOptions>, ...asked: readonly NameServer[]): DnsResolver {
    const made = new DnsResolver({
      ...{ network: nodeNetwork, clock: new SystemClock(), random: systemRandom(), timeout: 2000 },
      ...{ servers: asked.map(({ port }) => `127.0.0.1:${port}`), files: { resolvConf: '', hosts: '' } },
      ...options,
    })
    resolvers.push(made)
    return made
  }

  function ask(of: DnsResolver, name: string, type: Question['type'] = 'A'): Promise<Reply> {
    return new Promise(resolve => of.resolve({ type, name }, resolve))
  }

  async function addresses(of: DnsResolver, name: string = 'one.test'): Promise<unknown> {
    const reply = await ask(of, name)
    return reply.kind === 'found' && reply.answer.type === 'A' ? reply.answer.addresses : reply
  }

  for (const [what, habit] of [
    ['SERVFAIL', refusing(2)],
    ['REFUSED', refusing(5)],
    ['silence', silent],
  ] as const) {
    it(`LOC-20 after ${what} the next server is asked`, async () => {
      const [bad, good] = [await serve(habit), await serve(honest(zone))]
      expect(await addresses(resolver({}, bad, good))).to.deep.equal(['192.0.2.1'])
      expect([bad.asked.length, good.asked.length]).to.deep.equal([1, 1])
    })
  }

  it('LOC-20 every server is asked as often as resolv.conf says; then it is a failure with a reason', async () => {
    const [one, other] = [await serve(refusing(2)), await serve(refusing(5))]
    const reply = await ask(
      resolver({ files: { resolvConf: 'options attempts:3', hosts: '' } }, one, other),
      'one.test',
    )
    expect(reply).to.deep.equal({ kind: 'failed', reason: `127.0.0.1 port ${other.port}: the server said REFUSED` })
    expect([one.asked.length, other.asked.length]).to.deep.equal([3, 3])
  })

  it('LOC-20 silence ends in a failure, at the total deadline at the latest', async () => {
    const started = performance.now()
    const server = await serve(silent)
    const reply = await ask(resolver({ timeout: 60_000, total: 120 }, server), 'one.test')
    expect(reply.kind).to.equal('failed')
    expect(performance.now() - started).to.be.within(110, 20_000)
  })

  it('RFC 1035 §4.2.1 what is truncated is asked for again over TCP', async () => {
    const many = Array.from({ length: 200 }, (_, at) => a(`192.0.2.${at}`))
    const server = await serve(honest({ 'many.test': many }))
    expect(await addresses(resolver({ timeout: 3000 }, server), 'many.test')).to.have.length(200)
    expect(server.asked).to.have.length(2)
  })

  it('LOC-20 silence over TCP ends, too', async () => {
    const server = await serve((request, send, over) => {
      const response = Packet.createResponseFromRequest(request)
      response.header.tc = 1
      if (over === 'udp') send(response)
    })
    const reply = await ask(resolver({}, server), 'one.test')
    expect(reply).to.have.property('reason').that.contains('no answer in time over TCP')
  })

  it('RFC 6891 §6.2.3 says that it takes 1232 octets', async () => {
    let size = 0
    const server = await serve((request, send) => {
      size = request.additionals[0]?.class ?? 0
      send(answerFrom(zone, request, 5))
    })
    await addresses(resolver({}, server))
    expect(size).to.equal(1232)
  })

  for (const [what, forge] of [
    ['id', (request: Packet) => Object.assign(request.header, { id: request.header.id ^ 1 })],
    ['question', (request: Packet) => request.questions.splice(0, 1, new Packet.Question('evil.test', 1, 1))],
    ['type', (request: Packet) => request.questions.splice(0, 1, new Packet.Question('one.test', 28, 1))],
  ] as const) {
    it(`RFC 5452 §9.1 an answer with another ${what} is no answer`, async () => {
      const server = await serve((request, send) => {
        const real = answerFrom(zone, request, 5)
        const forged = Packet.createResponseFromRequest(request)
        forge(forged)
        forged.answers.push(resource('one.test', a('203.0.113.66')))
        send(forged)
        setTimeout(() => send(real), 10)
      })
      expect(await addresses(resolver({}, server))).to.deep.equal(['192.0.2.1'])
    })
  }

  it('RFC 6891 §7 a server that does not know EDNS is asked once more without it', async () => {
    const old: Habit = (request, send, over) => {
      if (request.additionals.length > 0) refusing(1)(request, send, over)
      else honest(zone)(request, send, over)
    }
    const server = await serve(old)
    expect(await addresses(resolver({}, server))).to.deep.equal(['192.0.2.1'])
    expect(server.asked).to.have.lengthOf(2)
    const broken = await serve(refusing(1))
    expect(
      await ask(resolver({ files: { resolvConf: 'options attempts:1', hosts: '' } }, broken), 'one.test'),
    ).to.include({ kind: 'failed' })
    expect(broken.asked).to.have.lengthOf(2)
  })

  it('RFC 5452 §9.1 an answer from elsewhere is no answer', async () => {
    const elsewhere = createSocket('udp4')
    const server = await serve((request, send) => {
      const forged = Packet.createResponseFromRequest(request)
      forged.answers.push(resource('one.test', a('203.0.113.66')))
      // The port of the asker is not told to a habit: all that is open on this machine are few enough.
      elsewhere.send(forged.toBuffer(), askerPort, '127.0.0.1')
      setTimeout(() => send(answerFrom(zone, request, 5)), 20)
    })
    let askerPort = 1
    const network = {
      ...nodeNetwork,
      udp: (address: string, port: number, events: Parameters<typeof nodeNetwork.udp>[2]) =>
        nodeNetwork.udp(address, port, {
          ...events,
          bound: (at, chosen) => {
            askerPort = chosen
            events.bound(at, chosen)
          },
        }),
    }
    expect(await addresses(resolver({ network }, server))).to.deep.equal(['192.0.2.1'])
    elsewhere.close()
  })

  it('RFC 1034 §3.6.2 an alias that comes alone is followed, for the least of the times', async () => {
    const server = await serve((request, send) => {
      const response = Packet.createResponseFromRequest(request)
      const name = request.questions[0]?.name ?? ''
      response.answers.push(resource(name, name === 'alias.test' ? { ...cname('one.test'), ttl: 9 } : a('192.0.2.1')))
      send(response)
    })
    expect(await ask(resolver({}, server), 'alias.test')).to.deep.include({ kind: 'found', ttl: 9 })
    expect(server.asked).to.deep.equal(['A alias.test', 'A one.test'])
  })

  for (const [what, habit] of [
    ['in one answer', honest({ 'x.test': [cname('y.test')], 'y.test': [cname('x.test')] })],
    [
      'over many',
      (request, send) => {
        const response = Packet.createResponseFromRequest(request)
        const name = request.questions[0]?.name ?? ''
        response.answers.push(resource(name, cname(`x${name}`)))
        send(response)
      },
    ],
  ] as readonly (readonly [string, Habit])[]) {
    it(`LOC-20 aliases without end are a failure, ${what}`, async () => {
      const server = await serve(habit)
      expect(await ask(resolver({}, server), 'x.test'))
        .to.have.property('reason')
        .that.contains('aliases do not end')
      expect(server.asked.length).to.be.at.most(10)
    })
  }

  it('RFC 2308 §5 nothing is nothing for as long as the SOA says', async () => {
    const of = resolver({}, await serve(honest(zone, 30)))
    expect(await ask(of, 'nobody.test')).to.deep.equal({ kind: 'nxdomain', ttl: 30 })
    expect(await ask(of, 'one.test', 'AAAA')).to.deep.equal({ kind: 'nodata', ttl: 30 })
  })

  it('RFC 2782 addresses of the servers that come along are told, those of others are not', async () => {
    const server = await serve((request, send) => {
      const response = Packet.createResponseFromRequest(request)
      response.answers.push(resource('_sip._udp.test', srv(0, 0, 5060, 'one.test')))
      response.additionals.push(resource('one.test', a('192.0.2.1')), resource('bank.test', a('203.0.113.66')))
      send(response)
    })
    const reply = await ask(resolver({}, server), '_sip._udp.test', 'SRV')
    expect(reply)
      .to.have.property('also')
      .that.deep.equals([
        { question: { type: 'A', name: 'one.test' }, answer: { type: 'A', addresses: ['192.0.2.1'] }, ttl: 60 },
      ])
  })

  it('asks servers over IPv6', async () => {
    const server = await NameServer.start(honest(zone), 'udp6')
    servers.push(server)
    expect(await addresses(resolver({ servers: [`[0:0::1]:${server.port}`] }))).to.deep.equal(['192.0.2.1'])
  })

  it('knows the names of the hosts file without asking anybody', async () => {
    const server = await serve(honest(zone))
    const files = { resolvConf: '', hosts: '127.0.0.1 localhost pbx # here\n::1 localhost\n10.0.0.9 pbx\nnonsense x' }
    const of = resolver({ files }, server)
    expect(await addresses(of, 'PBX')).to.deep.equal(['127.0.0.1', '10.0.0.9'])
    expect(await ask(of, '_sip._udp.pbx', 'SRV')).to.deep.equal({ kind: 'nodata', ttl: undefined })
    of.reload({ ...files, hosts: '127.0.0.2 pbx' })
    expect(await addresses(of, 'pbx')).to.deep.equal(['127.0.0.2'])
    expect(server.asked).to.deep.equal([])
  })

  it('looks for short names in the search domains first, and for others never', async () => {
    const server = await serve(honest(zone))
    const of = resolver({ files: { resolvConf: 'search corp.test test', hosts: '' } }, server)
    expect(await addresses(of, 'one')).to.deep.equal(['192.0.2.1'])
    expect((await ask(of, 'two.test')).kind).to.equal('nxdomain')
    expect((await ask(of, '_sip._udp.two.test', 'SRV')).kind).to.equal('nxdomain')
    expect(server.asked).to.deep.equal(['A one.corp.test', 'A one.test', 'A two.test', 'SRV _sip._udp.two.test'])
  })

  it('rotates over the servers when told to', async () => {
    const both = [await serve(honest(zone)), await serve(honest(zone))]
    const of = resolver({ files: { resolvConf: 'options rotate', hosts: '' } }, ...both)
    for (let at = 0; at < 4; at++) await addresses(of)
    expect(both.map(({ asked }) => asked.length)).to.deep.equal([2, 2])
  })

  it('throws TypeError for a server that is no address', () => {
    expect(() => resolver({ servers: ['dns.example'] })).to.throw(TypeError, 'dns.example')
  })
})
