/** Somebody who watches what a stack notifies of. */

import { expect } from 'chai'
import { type RawPeer, response, type StackPeer, type Stage } from '../../../apps/scenario/scenario.js'
import type { AcceptOptions, Core, Request, Watcher } from '../../../apps/sip/sip.js'
import { passing } from '../../scenario/passing.js'

/** A notifier of presence, and those who watch it. */
export function presence(
  options: AcceptOptions = {},
  watchers: Watcher[] = [],
): Core & { readonly watchers: Watcher[] } {
  return {
    name: 'presence',
    match: () => true,
    events: ['presence'],
    watchers,
    SUBSCRIBE(incoming) {
      watchers.push(incoming.accept({ body: 'open', contentType: 'text/plain', ...options }))
    },
  }
}

export interface Parts {
  readonly stage: Stage
  readonly alice: RawPeer
  readonly bob: StackPeer
  readonly core: ReturnType<typeof presence>
}

/** alice watches bob, whose stack has nothing left at the end. */
export function watching(body: (parts: Parts) => Promise<void>, options?: AcceptOptions): () => Promise<unknown> {
  const whole = async (stage: Stage): Promise<void> => {
    const core = presence(options)
    const alice = await stage.raw('alice')
    const bob = await stage.stack('bob', { cores: [core] })
    await body({ stage, alice, bob, core })
    expect(await bob.stack.census()).to.include({ dialogs: 0, servers: 0, clients: 0 })
  }
  return () => passing(whole)
}

export function subscribe(
  { alice, bob }: Parts,
  more: Record<string, string | undefined> = {},
  inside = false,
): Request {
  const headers = { Event: 'presence', Contact: `<${alice.uri()}>`, Expires: '600', ...more }
  return alice.send('SUBSCRIBE', inside ? { headers } : { to: bob, headers })
}

/** A subscription that stands, with its first NOTIFY answered. */
export async function subscribed(parts: Parts, more: Record<string, string> = {}): Promise<Watcher> {
  subscribe(parts, more)
  const [, notify] = await parts.alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
  parts.alice.send(200, { for: notify })
  const watcher = parts.core.watchers.at(-1)
  if (watcher === undefined) throw new Error('nobody watches')
  return watcher
}

export function stateOf(notify: Request): string {
  return `${notify.raw('Subscription-State')[0]} ${notify.body}`.trim()
}

export async function unsubscribed(parts: Parts): Promise<void> {
  subscribe(parts, { Expires: '0' }, true)
  const [, last] = await parts.alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
  parts.alice.send(200, { for: last })
  await parts.stage.pause(10)
}
