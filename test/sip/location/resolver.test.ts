/** One contract for all that resolve names: on dns2 and our own reading, on node:dns, and from data. */

import { expect } from 'chai'
import { SystemClock } from '../../../apps/actor/actor.js'
import { DnsResolver } from '../../../apps/sip/location/dns-resolver.js'
import type { Question } from '../../../apps/sip/location/plan.js'
import type { Reply, Resolver } from '../../../apps/sip/location/resolver.js'
import { SystemResolver } from '../../../apps/sip/location/system-resolver.js'
import { ZoneResolver } from '../../../apps/sip/location/zone-resolver.js'
import { systemRandom } from '../../../apps/sip/random.js'
import { nodeNetwork } from '../../../apps/sip/transport/node-network.js'
import { a, aaaa, cname, honest, NameServer, naptr, srv } from './name-server.js'

const zone = {
  'one.test': [a('192.0.2.1'), a('192.0.2.2')],
  'six.test': [aaaa('2001:db8::1'), aaaa('::1')],
  'example.test': [
    naptr(10, 50, 'SIP+D2U', '_sip._udp.example.test'),
    naptr(20, 0, 'SIP+D2T', 'tcp.example.test', 'A'),
  ],
  '_sip._udp.example.test': [srv(0, 5, 5070, 'one.test'), srv(1, 0, 5060, 'six.test')],
  '_sip._tcp.example.test': [srv(0, 0, 0, '.')],
  'alias.test': [cname('www.test')],
  'www.test': [cname('one.test')],
}

const found = { kind: 'found', ttl: 60, also: [] } as const
const one = { ...found, answer: { type: 'A', addresses: ['192.0.2.1', '192.0.2.2'] } } as const
const asData = {
  'A one.test': one,
  'A alias.test': one,
  'AAAA six.test': { ...found, answer: { type: 'AAAA', addresses: ['2001:db8::1', '::1'] } },
  'NAPTR example.test': {
    ...found,
    answer: {
      type: 'NAPTR',
      records: [
        {
          order: 10,
          preference: 50,
          flags: 's',
          service: 'SIP+D2U',
          regexp: '',
          replacement: '_sip._udp.example.test',
        },
        { order: 20, preference: 0, flags: 'A', service: 'SIP+D2T', regexp: '', replacement: 'tcp.example.test' },
      ],
    },
  },
  'SRV _sip._udp.example.test': {
    ...found,
    answer: {
      type: 'SRV',
      records: [
        { priority: 0, weight: 5, port: 5070, target: 'one.test' },
        { priority: 1, weight: 0, port: 5060, target: 'six.test' },
      ],
    },
  },
  'SRV _sip._tcp.example.test': {
    ...found,
    answer: { type: 'SRV', records: [{ priority: 0, weight: 0, port: 0, target: '.' }] },
  },
} satisfies Record<string, Reply>

const kinds: readonly (readonly [name: string, make: (port: number) => Resolver])[] = [
  [
    'DnsResolver',
    port =>
      new DnsResolver({
        ...{ network: nodeNetwork, clock: new SystemClock(), random: systemRandom(), timeout: 2000 },
        ...{ servers: [`127.0.0.1:${port}`], files: { resolvConf: '', hosts: '' } },
      }),
  ],
  ['SystemResolver', port => new SystemResolver({ servers: [`127.0.0.1:${port}`], timeout: 2000 })],
  ['ZoneResolver', () => new ZoneResolver(asData, new SystemClock())],
]

function ask(resolver: Resolver, type: Question['type'], name: string): Promise<Reply> {
  return new Promise(resolve => {
    let told = false
    resolver.resolve({ type, name }, reply => {
      expect(told, 'told later than asked').to.equal(true)
      resolve(reply)
    })
    told = true
  })
}

describe('resolvers', () => {
  let server: NameServer
  before(async () => {
    server = await NameServer.start(honest(zone))
  })
  after(() => server.close())

  for (const [name, make] of kinds) {
    describe(name, () => {
      let resolver: Resolver
      beforeEach(() => {
        resolver = make(server.port)
      })
      afterEach(() => resolver.close())

      /** In the order of the zone, whatever order the library gives them. */
      async function answer(type: Question['type'], of: string): Promise<unknown> {
        const reply = await ask(resolver, type, of)
        return reply.kind === 'found' ? reply.answer : reply.kind
      }

      for (const [key, { answer: expected }] of Object.entries(asData)) {
        it(`RFC 3263 §4 answers ${key}`, async () => {
          const [type, of] = key.split(' ')
          expect(await answer(type as Question['type'], of ?? '')).to.deep.equal(expected)
        })
      }

      it('RFC 1035 §2.3.3 names have no case', async () => {
        expect(await answer('A', 'ONE.Test')).to.deep.equal(one.answer)
      })

      it('RFC 2308 §2 a name that is not there is told apart from one without such records', async () => {
        expect(await answer('A', 'nobody.test')).to.equal('nxdomain')
        expect(await answer('AAAA', 'one.test')).to.equal('nodata')
        expect(await answer('NAPTR', 'one.test')).to.equal('nodata')
      })

      it('does not throw for what is no name', async () => {
        for (const wrong of ['', '..', 'a..b', `${'x'.repeat(64)}.test`, 'x.'.repeat(130), 'ü.test', '\0']) {
          expect((await ask(resolver, 'A', wrong)).kind, JSON.stringify(wrong)).to.be.oneOf([
            'failed',
            'nxdomain',
            'nodata',
          ])
        }
      })

      it('answers many at once, each its own', async () => {
        const replies = await Promise.all(
          Array.from({ length: 20 }, (_, at) => answer('A', at % 2 === 0 ? 'one.test' : 'nobody.test')),
        )
        replies.forEach((reply, at) => {
          expect(reply).to.deep.equal(at % 2 === 0 ? one.answer : 'nxdomain')
        })
      })

      it('tells nobody once it is closed', async () => {
        let told = 0
        resolver.resolve({ type: 'A', name: 'one.test' }, () => told++)
        resolver.close()
        await new Promise(resolve => setTimeout(resolve, 50))
        expect(told).to.equal(0)
      })
    })
  }
})
