/** An application as a user writes it, for `serve --apps PATH`. */

import type { Core } from '../../apps/sip/sip.js'

export function greeting(place: string): string {
  return `Leave a message at ${place}`
}

const mailbox: Core = {
  name: 'mailbox',
  match: () => true,
  MESSAGE: message => {
    const { request } = message
    console.log(`got ${request.raw('Content-Type')} ${Buffer.from(request.body, 'latin1').toString('utf8')}`)
    message.reply(200)
  },
}

export default mailbox
