/** Calls whom it is told to, and hangs up after five seconds. */

import {
  type ActiveDialog,
  type Call,
  type CallOutcome,
  type Core,
  createAddress,
  parseUri,
  printable,
  type Response,
  type SipStack,
} from '../sip/sip.js'

/** ms that an answered call lasts. */
const LASTING = 5000

/** Seconds that it may ring (§13.2.1). */
const RINGING = 5

const description = [
  'v=0',
  'o=hang 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 49000 RTP/AVP 97 98 99 0 3 8 101',
  'a=rtpmap:97 speex/32000',
  'a=rtpmap:98 speex/16000',
  'a=rtpmap:99 speex/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:3 GSM/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  '',
].join('\r\n')

export function greeting(place: string): string {
  return `HANG: Call someone by running hang.call("SIP URI") in the shell, such as hang.call("sip:busy@${place}")\n      it gives up after five seconds of ringing, and hangs up five seconds after the answer`
}

/** What the shell has of it, as `hang`. */
export function shell(stack: SipStack): { readonly hang: Hang } {
  return { hang: new Hang(stack, line => console.log(line)) }
}

export class Hang {
  readonly #stack: SipStack
  readonly #say: (line: string) => void
  /** Whom we are speaking to. */
  readonly #answered = new Map<ActiveDialog, string>()

  /** `say` gets a line for each thing that happens. */
  constructor(stack: SipStack, say: (line: string) => void) {
    this.#stack = stack
    this.#say = say
  }

  call(uri = ''): void {
    if (parseUri(uri)?.isSip !== true) {
      return this.#say(`HANG: "${printable(uri)}" is no SIP URI, such as sip:busy@127.0.0.1:5060`)
    }
    const { listening } = this.#stack
    const here = listening[0]?.replace(/^\w+:/, '') ?? 'anonymous.invalid'
    const call = this.#stack.invite(uri, {
      from: String(createAddress({ displayName: 'Hang', uri: `sip:hang@${here}` })),
      headers: { Expires: RINGING },
      body: description,
    })
    this.#say(`HANG: Calling to ${printable(uri)}`)
    void this.#follow(uri, call)
  }

  /** Hangs up on everybody at once. */
  bye(): void {
    for (const dialog of this.#answered.keys()) void this.#hangUp(dialog)
  }

  async #follow(uri: string, call: Call): Promise<void> {
    const whom = printable(uri)
    for await (const response of call.responses) {
      if (response.isProvisional) this.#say(`HANG: Progress from ${whom}: ${lineOf(response)}`)
    }
    const outcome = await call.outcome
    if (outcome.kind !== 'answered') return this.#say(`HANG: Got failure response from ${whom}: ${failureOf(outcome)}`)
    this.#say(`HANG: Got success response from ${whom}: ${lineOf(outcome.response)}`)
    await this.#hold(whom, outcome.dialog)
  }

  async #hold(whom: string, dialog: ActiveDialog): Promise<void> {
    const { clock } = this.#stack.kernel
    this.#answered.set(dialog, whom)
    const timer = clock.start(LASTING, { fire: () => void this.#hangUp(dialog) })
    await dialog.ended
    clock.stop(timer)
    if (this.#answered.delete(dialog)) this.#say(`HANG: ${whom} has hung up`)
  }

  async #hangUp(dialog: ActiveDialog): Promise<void> {
    const whom = this.#answered.get(dialog)
    if (whom === undefined) return
    this.#answered.delete(dialog)
    this.#say(`HANG: Sending BYE to ${whom}`)
    const outcome = await dialog.bye()
    const status = 'response' in outcome ? outcome.response.status : 'no'
    this.#say(`HANG: Got ${status} response on BYE from ${whom}`)
  }
}

function lineOf({ status, reason }: Response): string {
  return `${status} ${printable(reason)}`.trimEnd()
}

function failureOf(outcome: CallOutcome): string {
  if ('response' in outcome && outcome.response !== undefined) return lineOf(outcome.response)
  return outcome.kind === 'transportError' ? printable(outcome.reason) : 'no answer'
}

/** It calls, and is not called. */
const caller: Core = { name: 'hang', match: request => request.uri.user === 'hang' }

export default caller
