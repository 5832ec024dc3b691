import { expect } from 'chai'
import { SipStack } from '../../apps/sip/sip.js'
import { sipwright } from './program.js'

describe('sipwright traceroute', () => {
  let stack: SipStack
  let place = ''

  /** All elements of the way in one: `three` is the third one, `loop` never comes to an end. */
  before(async () => {
    stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], log: () => undefined })
    stack.register({
      name: 'way',
      match: () => true,
      OPTIONS: options => {
        const { request } = options
        const left = request.get('Max-Forwards') ?? 70
        if (request.uri.user === 'silent' || (request.uri.user === 'three' && left === 1)) return
        if (request.uri.user === 'three' && left >= 2) {
          options.reply(200, { headers: { Server: 'the end' } })
          return
        }
        options.reply(483, { headers: { Warning: `392 192.0.2.${left + 1}:5060 "too many"` } })
      },
    })
    place = stack.listening[0]?.slice('udp:'.length) ?? ''
  })

  after(() => stack.close())

  it('§16.3 §20.22 names each element that answers with 483, passes by one that does not, and stops at the end', async () => {
    const { code, out } = await sipwright(['traceroute', `sip:three@${place}`, '--timeout', '2s'])
    expect(out.replaceAll(/(?<=from .*) in [\d.]+ ms$/gm, ' in MS')).to.equal(
      [
        ' 1  483 Too Many Hops from 192.0.2.1:5060 in MS',
        ' 2  * no answer within 2000 ms',
        ' 3  200 OK from the end in MS',
        '',
      ].join('\n'),
    )
    expect(code).to.equal(0)
  })

  it('ends with 1 where the way has no end, or nobody answers', async () => {
    const loop = await sipwright(['traceroute', `sip:loop@${place}`, '--max-hops', '4', '--json'])
    const hops: { hop: number; status: number; who: string }[] = loop.out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(hops.map(({ hop, status, who }) => `${hop} ${status} ${who}`)).to.deep.equal([
      '1 483 192.0.2.1:5060',
      '2 483 192.0.2.2:5060',
      '3 483 192.0.2.3:5060',
      '4 483 192.0.2.4:5060',
    ])
    expect(loop.err).to.equal('sipwright traceroute: not at its end after 4 elements: a loop, perhaps\n')
    expect(loop.code).to.equal(1)
    const silent = await sipwright(['traceroute', `sip:silent@${place}`, '--timeout', '20'])
    expect(silent.out).to.match(/^( \d {2}\* no answer within 20 ms\n){3}$/)
    expect(silent.err).to.equal('sipwright traceroute: nobody answers any more\n')
    expect(silent.code).to.equal(1)
  })
})
