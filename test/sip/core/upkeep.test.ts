import { expect } from 'chai'
import { type ActorRef, type Behavior, Kernel, VirtualClock } from '../../../apps/actor/actor.js'
import type { Outcome } from '../../../apps/sip/core/call.js'
import type { CoresMsg } from '../../../apps/sip/core/cores.js'
import { RegisterSubject } from '../../../apps/sip/core/registration.js'
import { type UpkeepEvent, upkeep } from '../../../apps/sip/core/upkeep.js'
import { toUri } from '../../../apps/sip/syntax/uri.js'

describe('the upkeep of soft state', () => {
  it('goes on when the end of a request is never told, and does not hear of it later', () => {
    const clock = new VirtualClock()
    const kernel = new Kernel({ clock })
    const told: ((outcome: Outcome) => void)[] = []
    const forgetful: Behavior<CoresMsg> = {
      label: 'cores',
      init: () => message => {
        if (message.kind === 'send') told.push(message.order.done ?? (() => undefined))
      },
    }
    const cores: ActorRef<CoresMsg> = kernel.spawn(forgetful, undefined)
    const events: UpkeepEvent[] = []
    const random = { uint32: () => 0 }
    const aor = toUri('sip:alice@biloxi.com')
    const ref = kernel.spawn(upkeep, {
      subject: new RegisterSubject({ aor, options: {}, callId: 'a', random, now: () => 0 }),
      ...{ auth: undefined, expires: 3600, patience: 32_000, random, cores: () => cores },
      tell: event => events.push(event),
      end: () => undefined,
    })
    kernel.send(ref, { kind: 'want', order: 'create' })
    clock.advance(599_000)
    expect([told.length, events.length]).to.deep.equal([1, 0])
    clock.advance(1000)
    expect(events).to.deep.equal([{ kind: 'failed', outcome: { kind: 'timeout' }, retryIn: 30_000 }])
    clock.advance(30_000)
    expect(told.length).to.equal(2)
    told[0]?.({ kind: 'transportError', reason: 'late' })
    clock.advance(1000)
    expect(events.length).to.equal(1)
    told[1]?.({ kind: 'transportError', reason: 'in time' })
    clock.advance(1)
    expect(events.length).to.equal(2)
    kernel.close()
  })
})
