/** An application on each thread that notifies of presence, and calls whom it is referred to. */

import type { ApplicationContext, Core } from '../../../apps/sip/sip.js'

export default function watched({ agent }: ApplicationContext): Core {
  return {
    name: 'watched',
    match: () => true,
    events: ['presence'],
    SUBSCRIBE: incoming => void incoming.accept({ contentType: 'text/plain', body: 'open' }),
    INVITE: incoming => void incoming.reply(200),
    REFER: incoming => void agent.follow(incoming),
  }
}
