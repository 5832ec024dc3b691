/** Answers calls for everybody that no other application serves: rings, takes the call, and says goodbye politely. */

import type { Core } from '../sip/sip.js'

const description = [
  'v=0',
  'o=sipwright 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 49170 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
  '',
].join('\r\n')

export function greeting(place: string): string {
  return `UAS:  Call anybody else, as <sip:anyone@${place}>\n      it rings, answers at once, and waits for your BYE`
}

const uas: Core = {
  name: 'uas',
  priority: -1,
  match: () => true,
  INVITE: invite => {
    invite.reply(180)
    invite.reply(200, { body: description })
  },
}

export default uas
