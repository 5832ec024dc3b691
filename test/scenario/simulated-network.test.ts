import { expect } from 'chai'
import { VirtualClock } from '../../apps/actor/actor.js'
import { profiles, Weather } from '../../apps/scenario/conditions.js'
import { runScenario, type ScenarioResult, scenario } from '../../apps/scenario/scenario.js'
import { SeededRandom } from '../../apps/scenario/seeded-random.js'
import { SimulatedNetwork } from '../../apps/scenario/simulated-network.js'
import { Trace } from '../../apps/scenario/trace.js'
import type { StreamEvents, StreamSocket } from '../../apps/sip/sip.js'

function setUp(conditions = profiles.clean): { clock: VirtualClock; network: SimulatedNetwork } {
  const clock = new VirtualClock()
  const weather = new Weather(conditions, new SeededRandom(7))
  return { clock, network: new SimulatedNetwork({ clock, weather, trace: new Trace(clock) }) }
}

/** Binds a UDP socket; what comes is written down with its time. */
function bind(network: SimulatedNetwork, clock: VirtualClock, address: string): string[] {
  const seen: string[] = []
  network.host(address).udp(address, 5060, {
    bound: (at, port) => seen.push(`bound ${at}:${port}`),
    datagram: (text, from, port) => seen.push(`${clock.now()} ${text} ${from}:${port}`),
    failed: error => seen.push(error.message),
  })
  clock.settle()
  return seen
}

function sender(network: SimulatedNetwork): (text: string, failed?: (error: Error) => void) => void {
  const none = { bound: () => undefined, datagram: () => undefined, failed: () => undefined }
  const socket = network.host('192.0.2.9').udp('192.0.2.9', 0, none)
  return (text, failed) => socket.send(text, '192.0.2.1', 5060, failed)
}

/** Writes down what happens to one end of a connection. */
function diary(): { events: StreamEvents; seen: string[] } {
  const seen: string[] = []
  const events: StreamEvents = {
    connected: () => seen.push('connected'),
    chunk: text => seen.push(text),
    closed: error => seen.push(`closed ${error?.message ?? ''}`.trim()),
  }
  return { events, seen }
}

describe('the simulated network', () => {
  describe('datagrams', () => {
    it('arrive after the delay, with the address that they come from', () => {
      const { clock, network } = setUp()
      const seen = bind(network, clock, '192.0.2.1')
      sender(network)('hello')
      clock.advance(5)
      expect(seen).to.deep.equal(['bound 192.0.2.1:5060', '1 hello 192.0.2.9:49152'])
    })

    it('follow the rules: the second is lost, the third comes twice, the fourth late', () => {
      const { clock, network } = setUp()
      const seen = bind(network, clock, '192.0.2.1')
      const send = sender(network)
      network.drop(200, { nth: 2 })
      network.copy(200, { nth: 3 })
      network.delay(200, 50, { nth: 4 })
      for (let i = 1; i <= 5; i++) send(`SIP/2.0 200 ${i}`)
      clock.advance(100)
      expect(seen.slice(1).map(line => line.slice(0, line.lastIndexOf(' ')))).to.deep.equal([
        '1 SIP/2.0 200 1',
        '1 SIP/2.0 200 3',
        '1 SIP/2.0 200 3',
        '1 SIP/2.0 200 5',
        '50 SIP/2.0 200 4',
      ])
    })

    it('that cannot be sent are reported: no route, too large, address in use', () => {
      const { clock, network } = setUp()
      const send = sender(network)
      const errors: string[] = []
      network.refuse('BYE')
      send('BYE sip:x SIP/2.0', error => errors.push(error.message))
      send('x'.repeat(65_508), error => errors.push(error.message))
      bind(network, clock, '192.0.2.1')
      errors.push(...bind(network, clock, '192.0.2.1'))
      expect(errors).to.deep.equal(['send ENETUNREACH', 'send EMSGSIZE', 'bind EADDRINUSE 192.0.2.1:5060'])
    })

    it('are lost, doubled and overtaken under chaos, about as often as the profile says', () => {
      const { clock, network } = setUp(profiles.chaos)
      const seen = bind(network, clock, '192.0.2.1')
      const send = sender(network)
      for (let i = 0; i < 1000; i++) send(String(i))
      clock.advance(10_000)
      const numbers = seen.slice(1).map(line => Number(line.split(' ')[1]))
      const distinct = new Set(numbers).size
      expect(distinct).to.be.within(650, 750)
      expect(numbers.length - distinct).to.be.within(90, 200)
      expect(numbers).not.to.deep.equal(numbers.toSorted((a, b) => a - b))
    })
  })

  describe('connections', () => {
    function connected(): ReturnType<typeof setUp> & {
      near: StreamSocket
      far: StreamSocket
      nearSeen: string[]
      farSeen: string[]
    } {
      const { clock, network } = setUp()
      const [a, b] = [diary(), diary()]
      let far: StreamSocket | undefined
      network.host('192.0.2.1').listen('192.0.2.1', 5060, {
        bound: () => undefined,
        failed: () => undefined,
        accepted: take => {
          far = take(b.events)
        },
      })
      const near = network.host('192.0.2.9').connect('192.0.2.1', 5060, a.events)
      clock.advance(10)
      if (far === undefined) throw new Error('nobody accepted')
      return { clock, network, near, far, nearSeen: a.seen, farSeen: b.seen }
    }

    it('carry octets in order, in pieces if wanted, whatever is sent before they stand included', () => {
      const { clock, network, near, far, nearSeen, farSeen } = connected()
      near.send('hello')
      network.fragment(2)
      near.send('world')
      far.send('abc')
      clock.advance(10)
      expect(nearSeen).to.deep.equal(['connected', 'ab', 'c'])
      expect(farSeen).to.deep.equal(['hello', 'wo', 'rl', 'd'])
    })

    it('are refused where nobody listens, and never answered where the host is silent', () => {
      const { clock, network } = setUp()
      const [a, b] = [diary(), diary()]
      network.silence('192.0.2.2')
      network.host('192.0.2.9').connect('192.0.2.1', 5060, a.events)
      network.host('192.0.2.9').connect('192.0.2.2', 5060, b.events)
      clock.advance(100_000)
      expect(a.seen).to.deep.equal(['closed connect ECONNREFUSED 192.0.2.1:5060'])
      expect(b.seen).to.deep.equal([])
    })

    it('deliver what was sent before they are closed, and tell both ends once', () => {
      const { clock, network, near, nearSeen, farSeen } = connected()
      near.send('last words')
      near.end()
      near.send('too late')
      clock.advance(10)
      near.destroy()
      clock.advance(10)
      expect(farSeen).to.deep.equal(['last words', 'closed'])
      expect(nearSeen).to.deep.equal(['connected', 'closed'])
      expect(network.open).to.equal(1)
    })

    it('break at both ends when they are cut', () => {
      const { clock, network, nearSeen, farSeen } = connected()
      network.cut('192.0.2.1')
      clock.advance(10)
      expect(nearSeen).to.deep.equal(['connected', 'closed read ECONNRESET'])
      expect(farSeen).to.deep.equal(['closed read ECONNRESET'])
    })

    it('pile up what a host that does not read is sent', () => {
      const { clock, network, near } = connected()
      network.stall('192.0.2.1')
      near.send('x'.repeat(1000))
      clock.advance(10)
      expect(near.queued).to.equal(1000)
    })
  })

  describe('a run', () => {
    const call = scenario('a call under chaos', async stage => {
      const bob = await stage.stack('bob', {
        cores: [{ name: 'bob', match: () => true, INVITE: invite => void invite.reply(200) }],
      })
      const alice = await stage.stack('alice')
      const outcome = await alice.stack.invite(bob.uri()).outcome
      if (outcome.kind === 'answered') await outcome.dialog.bye()
    })

    function chaos(seed: number): Promise<ScenarioResult> {
      return runScenario(call, { conditions: profiles.chaos, seed })
    }

    it('is the same for the same seed, octet by octet, and another for another seed', async () => {
      const [first, second, other] = await Promise.all([chaos(1), chaos(1), chaos(2)])
      expect(first.trace).to.equal(second.trace)
      expect(first.trace).not.to.equal(other.trace)
    })

    it('ends with empty tables, whatever gets lost', async () => {
      for (let seed = 1; seed <= 100; seed++) {
        const { failure } = await chaos(seed)
        expect(failure, `seed ${seed}`).to.equal(undefined)
      }
    })
  })
})
