/** A user who is always busy: it rings for ten seconds, then says 486. */

import { type Core, type Incoming, printable } from '../sip/sip.js'

/** ms that it rings. */
const RINGING = 10_000

export function greeting(place: string): string {
  return `BUSY: Call me at "Busy UAS" <sip:busy@${place}>\n      it rings for ten seconds, then is busy`
}

/** `say` gets a line for each thing that happens. */
export function busy(say: (line: string) => void): Core {
  return {
    name: 'busy',
    match: request => request.uri.user === 'busy' || request.to.uri.user === 'busy',
    INVITE: invite => {
      say(`BUSY: ${caller(invite)} is calling`)
      invite.reply(180)
      invite.after(RINGING, () => {
        say(`BUSY: Telling ${caller(invite)} we are busy`)
        invite.reply(486)
      })
    },
    CANCEL: invite => say(`BUSY: ${caller(invite)} has cancelled the call`),
  }
}

/** The name of the caller or else the address, harmless for a terminal whatever was sent. */
function caller({ request: { from } }: Incoming): string {
  return printable(from.displayName || String(from.uri))
}

const onConsole: Core = busy(line => console.log(line))

export default onConsole
