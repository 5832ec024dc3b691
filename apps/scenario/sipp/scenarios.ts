/** Scenarios in the XML of SIPp, run as any other: against our stack, in virtual or in real time, or against an element. */

import type { Scenario } from '../run.js'
import { SippCall } from './call.js'
import { callee, request } from './counterpart.js'
import { readScript } from './script.js'

/** What [service] stands for where nobody says. */
const SERVICE = 'service'

/**
 * The scenarios of a file, with one character per octet: one, or one for each line of `rows`, the values of [field0] and
 * on. Nothing is retransmitted, whatever `retrans` says: these scenarios are for networks that lose nothing. Throws
 * TypeError, as `LINE: what is wrong`, for what is not supported.
 */
export function sippScenarios(text: string, rows: readonly (readonly string[])[] = [[]]): readonly Scenario[] {
  const script = readScript(text)
  return rows.map((fields, row) => ({
    title: rows.length > 1 ? `${script.name}, line ${row + 1}` : script.name,
    only: { external: script.calls ? 'callee' : 'caller' },
    async body(stage) {
      const ours = await stage.stack(script.calls ? SERVICE : 'caller', { cores: [callee(script)] })
      const peer = await stage.raw('sipp')
      const call = new SippCall({ script, peer, other: ours, stage, service: ours.user, number: row + 1, fields })
      const called = script.calls || !ours.isOurs ? undefined : request(stage, ours, peer.uri(SERVICE), script)
      await Promise.all([call.run(), called])
    },
  }))
}
