/** An application that stays registered from its worker thread, at the port in its URL. */

import { isMainThread } from 'node:worker_threads'
import type { ApplicationContext, Core } from '../../../apps/sip/sip.js'

export default function registering({ agent }: ApplicationContext): Core {
  const port = new URL(import.meta.url).searchParams.get('port')
  if (!isMainThread) {
    const registrar = `sip:127.0.0.1:${port};transport=tcp`
    agent.keepRegistered('sip:thread@biloxi.com', { registrar, contacts: ['sip:thread@192.0.2.1'] })
  }
  return { name: 'registering', match: () => false }
}
