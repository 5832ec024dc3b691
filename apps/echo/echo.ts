/** Says what is said to it: messages come back as messages, calls hear themselves. */

import { type Agent, type ApplicationContext, type Core, type Incoming, printable } from '../sip/sip.js'

const USER = 'echo'

export function greeting(place: string): string {
  return `ECHO: Say something to <sip:${USER}@${place}>\n      a MESSAGE comes back as one, in a call, too; a call gets its own media back`
}

/** `say` gets a line for each text that goes back. */
export function echo(agent: Pick<Agent, 'request'>, say: (line: string) => void): Core {
  const hear = (offered: Incoming): void => {
    offered.reply(200, { body: mirrored(offered.request.body) })
  }
  return {
    name: 'echo',
    match: request => request.uri.user === USER,
    INVITE: hear,
    reINVITE: hear,
    MESSAGE: message => {
      message.reply(200)
      const { from, body } = message.request
      // Two echoes would never come to an end.
      if (from.uri.user === USER) return
      say(`ECHO: ${printable(String(from.uri))} says: ${printable(body)}`)
      return message.dialog === undefined ? sendBack(agent, message) : message.dialog.request('MESSAGE', text(message))
    },
  }
}

/** Where it came from, which need not be where its From can be reached; who connects to us listens at another port (§18.2.2). */
function sendBack(agent: Pick<Agent, 'request'>, message: Incoming): unknown {
  const { source, request } = message
  const host = source.address.includes(':') ? `[${source.address}]` : source.address
  const port = source.transport === 'UDP' ? source.port : request.via.port
  const { user } = request.from.uri
  const place = `${user === undefined ? '' : `${encodeURIComponent(user)}@`}${host}${port === undefined ? '' : `:${port}`}`
  const uri = `sip:${place};transport=${source.transport.toLowerCase()}`
  return agent.request('MESSAGE', uri, { ...text(message), from: String(request.to.uri), to: request.from.uri })
}

function text({ request }: Incoming): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  return { headers: { 'Content-Type': request.raw('Content-Type')[0] ?? 'text/plain' }, body: request.body }
}

/** RFC 3264 §6: the offer as its own answer, so that media go back to who sends them; without an offer one of no media. */
function mirrored(offer: string): string {
  if (offer === '') return silence
  return offer
    .replace(/^o=\S+/m, 'o=echo')
    .replace(/^a=(sendonly|recvonly)\b/gm, (_, way) => (way === 'sendonly' ? 'a=recvonly' : 'a=sendonly'))
}

const silence = [
  'v=0',
  'o=echo 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 9 RTP/AVP 0',
  'a=inactive',
  '',
].join('\r\n')

export default function onConsole({ agent }: ApplicationContext): Core {
  return echo(agent, line => console.log(line))
}
