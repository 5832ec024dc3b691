/** Answers for everybody that no other application serves: rings, takes the call, says goodbye politely, and reads messages. */

import { type Core, printable } from '../sip/sip.js'

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
  return `UAS:  Call anybody else, as <sip:anyone@${place}>\n      it rings, answers at once, and waits for your BYE; a MESSAGE is printed here`
}

/** `say` gets a line for each text that comes. */
export function uas(say: (line: string) => void): Core {
  return {
    name: 'uas',
    priority: -1,
    match: () => true,
    INVITE: invite => {
      invite.reply(180)
      invite.reply(200, { body: description })
    },
    MESSAGE: message => {
      const { from, body } = message.request
      say(`UAS:  ${printable(String(from.uri))} says: ${printable(body)}`)
      message.reply(200)
    },
  }
}

const onConsole: Core = uas(line => console.log(line))

export default onConsole
