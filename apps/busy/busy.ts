/** A user who is always busy: it rings for ten seconds, then says 486. */

import type { Core, Incoming } from '../sip/sip.js'

/** ms that it rings. */
const RINGING = 10_000

function caller({ request }: Incoming): string {
  return request.from.displayName ?? String(request.from.uri)
}

const busy: Core = {
  name: 'busy',
  match: request => request.uri.user === 'busy' || request.to.uri.user === 'busy',
  INVITE: invite => {
    console.log(`BUSY: ${caller(invite)} is calling`)
    invite.reply(180)
    invite.after(RINGING, () => {
      console.log(`BUSY: Telling ${caller(invite)} we are busy`)
      invite.reply(486)
    })
  },
  CANCEL: invite => console.log(`BUSY: ${caller(invite)} has cancelled the call`),
}

export default busy
