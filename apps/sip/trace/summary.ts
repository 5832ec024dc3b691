/** A message in a few words. */

import { parseMessage } from '../syntax/parse.js'

/** `INVITE`, `180 Ringing`, `200 OK (BYE)`. */
export function summary(text: string): string {
  const parsed = parseMessage(text)
  if (parsed.kind === 'keepalive') return 'line ends'
  if (parsed.kind === 'fault') return `${text.length} octets`
  const { message } = parsed
  if (message.kind === 'request') return message.method
  const { status, reason, cseq } = message
  return [status, reason, cseq.method === 'INVITE' ? '' : `(${cseq.method})`].filter(part => part !== '').join(' ')
}
