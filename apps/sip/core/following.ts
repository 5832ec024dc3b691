/** Doing what a REFER asks for, and telling what comes of it: RFC 3515 §2.4.2 to §2.4.5, RFC 3892 §2.2. */

import type { HeaderInputs } from '../syntax/header-value.js'
import type { Response } from '../syntax/message.js'
import type { Uri } from '../syntax/uri.js'
import type { Call, CallOutcome } from './call.js'
import type { Incoming } from './incoming.js'
import { type Progress, sipfrag } from './sipfrag.js'
import type { AcceptOptions } from './watcher.js'

/** What there is to call for a REFER; a status for one that is not followed. */
export function referred({ request }: Incoming): { readonly uri: Uri; readonly headers: HeaderInputs } | number {
  const uri = request.get('Refer-To')?.uri
  if (uri === undefined) return 400
  if (!uri.isSip) return 416
  const method = uri.params.get('method')
  if (method !== undefined && method !== 'INVITE') return 403
  const by = request.get('Referred-By')
  return { uri, headers: by === undefined ? {} : { 'Referred-By': by } }
}

/** Accepts a REFER, places the call, and tells how it goes on: each status once, and the last one. */
export function followed(
  refer: Incoming,
  accept: AcceptOptions,
  place: (hear: (response: Response) => void) => Call,
): Call {
  const watcher = refer.accept(accept)
  const told = new Set([100])
  const call = place(({ status, reason }) => {
    if (status >= 200 || told.has(status)) return
    told.add(status)
    void watcher.notify(sipfrag(status, reason))
  })
  void call.outcome.then(outcome => {
    const { status, reason } = lastOf(outcome)
    void watcher.terminate('noresource', { body: sipfrag(status, reason) })
  })
  return call
}

/** §8.1.3.1: silence counts as 408, a way that fails as 503. */
function lastOf(outcome: CallOutcome): Pick<Progress, 'status'> & { readonly reason?: string } {
  switch (outcome.kind) {
    case 'answered':
    case 'rejected':
      return outcome.response
    case 'cancelled':
      return { status: 487 }
    case 'timeout':
      return { status: 408 }
    case 'transportError':
      return { status: 503 }
  }
}
