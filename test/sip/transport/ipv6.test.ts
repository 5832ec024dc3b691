import { networkInterfaces } from 'node:os'
import { expect } from 'chai'
import { type Request, SipStack, type StackOptions } from '../../../apps/sip/sip.js'
import { authority, pair } from '../tls/certificates.js'

const hasSix = Object.values(networkInterfaces()).some(all => all?.some(({ address }) => address === '::1'))

describe('RFC 5118 §4 IPv6', () => {
  const open: SipStack[] = []

  before(function () {
    if (!hasSix) this.skip()
  })

  afterEach(async () => {
    await Promise.all(open.splice(0).map(stack => stack.close()))
  })

  async function start(seen: Request[], options: StackOptions): Promise<SipStack> {
    const stack = await SipStack.start({ tls: { ...pair('example'), ca: authority, verify: false }, ...options })
    const note = ({ request }: { readonly request: Request }): void => void seen.push(request)
    stack.register({
      name: 'anybody',
      match: () => true,
      OPTIONS: options => {
        note(options)
        options.reply(200)
      },
      INVITE: invite => {
        note(invite)
        invite.reply(486)
      },
    })
    open.push(stack)
    return stack
  }

  for (const transport of ['udp', 'tcp', 'tls', 'ws', 'wss'] as const) {
    it(`over ${transport}: literals in sent-by, Contact and Route [TRP-19]`, async () => {
      const seen: Request[] = []
      const [bob, alice] = [
        await start(seen, { listen: [`${transport}:[::1]:0`] }),
        await start([], { listen: [`${transport}:[::1]:0`] }),
      ]
      const [place = '', own = ''] = [bob.listening[0]?.split(':').at(-1), alice.listening[0]?.split(':').at(-1)]
      const uri = `sip:bob@[::1]:${place};transport=${transport}`
      const headers = { Route: `<sip:[::1]:${place};transport=${transport};lr>` }
      expect((await alice.request('OPTIONS', uri, { headers })).kind).to.equal('answered')
      expect((await alice.invite(uri).outcome).kind).to.equal('rejected')
      expect(seen.map(({ via }) => `${via.host} ${via.port}`)).to.deep.equal([`::1 ${own}`, `::1 ${own}`])
      expect(seen[0]?.raw('Via').join()).to.contain(`[::1]:${own}`)
      expect(seen[1]?.raw('Contact').join()).to.contain(`@[::1]:${own}`)
      expect(seen[0]?.raw('Route').join()).to.contain('[::1]')
    })
  }

  for (const transport of ['udp', 'tcp'] as const) {
    it(`over ${transport}: a wildcard is never shown, and both families share a port [TRP-19]`, async () => {
      const seen: Request[] = []
      const bob = await start(seen, { listen: [`${transport}:[::]:0`] })
      const port = bob.listening[0]?.split(':').at(-1)
      await bob.listen(`${transport}:0.0.0.0:${port}`)
      const peer: Request[] = []
      const alice = await start(peer, { listen: [`${transport}:[::]:0`, `${transport}:0.0.0.0:0`] })
      for (const host of ['[::1]', '127.0.0.1']) {
        const outcome = await alice.request('OPTIONS', `sip:bob@${host}:${port};transport=${transport}`)
        expect(outcome.kind, host).to.equal('answered')
      }
      expect(seen.map(({ via }) => via.host)).to.deep.equal(['::1', '127.0.0.1'])
      const [six = '', four = ''] = alice.listening
      for (const [host, place] of [
        ['[::1]', six],
        ['127.0.0.1', four],
      ]) {
        const back = `sip:alice@${host}:${place?.split(':').at(-1)};transport=${transport}`
        expect((await bob.request('OPTIONS', back)).kind, back).to.equal('answered')
      }
      for (const { via } of peer) expect(via.host).to.match(/^(::1|127\.0\.0\.1)$/)
    })
  }
})
