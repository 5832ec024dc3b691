/** `sipwright call`: places a call, holds it for a while, and hangs up (§13.2, §9.1, §15). */

import { setTimeout as sleep } from 'node:timers/promises'
import type { ActiveDialog, Call, CallOutcome, SipStack } from '../apps/sip/sip.js'
import { type Command, exitCodes, expectWords, milliseconds, readArguments } from './command.js'
import { dialled, dialler, dialling, diallingHelp, diallingUsage } from './dialler.js'
import { display } from './display.js'
import { describe, statusLine } from './end.js'
import { signalled } from './foreground.js'
import { expectWritable, writeOctets } from './octets.js'
import { audioOffer } from './offer.js'

/** ms that an answered call is held unless told otherwise. */
const HOLD = 2000

/** ms that it may ring, as the stack has it, too. */
const PATIENCE = 180_000

/** ms that the end of a call may take that has been given up. */
const GRACE = 1000

export const command: Command = {
  name: 'call',
  summary: 'place a call, hold it for a while, and hang up',
  usage: `call URI [--hold-for TIME] [--cancel-after TIME] [--ladder] [--pcap FILE] ${diallingUsage}`,
  help: `URI                   whom to call, such as sip:busy@127.0.0.1:5060
--hold-for TIME       how long to hold the call once it is answered (2s)
--cancel-after TIME   give up when it has not been answered by then, as was intended
--timeout TIME        give up when it has not been answered by then, which is a failure (3m)
${diallingHelp}
--ladder              print the messages of the call as a diagram at the end
--pcap FILE           write them to a file for Wireshark or sngrep
--json                print one JSON object per event

TIME is in ms, or such as 5s or 2m.
Ctrl-C gives up a call that rings, and hangs up one that is answered.
Ends with 0 when the call was answered, or cancelled as --cancel-after wanted; else with 1.`,
  run,
}

/** Tells what happened, and when. */
type Tell = (event: string, text: string) => void

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    'hold-for': { type: 'string' },
    'cancel-after': { type: 'string' },
    ...dialling,
    ladder: { type: 'boolean' },
    pcap: { type: 'string' },
  })
  const [text = ''] = expectWords(positionals, 'URI')
  const { uri, who, timeout } = dialled(text, values, PATIENCE)
  const hold = milliseconds('--hold-for', values['hold-for'], [0, 86_400_000]) ?? HOLD
  const patience = milliseconds('--cancel-after', values['cancel-after'], [0, 86_400_000])
  const tell = teller(values.json === true)
  if (values.pcap !== undefined) expectWritable(values.pcap)
  const stack = await dialler(uri, timeout)
  const interrupted = signalled()
  try {
    const call = stack.invite(uri, { ...who, body: audioOffer(addressOf(stack)) })
    tell('calling', text)
    const waiting = new AbortController()
    giveUp(call, Math.min(patience ?? timeout, timeout), interrupted, waiting.signal)
    const late = sleep(timeout + GRACE, undefined, { signal: waiting.signal }).catch(() => undefined)
    const outcome = await Promise.race([followed(call, tell), late])
    waiting.abort()
    if (outcome === undefined) tell('failed', `no answer within ${timeout} ms`)
    else tell(outcome.kind, describe(outcome).text)
    if (outcome?.kind === 'answered') await holdAndHangUp(outcome.dialog, hold, interrupted, tell)
    const cancelled = outcome?.kind === 'cancelled' && outcome.response !== undefined
    if (values.ladder && values.json) tell('ladder', ladderOf(stack))
    else if (values.ladder) console.log(`\n${ladderOf(stack)}`)
    if (values.pcap !== undefined) writeOctets(values.pcap, stack.trace?.pcap() ?? '')
    return outcome?.kind === 'answered' || (cancelled && patience !== undefined) ? exitCodes.ok : exitCodes.negative
  } finally {
    await stack.close()
  }
}

/** Tells of each provisional response; settles with the end. */
async function followed(call: Call, tell: Tell): Promise<CallOutcome> {
  for await (const response of call.responses) {
    if (response.isProvisional) tell('progress', statusLine(response))
  }
  return call.outcome
}

/** The stack of this command has no other call. */
function ladderOf({ trace }: SipStack): string {
  const callId = trace?.calls(1)[0]?.callId ?? ''
  return display(trace?.ladder(callId) ?? 'no message was sent', false)
}

/** Cancels the call after `patience` ms, or when the user has had enough, unless it has ended before. */
function giveUp(call: Call, patience: number, interrupted: Promise<void>, ended: AbortSignal): void {
  interrupted.then(
    () => call.cancel(),
    () => undefined,
  )
  sleep(patience, undefined, { signal: ended }).then(
    () => call.cancel(),
    () => undefined,
  )
}

async function holdAndHangUp(
  dialog: ActiveDialog,
  hold: number,
  interrupted: Promise<void>,
  tell: Tell,
): Promise<void> {
  const waiting = new AbortController()
  const enough = sleep(hold, undefined, { signal: waiting.signal }).catch(() => undefined)
  const ended = await Promise.race([dialog.ended, enough, interrupted])
  waiting.abort()
  if (ended !== undefined) return tell('ended', ended === 'remote' ? 'the other side hung up' : 'the call was lost')
  const { text } = describe(await dialog.bye())
  tell('ended', `hung up: ${text}`)
}

function teller(json: boolean): Tell {
  const started = performance.now()
  return (event, text) => {
    const ms = Math.round(performance.now() - started)
    console.log(
      json
        ? JSON.stringify({ ms, event, text })
        : `${String(ms).padStart(6)} ms  ${(event === 'transportError' ? 'failed' : event).padEnd(9)}  ${text}`,
    )
  }
}

/** Without its transport and port. */
function addressOf({ listening }: SipStack): string {
  return listening[0]?.replace(/^udp:|:\d+$/g, '').replace(/[[\]]/g, '') ?? ''
}
