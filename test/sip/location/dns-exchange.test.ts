/** How the wait for an answer of a name server ends, and that nothing stays of it. */

import { expect } from 'chai'
import { VirtualClock } from '../../../apps/actor/actor.js'
import { type DnsNetwork, type Exchanged, exchange } from '../../../apps/sip/location/dns-exchange.js'

const server = { address: '192.0.2.53', port: 53 }
const question = { type: 'A', name: 'example.com' } as const

/** One question to a server that answers so: with the header of its answer, or never; what has been done is in `log`. */
function asking(udp: string | undefined, tcp: string | undefined, clock: VirtualClock = new VirtualClock()) {
  const log: string[] = []
  const results: Exchanged[] = []
  const reply = (query: string, flags: string): string => `${query.slice(0, 2)}${flags}${query.slice(4)}`
  const network: DnsNetwork = {
    udp(_address, _port, events) {
      clock.soon(() => events.bound('0.0.0.0', 1))
      return {
        send(text) {
          log.push('ask')
          if (udp !== undefined) clock.soon(() => events.datagram(reply(text, udp), server.address, server.port))
        },
        close: () => void log.push('close'),
      }
    },
    connect(_address, _port, events) {
      clock.soon(() => events.connected())
      return {
        send(text) {
          log.push('ask by TCP')
          if (tcp !== undefined) clock.soon(() => events.chunk(`${text.slice(0, 2)}${reply(text.slice(2), tcp)}`))
        },
        destroy: () => void log.push('destroy'),
      }
    },
  }
  const giveUp = exchange({ network, clock, random: { uint32: () => 7 } }, server, question, 1000, result =>
    results.push(result),
  )
  return { clock, log, results, giveUp }
}

const whole = '\x81\x80'
const truncated = '\x83\x80'

describe('one question to one name server', () => {
  for (const [what, udp, tcp, log, reason] of [
    ['an answer', whole, undefined, ['ask', 'close'], undefined],
    ['a silence', undefined, undefined, ['ask', 'close'], 'no answer in time'],
    ['an answer over TCP', truncated, whole, ['ask', 'close', 'ask by TCP', 'destroy'], undefined],
    [
      'a silence over TCP',
      truncated,
      undefined,
      ['ask', 'close', 'ask by TCP', 'destroy'],
      'no answer in time over TCP',
    ],
  ] as const) {
    it(`RFC 1035 §4.2 ends once with ${what}, and leaves no socket and no timer`, () => {
      const run = asking(udp, tcp)
      run.clock.advance(10_000)
      expect(run.log).to.deep.equal(log)
      expect(run.results.map(result => ('reason' in result ? result.reason : undefined))).to.deep.equal([reason])
      expect(run.clock.pending).to.equal(0)
    })
  }

  it('is given up before it was asked: nothing is sent or told, and its socket closed once', () => {
    const run = asking(whole, whole)
    run.giveUp()
    run.giveUp()
    expect(run.clock.pending).to.equal(0)
    run.clock.advance(10_000)
    expect(run.log).to.deep.equal(['close'])
    expect(run.results).to.deep.equal([])
  })
})
