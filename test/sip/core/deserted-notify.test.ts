/** A NOTIFY that is on its way to a subscriber that ends meanwhile. */

import { expect } from 'chai'
import type { Behavior } from '../../../apps/actor/actor.js'
import { type Network, type Request, type Response, SipStack, type UdpEvents } from '../../../apps/sip/sip.js'
import { formatMessage } from '../../../apps/sip/syntax/format.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'

/** Counts messages through the mailbox, and then does it. */
const later: Behavior<{ readonly kind: 'hop'; readonly left: number }, { hops: number; act: () => void }> = {
  label: 'later',
  init({ hops, act }, self) {
    self.send(self.ref, { kind: 'hop', left: hops })
    return ({ left }) => {
      if (left > 0) return self.send(self.ref, { kind: 'hop', left: left - 1 })
      act()
      self.stop()
    }
  },
}

/** A stack, and bob, who is at the other end of the wire. */
class Wire {
  readonly #waiting: ((message: Request | Response) => boolean)[] = []
  readonly #all: (Request | Response)[] = []
  #events: UdpEvents | undefined

  readonly network: Network = {
    udp: (address, port, events) => {
      this.#events = events
      queueMicrotask(() => events.bound(address, port))
      return {
        send: text => {
          const parsed = parseMessage(text)
          if (parsed.kind !== 'ok') throw new Error(text)
          const { message } = parsed
          const at = this.#waiting.findIndex(takes => takes(message))
          if (at < 0) this.#all.push(message)
          else this.#waiting.splice(at, 1)
        },
        close: () => undefined,
      }
    },
    listen: () => {
      throw new Error('no connections')
    },
    connect: () => {
      throw new Error('no connections')
    },
  }

  send(text: string): void {
    this.#events?.datagram(text, '192.0.2.2', 5060)
  }

  /** The first that has come, or comes, and is so. */
  next(isIt: (message: Request | Response) => boolean): Promise<Request | Response> {
    const at = this.#all.findIndex(isIt)
    const [known] = at < 0 ? [] : this.#all.splice(at, 1)
    if (known !== undefined) return Promise.resolve(known)
    return new Promise(found => {
      this.#waiting.push(message => {
        if (isIt(message)) found(message)
        return isIt(message)
      })
    })
  }
}

function notify(subscribe: Request, number: number, state: string): string {
  return [
    'NOTIFY sip:alice@192.0.2.1 SIP/2.0',
    `Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK${subscribe.callId}${number}`,
    `From: <sip:bob@192.0.2.2>;tag=b`,
    `To: <sip:alice@192.0.2.1>;tag=${subscribe.from.tag}`,
    `Call-ID: ${subscribe.callId}`,
    `CSeq: ${number} NOTIFY`,
    'Contact: <sip:bob@192.0.2.2>',
    'Max-Forwards: 70',
    'Event: presence',
    `Subscription-State: ${state}`,
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')
}

function accepted(subscribe: Request): string {
  const headers = { Contact: '<sip:bob@192.0.2.2>', Expires: 600 }
  return formatMessage(createResponse(subscribe, 200, { toTag: 'b', headers }))
}

describe('a NOTIFY on its way to a subscriber that ends', () => {
  let wire: Wire
  let stack: SipStack

  beforeEach(async () => {
    wire = new Wire()
    stack = await SipStack.start({ listen: ['udp:192.0.2.1:5060'], network: wire.network, trace: false })
  })

  afterEach(() => stack.close())

  async function asked(): Promise<Request> {
    const message = await wire.next(each => each.kind === 'request' && each.to.tag === undefined)
    if (message.kind !== 'request') throw new Error('a request was awaited')
    return message
  }

  async function answerTo({ callId }: Request, number: number): Promise<number> {
    const message = await wire.next(
      each => each.callId === callId && each.kind === 'response' && each.cseq.number === number,
    )
    return message.kind === 'response' ? message.status : 0
  }

  it('§8.2.6 RFC 6665 §4.1.3 is answered whenever the subscriber leaves: with 200, or as what nobody knows with 481', async () => {
    const statuses = new Set<number>()
    for (let hops = 0; hops < 16; hops++) {
      const watched = stack.subscribe('sip:bob@192.0.2.2', { event: 'presence', retry: false })
      const subscribe = await asked()
      wire.send(accepted(subscribe))
      for await (const { kind } of watched.events) if (kind === 'kept') break
      wire.send(notify(subscribe, 1, 'active;expires=600'))
      stack.kernel.spawn(later, { hops, act: () => void watched.unsubscribe() })
      statuses.add(await answerTo(subscribe, 1))
    }
    expect([...statuses].sort()).to.deep.equal([200, 481])
  })

  it('RFC 6665 §4.1.3 is answered, though the one before it has ended the subscription', async () => {
    const watched = stack.subscribe('sip:bob@192.0.2.2', { event: 'presence', retry: false })
    const subscribe = await asked()
    for (const number of [1, 2]) wire.send(notify(subscribe, number, 'active;expires=600'))
    for (const number of [3, 4]) wire.send(notify(subscribe, number, 'terminated;reason=noresource'))
    expect([await answerTo(subscribe, 1), await answerTo(subscribe, 2)]).to.deep.equal([200, 200])
    expect([await answerTo(subscribe, 3), await answerTo(subscribe, 4)]).to.deep.equal([200, 481])
    expect((await watched.closed).kind).to.equal('terminated')
  })

  it('RFC 5057 §5.1 is answered, though the dialog has ended with the subscriber', async () => {
    for (let hops = 0; hops < 16; hops++) {
      const watched = stack.subscribe('sip:bob@192.0.2.2', { event: 'presence', retry: false })
      const subscribe = await asked()
      wire.send(accepted(subscribe))
      wire.send(notify(subscribe, 1, 'active;expires=600'))
      expect(await answerTo(subscribe, 1)).to.equal(200)
      void watched.refresh()
      const refresh = await wire.next(
        each => each.callId === subscribe.callId && each.kind === 'request' && each.to.tag !== undefined,
      )
      if (refresh.kind !== 'request') return
      const act = (): void => {
        wire.send(notify(subscribe, 2, 'terminated;reason=noresource'))
        wire.send(notify(subscribe, 3, 'active;expires=600'))
      }
      stack.kernel.spawn(later, { hops, act })
      wire.send(formatMessage(createResponse(refresh, 404)))
      for (const number of [2, 3]) expect(await answerTo(subscribe, number), `${hops}`).to.be.oneOf([200, 481])
    }
  })
})
