/** A peer that answers and asks at random, with headers of any sense: nobody crashes, all settles, and nothing is left. */

import { expect } from 'chai'
import type { StackPeer, Stage } from '../../../apps/scenario/scenario.js'
import { SeededRandom } from '../../../apps/scenario/seeded-random.js'
import {
  type Core,
  DigestClient,
  type Message,
  type Outcome,
  type Request,
  type Response,
  type SipStack,
} from '../../../apps/sip/sip.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'
import { passing } from '../../scenario/passing.js'

const HOST = '192.0.2.66'
const PEER = `<sip:mallory@${HOST}>`
const SDP =
  'v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n'

const numbers = ['0', '1', '30', '89', '3600', '4294967295', '99999999999', '-1', 'x', '']
const challenges = [
  'Digest realm="r",nonce="n",qop="auth"',
  'Digest realm="s",nonce="m",qop="auth,auth-int",algorithm=SHA-256,stale=true',
  'Digest realm="\\\u0001",nonce="n"',
  'Basic realm="r"',
]
const routes = [`<sip:${HOST};lr>`, `<sip:${HOST}>`, '<tel:1;lr>', '<sip:x']
const headers: Readonly<Record<string, readonly string[]>> = {
  Contact: [PEER, '<tel:+1>', '*', '<sip:a@b?X=y>', '<<>', `${PEER};expires=0`, `${PEER};expires=4294967295`],
  'Record-Route': routes,
  'Service-Route': routes,
  Require: ['100rel', 'timer', 'foo', ''],
  Supported: ['100rel, timer', 'replaces', ''],
  RSeq: numbers,
  RAck: ['1 1 INVITE', '4294967295 1 INVITE', 'x'],
  Expires: numbers,
  'Min-Expires': numbers,
  'Retry-After': numbers,
  'Flow-Timer': numbers,
  'Min-SE': numbers,
  'Session-Expires': ['1', '90;refresher=uac', '90;refresher=uas', '4294967295', 'x'],
  'WWW-Authenticate': challenges,
  'Proxy-Authenticate': challenges,
  'Authentication-Info': ['nextnonce="z"', 'nextnonce="\\\u0007"', 'rspauth="00",qop=auth', 'x'],
  Event: ['presence', 'refer', 'refer;id=1', 'dialog;id="a b"', ''],
  'Subscription-State': ['active;expires=9999999999', 'terminated;reason=deactivated', 'terminated;retry-after=1', ';'],
  Replaces: ['a;to-tag=b;from-tag=c', ';;'],
  'Refer-To': [PEER, '<tel:1>', `<sip:mallory@${HOST}?body=%ff%00&Subject=%c3%a9>`, 'x'],
  'Refer-Sub': ['false', 'x'],
  'SIP-ETag': ['a', '"'],
  'Info-Package': ['a', ''],
  Subject: ['\u00ff\u00fe', 'a\tb'],
}
const bodies = [
  ['application/sdp', SDP],
  ['application/sdp', 'v=0'],
  ['message/sipfrag', 'SIP/2.0 200 OK\r\n'],
  ['message/sipfrag', 'SIP/2.0 999 x'],
  ['multipart/mixed;boundary=x', '--x\r\n\r\n--x--'],
  ['text/plain', '\u00ff\u0000'],
] as const
const statuses = [
  ...[
    100, 180, 183, 199, 200, 200, 200, 202, 204, 300, 302, 305, 401, 403, 407, 408, 412, 413, 415, 416, 420, 422, 423,
  ],
  ...[430, 439, 480, 481, 486, 487, 489, 491, 500, 503, 504, 600, 603],
]
const methods = ['BYE', 'INFO', 'NOTIFY', 'UPDATE', 'INVITE', 'PRACK', 'MESSAGE', 'REFER', 'SUBSCRIBE', 'CANCEL', 'ACK']
const opening = ['INVITE', 'SUBSCRIBE', 'REFER', 'MESSAGE', 'PUBLISH', 'OPTIONS', 'NOTIFY', 'REGISTER']

interface Known {
  readonly callId: string
  readonly from: string
  readonly to: string
}

class Mallory {
  readonly #random: SeededRandom
  readonly #send: (text: string) => void
  readonly #known: Known[] = []
  #sent = 0

  constructor(random: SeededRandom, send: (text: string) => void) {
    this.#random = random
    this.#send = send
  }

  chance(share: number): boolean {
    return this.#random.uint32() < share * 2 ** 32
  }

  hears(message: Message): void {
    // Two who answer each other would go on for ever.
    if (this.#sent > 300) return
    if (message.kind === 'request') this.#answer(message)
    else this.#acknowledge(message)
  }

  asks(method: string, { callId, from, to }: Known): void {
    const number = ++this.#sent
    const lines = [`From: ${from}`, `To: ${to}`, `Call-ID: ${callId}`, `CSeq: ${this.#random.uint32() % 5} ${method}`]
    const via = `Via: SIP/2.0/UDP ${HOST};branch=z9hG4bK${number}`
    const contact = this.chance(0.7) ? [`Contact: ${PEER}`] : []
    this.#write(`${method} sip:alice@192.0.2.1 SIP/2.0`, [via, 'Max-Forwards: 70', ...lines, ...contact])
  }

  opens(method: string): void {
    const callId = `c${this.#sent}`
    this.asks(method, { callId, from: `${PEER};tag=f${this.#sent}`, to: '<sip:alice@192.0.2.1>' })
  }

  #answer(request: Request): void {
    const { callId, method, to } = request
    if (method === 'ACK') return
    const tag = to.tag ?? this.#pick(['t1', 't1', 't2'])
    const own = to.tag === undefined ? `${request.raw('To')[0]};tag=${tag}` : (request.raw('To')[0] ?? '')
    const other = request.raw('From')[0] ?? ''
    this.#known.push({ callId, from: own, to: other })
    for (let left = this.#random.uint32() % 4; left > 0; left--) {
      this.#sent++
      const lines = ['Via', 'Call-ID', 'CSeq'].flatMap(name => request.raw(name).map(value => `${name}: ${value}`))
      const contact = this.chance(0.7) ? [`Contact: ${PEER}`] : []
      // Most of what is interesting comes after something has worked.
      const status = this.chance(0.3) ? 200 : this.chance(0.2) ? 401 : this.#pick(statuses)
      const start = `SIP/2.0 ${status} \u00ff`
      this.#write(start, [...lines, `From: ${other}`, `To: ${own}`, ...contact])
    }
    if (this.chance(0.4)) this.asks(this.#pick(methods), this.#pick(this.#known))
  }

  #acknowledge(response: Response): void {
    const dialog = { callId: response.callId, from: response.raw('From')[0] ?? '', to: response.raw('To')[0] ?? '' }
    this.#known.push(dialog)
    if (response.cseq.method === 'INVITE' && response.status >= 200) this.asks('ACK', dialog)
  }

  #write(start: string, lines: readonly string[]): void {
    const more: string[] = []
    while (this.chance(0.7)) {
      const [name, values] = this.#pick(Object.entries(headers))
      more.push(`${name}: ${this.#pick(values)}`)
    }
    const [type, body] = this.chance(0.5) ? this.#pick(bodies) : ['', '']
    const typed = type === '' ? [] : [`Content-Type: ${type}`]
    const all = [start, ...lines, ...more, ...typed, `Content-Length: ${body.length}`]
    this.#send(`${all.join('\r\n')}\r\n\r\n${body}`)
  }

  #pick<T>(values: readonly T[]): T {
    const value = values[this.#random.uint32() % values.length]
    if (value === undefined) throw new Error('nothing to pick from')
    return value
  }
}

/** Does whatever it is asked for. */
function obliging(stack: () => SipStack): Core {
  return {
    name: 'obliging',
    match: () => true,
    events: ['presence'],
    INVITE: invite => {
      invite.reply(183)
      invite.after(500, () => invite.reply(200, { body: SDP }))
    },
    reINVITE: invite => invite.reply(200, { body: SDP }),
    UPDATE: update => update.reply(200, update.request.body === '' ? {} : { body: SDP }),
    MESSAGE: message => message.reply(200),
    INFO: info => info.reply(200),
    SUBSCRIBE: subscribe => subscribe.accept({ body: 'x', contentType: 'text/plain', expires: 120 }),
    REFER: refer => stack().follow(refer),
  }
}

/** All that there is to ask of a peer; the ends of what ends. */
function asked(stack: SipStack, auth: DigestClient): readonly Promise<Outcome | { readonly kind: string }>[] {
  const to = `sip:mallory@${HOST}`
  const call = stack.invite(to, { auth, redirects: 2, body: SDP, forks: 'all' })
  void call.outcome.then(outcome => {
    if (outcome.kind !== 'answered') return
    void outcome.dialog.reinvite({ body: SDP })
    void outcome.dialog.refer(to)
  })
  const content = { body: 'x', headers: { 'Content-Type': 'text/plain' } }
  const referral = stack.refer(to, 'sip:carol@example.com', { auth }).outcome
  return [call.outcome, referral, stack.request('MESSAGE', to, { auth, redirects: 1, ...content })]
}

async function talk(stage: Stage, seed: number, kinds: Set<string>): Promise<void> {
  const alice: StackPeer = await stage.stack('alice', {
    cores: [obliging(() => alice.stack)],
    policy: { supported: ['replaces'] },
  })
  const { address, port } = alice.place
  const socket = stage.network.host(HOST).udp(HOST, 5060, {
    bound: () => undefined,
    failed: () => undefined,
    datagram: text => {
      const parsed = parseMessage(text)
      if (parsed.kind === 'ok') mallory.hears(parsed.message)
    },
  })
  const mallory = new Mallory(new SeededRandom(seed), text => socket.send(text, address, port))
  const { stack } = alice
  const to = `sip:mallory@${HOST}`
  const auth = new DigestClient({ username: 'alice', password: 'secret' })
  const registration = stack.keepRegistered(`sip:alice@${HOST}`, { registrar: to, auth, instance: 'urn:uuid:1' })
  const subscription = stack.subscribe(to, { event: 'presence', auth, expires: 60, forks: 'all' })
  const publication = stack.publish(to, { event: 'presence', body: 'x', contentType: 'text/plain', auth })
  const ends: Promise<{ readonly kind: string }>[] = []
  for (let round = 0; round < 3; round++) {
    ends.push(...asked(stack, auth))
    for (const method of opening) mallory.opens(method)
    await stage.pause(5000)
  }
  await stage.pause(300_000)
  socket.close()
  ends.push(registration.unregister(), subscription.unsubscribe(), publication.remove())
  await stack.drain(1000)
  await stage.pause(1_000_000)
  const all = await Promise.all([...ends, registration.closed, subscription.closed, publication.closed])
  for (const { kind } of all) kinds.add(kind)
}

describe('nonsense', () => {
  it('of a peer crashes nobody, lets all settle, and leaves nothing', async () => {
    // A scenario fails for an error in a log, for a promise that does not settle, and for what is left in a table.
    const kinds = new Set<string>()
    for (let seed = 1; seed <= 20; seed++) await passing(stage => talk(stage, seed, kinds), { seed })
    expect([...kinds]).to.include.members(['answered', 'rejected', 'refused', 'timeout', 'removed'])
  }).timeout(120_000)
})
