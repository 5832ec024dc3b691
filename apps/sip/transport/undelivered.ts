/** What becomes of a message that does not get out: §18.1.1 and RFC 3263 §5 know another way, else its owner is told (§18.4). */

import type { Self } from '../../actor/actor.js'
import type { FlowMsg } from './flow.js'

export function undelivered(self: Pick<Self<never>, 'send'>, message: FlowMsg, reason: string): void {
  const { owner, elsewhere, instead } = message
  if (instead?.flow !== undefined) self.send(instead.flow, instead)
  else if (elsewhere !== undefined) self.send(elsewhere.finder, { kind: 'bounced', message, reason })
  else if (owner !== undefined) self.send(owner, { kind: 'transportError', reason })
}
