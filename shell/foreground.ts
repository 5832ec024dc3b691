/** How a server is spoken to by signals. */

import type { SipStack } from '../apps/sip/sip.js'
import { exitCodes } from './command.js'

/** Settles at the first SIGINT or SIGTERM; the second one ends the process at once. */
export function signalled(): Promise<void> {
  return new Promise(resolve => {
    let times = 0
    const take = (): void => {
      times++
      if (times > 1) process.exit(exitCodes.negative)
      resolve()
    }
    process.on('SIGINT', take)
    process.on('SIGTERM', take)
  })
}

/**
 * SIGUSR2 prints what the stack holds, as one line of JSON; SIGHUP reads the names of this machine again. Until the
 * returned function is called.
 */
export function answerSignals(stack: SipStack): () => void {
  const report = (): void => {
    stack.census().then(
      census => console.log(JSON.stringify({ census })),
      (error: unknown) => console.error(`no census: ${String(error)}`),
    )
  }
  const reload = (): void => stack.reloadNames()
  process.on('SIGUSR2', report)
  process.on('SIGHUP', reload)
  return () => {
    process.off('SIGUSR2', report)
    process.off('SIGHUP', reload)
  }
}
