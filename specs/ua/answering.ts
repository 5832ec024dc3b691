/** The callees of these scenarios. */

import type { Core } from '../../apps/sip/sip.js'

/** Takes every call at once. */
export const answering: Core = {
  name: 'answering',
  match: () => true,
  INVITE: invite => {
    invite.reply(200, { body: 'v=0\r\n' })
  },
}

/** Takes every call after `ms` ms. */
export function answeringAfter(ms: number): Core {
  return {
    name: 'slow',
    match: () => true,
    INVITE: invite => {
      invite.reply(180)
      invite.after(ms, () => invite.reply(200, { body: 'v=0\r\n' }))
    },
  }
}
