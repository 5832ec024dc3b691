/** Virtual time on the simulated network: each peer is a host of its own. */

import { type Conditions, Weather } from './conditions.js'
import { DrivenClock } from './driven-clock.js'
import type { TransportName } from './raw-transport.js'
import { SeededRandom } from './seeded-random.js'
import { type Host, type Setting, sipUri } from './setting.js'
import { SimulatedNetwork } from './simulated-network.js'
import { Trace } from './trace.js'

/** ms of virtual time after which a scenario that does not come to rest is given up: longer than any timer of SIP. */
const REST = 3_600_000

export function virtualSetting(transport: TransportName, conditions: Conditions, seed: number): Setting {
  const clock = new DrivenClock()
  const trace = new Trace(clock)
  const random = new SeededRandom(seed)
  const network = new SimulatedNetwork({ clock, trace, weather: new Weather(conditions, random.fork()) })
  let hosts = 0
  return {
    mode: 'virtual',
    clock,
    trace,
    target: undefined,
    network,
    remains: [],
    host(name, beside): Host {
      // RFC 5737: addresses for examples.
      const address = beside ?? `192.0.2.${++hosts}`
      if (beside === undefined) trace.name(name, address)
      return {
        clock,
        network: network.host(address),
        random: random.fork(),
        transport,
        at: { address, port: 5060 },
        uri: (user, place) => sipUri(user, place, transport),
        settled: place => trace.name(name, place.address, place.port),
      }
    },
    drive: work => clock.drive(work),
    async exhaust() {
      if (!(await clock.exhaust(REST))) throw new Error(`it does not come to rest within ${REST / 1000} s`)
    },
  }
}
