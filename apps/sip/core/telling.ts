/** What a core is only told, since it needs no answer or has got it: ACK and BYE (§13.3.1.4, §15.1.2). */

import { errorReason, showReason } from '../../actor/actor.js'
import type { Request } from '../syntax/message.js'
import type { Source } from '../transport/flow.js'
import type { ActiveDialog } from './active-dialog.js'
import type { Complaint } from './context.js'
import { type Core, handlerOf } from './core.js'
import { Incoming } from './incoming.js'

interface Told {
  readonly request: Request
  readonly source: Source
  readonly dialog?: ActiveDialog | undefined
}

/** Calls the handler, if there is one; what it throws concerns nobody but its author. */
export function tell(core: Core, { request, source, dialog }: Told, complain: (complaint: Complaint) => void): void {
  const handler = handlerOf(core, request.method)
  if (handler === undefined) return
  const failed = (thrown: unknown): void => {
    const what = `its ${request.method} handler threw ${showReason(errorReason(thrown))}`
    complain({ core: core.name, callId: request.callId, what })
  }
  try {
    const actor = { answered: 200, reply: () => false, after: () => undefined, dialog }
    const result = handler.call(core, new Incoming(request, source, actor))
    if (result instanceof Promise) result.catch(failed)
  } catch (thrown) {
    failed(thrown)
  }
}
