/** What becomes of a message that does not get out: RFC 3263 §5 for a response, §18.4 for everything else. */

import type { Self } from '../../actor/actor.js'
import type { FlowMsg } from './flow.js'

export function undelivered(self: Pick<Self<never>, 'send'>, message: FlowMsg, reason: string): void {
  const { owner, elsewhere } = message
  if (elsewhere !== undefined) self.send(elsewhere.finder, { kind: 'bounced', message, reason })
  else if (owner !== undefined) self.send(owner, { kind: 'transportError', reason })
}
