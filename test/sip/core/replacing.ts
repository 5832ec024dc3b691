/** An application on each thread whose calls can be replaced, and which says so. */

import type { Core } from '../../../apps/sip/sip.js'

const replacing: Core = {
  name: 'replacing',
  match: () => true,
  supported: ['replaces'],
  INVITE: invite => {
    const former = invite.replaces?.dialog.callId
    invite.reply(200, former === undefined ? {} : { headers: { Subject: `instead of ${former}` } })
  },
}

export default replacing
