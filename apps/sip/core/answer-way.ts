/** The way of answers: to whom the user of a server transaction gives them (§8.2.6, §12.1.1, §13.3.1.4). */

import { type Self, shutdown } from '../../actor/actor.js'
import { formatMessage } from '../syntax/format.js'
import type { Response } from '../syntax/message.js'
import type { ServerReport } from '../transaction/transaction-user.js'
import { responseDialogId } from './dialog.js'
import { opensDialog } from './incoming.js'
import type { Subscribed } from './notifier.js'
import { isForRegistrars } from './policy.js'
import type { RemoteGrant } from './remote-watcher.js'
import type { ServerArg } from './server.js'

type Answerer = Pick<Self<ServerReport>, 'send' | 'ref' | 'stop' | 'exit'>

/**
 * What bears on a dialog goes out by its owner, while there is one; `isBegun` when an earlier answer has opened one, which
 * is returned for the next.
 */
export function sendAnswer(
  self: Answerer,
  { cores, service, received, tag, inDialog, asker }: Omit<ServerArg, 'context' | 'isMerged'>,
  response: Response,
  isBegun: boolean,
  granted?: Subscribed | RemoteGrant,
): boolean {
  const isRemote = granted !== undefined && 'watcher' in granted
  if (asker !== undefined) {
    self.send(asker, { kind: 'response', text: formatMessage(response), granted: isRemote ? granted : undefined })
    return isBegun
  }
  const subscribed = isRemote ? undefined : granted
  if (inDialog !== undefined) {
    self.send(inDialog.owner, { kind: 'answer', response, received, subscribed })
    return isBegun
  }
  const isCall = opensDialog(received.request) && response.status > 100 && response.status < 300
  const isOpening = isCall || subscribed !== undefined
  if (isOpening || isBegun) {
    const id = responseDialogId(received.request, tag)
    self.send(cores, { kind: 'answered', id, response, received, core: service.core, isBegun, subscribed })
  } else if (response.status === 405 && isForRegistrars(received.request)) self.exit(received.transaction, shutdown)
  else self.send(received.transaction, { kind: 'respond', response, user: self.ref })
  return isOpening || isBegun
}

/** A CANCEL may be on its way, so the user of an INVITE stays until the cores send none any more (§9.2). */
export function leave(self: Answerer, { cores, received, asker }: ServerArg): void {
  if (received.request.method !== 'INVITE' || asker !== undefined) self.stop()
  else self.send(cores, { kind: 'finished', transaction: received.transaction })
}
