/** Waits no longer than somebody is willing to. */

import { setTimeout as sleep } from 'node:timers/promises'
import { EnvironmentError } from './command.js'

/** Rejects with EnvironmentError when there is no answer of the DNS within `timeout` ms. */
export async function inTime<T>(answer: Promise<T>, timeout: number): Promise<T> {
  const ended = new AbortController()
  const late = sleep(timeout, undefined, { signal: ended.signal }).then(() => {
    throw new EnvironmentError(`the DNS did not answer within ${timeout} ms`)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    late.catch(() => undefined)
    ended.abort()
  }
}
