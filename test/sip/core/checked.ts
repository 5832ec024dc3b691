/** Requests to a core that checks them. */

import { response, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core } from '../../../apps/sip/sip.js'

export const taking: Core = {
  name: 'bob',
  match: request => request.uri.user !== 'nobody',
  INVITE: invite => void invite.reply(486),
  MESSAGE: message => void message.reply(202),
}

export const sdp = 'v=0\r\n'

/** Sends one request to a core and expects its answer. */
export async function answered(
  stage: Stage,
  core: Partial<Core>,
  method: string,
  options: { readonly headers?: Record<string, string>; readonly body?: string; readonly uri?: string },
  [status, headers = {}]: readonly [number, Record<string, string>?],
): Promise<void> {
  const bob = await stage.stack('bob', { cores: [{ ...taking, ...core }] })
  const alice = await stage.raw('alice')
  alice.send(method, { to: bob, ...options })
  await alice.expect(response(status, { headers }))
  if (method === 'INVITE') alice.send('ACK')
  if (status !== 200 || method !== 'INVITE') return
  alice.send('BYE')
  await alice.expect(response(200, { of: 'BYE' }))
}
