/** Somebody with a stack who subscribes to what bob tells. */

import { expect } from 'chai'
import { type RawPeer, response, type StackPeer, type Stage } from '../../../apps/scenario/scenario.js'
import type { Subscription } from '../../../apps/sip/sip.js'
import { passing } from '../../scenario/passing.js'

/** alice subscribes to bob; her stack ends with the scenario, and all that it keeps with it. */
export function subscribing(
  body: (parts: { stage: Stage; bob: RawPeer; alice: StackPeer }) => Promise<void>,
): () => Promise<unknown> {
  const whole = async (stage: Stage): Promise<void> => {
    const bob = await stage.raw('bob')
    const alice = await stage.stack('alice')
    await body({ stage, bob, alice })
    expect(await alice.stack.census()).to.include({ dialogs: 0 })
    await alice.stack.close()
  }
  return () => passing(whole)
}

export function state(value: string, more: Record<string, string> = {}): { readonly headers: Record<string, string> } {
  return { headers: { Event: 'presence', 'Subscription-State': value, ...more } }
}

export async function next(subscription: Subscription): Promise<string> {
  for await (const { state: name, body } of subscription) return `${name} ${body}`.trim()
  return 'over'
}

export const expires = { headers: { Expires: '600' } }

/** A subscription that stands for 600 s. */
export async function notified(bob: RawPeer, alice: StackPeer): Promise<Subscription> {
  const watched = alice.stack.subscribe(bob.uri(), { event: 'presence' })
  await bob.expect('SUBSCRIBE')
  bob.send(200, expires)
  bob.send('NOTIFY', state('active;expires=600', { Contact: `<${bob.uri()}>` }))
  await bob.expect(response(200, { of: 'NOTIFY' }))
  return watched
}

/** The same from another branch of a fork: with another From tag, and so another Via. */
export function branch(notify: string, tag: string): string {
  return notify
    .replace(/^From: (.*);tag=[^\r]*/m, `From: $1;tag=${tag}`)
    .replace(/^(Via: .*branch=z9hG4bK)/m, `$1${tag}`)
}

/** Accepts a SUBSCRIBE, and returns the NOTIFY that it has sent. */
export async function opened(bob: RawPeer): Promise<string> {
  await bob.expect('SUBSCRIBE')
  bob.send(200, expires)
  const notify = bob.compose('NOTIFY', state('active;expires=600', { Contact: `<${bob.uri()}>` }))
  bob.write(notify)
  await bob.expect(response(200, { of: 'NOTIFY' }))
  return notify
}

export async function firstTwo(forks: AsyncIterable<Subscription>): Promise<readonly [Subscription, Subscription]> {
  const found: Subscription[] = []
  for await (const each of forks) {
    found.push(each)
    const [second, third] = found
    if (second !== undefined && third !== undefined) return [second, third]
  }
  throw new Error('there are no two')
}
