/** Our stack at the other end of a SIPp scenario, doing what such scenarios expect. */

import type { Core, Incoming } from '../../sip/sip.js'
import type { StackPeer } from '../stack-peer.js'
import type { Stage } from '../stage.js'
import type { Script } from './script.js'

/** ms until a call is cancelled or ended. */
const LATER = 500

function session(address: string): string {
  const family = address.includes(':') ? 6 : 4
  const connection = `IN IP${family} ${address}`
  return `v=0\r\no=- 1 1 ${connection}\r\ns=-\r\nc=${connection}\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n`
}

/** Rings, gives calls the answer that the scenario waits for, and says yes to everything else. */
export function callee({ steps }: Script): Core {
  const isCancelled = steps.some(step => step.kind === 'send' && step.template.start.startsWith('CANCEL '))
  const final = steps.find(step => step.kind === 'recv' && !step.optional && /^[2-6]\d\d$/.test(step.wanted))
  const status = final?.kind === 'recv' ? Number(final.wanted) : 200
  return {
    name: 'callee',
    match: () => true,
    INVITE: incoming => {
      incoming.reply(180)
      if (isCancelled) return
      incoming.reply(status, status < 300 ? { body: session('127.0.0.1') } : {})
    },
    ...{ MESSAGE: agree, INFO: agree, REGISTER: agree, SUBSCRIBE: agree, NOTIFY: agree, PUBLISH: agree },
  }
}

function agree(incoming: Incoming): void {
  incoming.reply(200)
}

/** Sends what the scenario waits for first, and ends a call as it expects. Resolves when that is done. */
export async function request(stage: Stage, { stack, place }: StackPeer, uri: string, script: Script): Promise<void> {
  const expected = script.steps.flatMap(step => (step.kind === 'recv' && step.of === 'request' ? [step] : []))
  const wants = (method: string): boolean => expected.some(recv => recv.matches(method))
  const [first] = expected
  if (first?.matches('INVITE') !== true) {
    await stack.request(first?.wanted ?? 'OPTIONS', uri)
    return
  }
  const call = stack.invite(uri, { body: session(place.address) })
  if (wants('CANCEL')) {
    await stage.pause(LATER)
    call.cancel()
  }
  const outcome = await call.outcome
  if (outcome.kind !== 'answered' || !wants('BYE')) return
  let isOver = false
  void outcome.dialog.ended.then(() => {
    isOver = true
  })
  await stage.pause(LATER)
  if (!isOver) await outcome.dialog.bye()
}
