/**
 * Mutation fuzzing of parser, framer, builders and helpers.
 * Nothing may throw, take more than 10 ms to read for 64 KB, or be written so that it reads otherwise.
 */

import { createAck } from '../../apps/sip/syntax/ack.js'
import { createCancel } from '../../apps/sip/syntax/cancel.js'
import { sdpOf, textOfBody } from '../../apps/sip/syntax/content.js'
import { explainMessage, formatExplanation } from '../../apps/sip/syntax/explain.js'
import { faultResponse } from '../../apps/sip/syntax/fault-response.js'
import { formatMessage } from '../../apps/sip/syntax/format.js'
import { Framer } from '../../apps/sip/syntax/frame.js'
import type { Message } from '../../apps/sip/syntax/message.js'
import { leavesOf } from '../../apps/sip/syntax/mime.js'
import { parseMessage } from '../../apps/sip/syntax/parse.js'
import { type Reading, readMessage } from '../../apps/sip/syntax/read.js'
import { createResponse } from '../../apps/sip/syntax/response.js'
import { scanCallId } from '../../apps/sip/syntax/scan.js'
import { parseUri } from '../../apps/sip/syntax/uri.js'
import { addressOfRecord, uriEquals } from '../../apps/sip/syntax/uri-equality.js'
import { requestFromUri } from '../../apps/sip/syntax/uri-request.js'
import { validateRequest, validateResponse } from '../../apps/sip/syntax/validate.js'
import { dictionary } from './dictionary.js'
import { seeds } from './seeds.js'

const hangMs = 10

/** xorshift: the same seed gives the same run. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed | 1
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** One to eight changes: words put in, octets changed, stretches removed, doubled or swapped in from another seed. */
export function mutate(text: string, random: (below: number) => number): string {
  for (let changes = 1 + random(8); changes > 0; changes--) {
    const at = random(text.length + 1)
    const length = random(random(4) === 0 ? 200 : 8)
    const [before, after] = [text.slice(0, at), text.slice(at)]
    switch (random(7)) {
      case 0:
      case 1:
        text = before + (dictionary[random(dictionary.length)] ?? '') + after
        break
      case 2:
        text = before + (dictionary[random(dictionary.length)] ?? '') + after.slice(length)
        break
      case 3:
        text = before + String.fromCharCode(random(256)) + after.slice(1)
        break
      case 4:
        text = before + after.slice(length)
        break
      case 5:
        text = before + after.slice(0, length).repeat(1 + random(random(50) === 0 ? 2000 : 4)) + after.slice(length)
        break
      default: {
        const other = seeds[random(seeds.length)] ?? ''
        text = before + other.slice(random(other.length)).slice(0, length * 4) + after
      }
    }
  }
  return text.slice(0, 65_536)
}

/** Does everything that can be done with a text. Throws when a rule is broken. */
export function exercise(text: string): void {
  scanCallId(text)
  const parsed = parseMessage(text)
  formatExplanation(explainMessage(text))
  exerciseReading(readMessage(text))
  if (parsed.kind === 'fault') {
    const answer = faultResponse(parsed.fault)
    if (answer !== undefined) formatMessage(answer)
  }
  if (parsed.kind === 'ok') exerciseMessage(parsed.message, text)
  const framer = new Framer()
  const half = text.length >> 1
  framer.push(text.slice(0, half))
  framer.push(text.slice(half))
}

/** What is wrong with a message is kept: written as it came it is wrong in the same way, written anew its lines are the same. */
function exerciseReading(reading: Reading): void {
  if (reading.kind !== 'ok') return
  const { message, flaws } = reading
  const same = readMessage(formatMessage(message))
  if (same.kind !== 'ok') throw new Error('a flawed message that cannot be read again')
  if (JSON.stringify(same.flaws) !== JSON.stringify(flaws)) throw new Error('a message that is wrong otherwise')
  compare(message, same.message)
  const anew = readMessage(formatMessage(message.append('X-Fuzz', '1')))
  if (anew.kind !== 'ok') throw new Error('a flawed message that cannot be written anew')
  // One line more may be one too many: it is read up to the limit then.
  if (!isOverLimit(anew.flaws)) compare(message, anew.message)
}

function isOverLimit(flaws: readonly { readonly limit?: string }[]): boolean {
  return flaws.some(({ limit }) => limit === 'headerCount' || limit === 'headerBytes')
}

/** Content-Length is written anew and once, however often it came: the lines behind the second one move up. */
function compare(message: Message, again: Message): void {
  const read = again.remove('X-Fuzz').remove('Content-Length')
  for (const [at, field] of message.remove('Content-Length').fields.entries()) {
    const other = read.fields[at]
    if (other?.raw !== field.raw || other.name !== field.name) throw new Error(`${field.name} reads otherwise`)
    field.values(message.grammar.limits)
    if (field.name !== '') message.getAll(field.name)
  }
  if (again.body !== message.body) throw new Error('the body reads otherwise')
}

function exerciseMessage(message: Message, text: string): void {
  if (scanCallId(text) !== message.callId) throw new Error('scan and parser see different Call-IDs')
  const written = formatMessage(message.append('X-Fuzz', '1'))
  const again = parseMessage(written)
  if (again.kind === 'ok') compare(message, again.message)
  else if (again.kind !== 'fault' || !isOverLimit([again.fault])) {
    throw new Error(`written so that it cannot be read: ${JSON.stringify(written)}`)
  }
  formatMessage(
    message
      .removeFirst('Via')
      .removeLast('Route')
      .updateFirst('Via', via => via.with({ received: '::1', rport: 1 })),
  )
  leavesOf(message)
  sdpOf(message)
  textOfBody(message)
  for (const contact of message.getAll('Contact')) {
    uriEquals(contact.uri, message.to.uri)
    addressOfRecord(contact.uri)
    requestFromUri(contact.uri)
    const uri = parseUri(String(contact.uri))
    if (uri === undefined && !contact.isWildcard) throw new Error(`a URI that reads otherwise: ${contact.uri}`)
  }
  if (message.kind === 'response') {
    validateResponse(message)
    return
  }
  validateRequest(message, { schemes: ['sip'], methods: ['INVITE'], extensions: [] })
  const response = createResponse(message, 200, { toTag: 't' })
  if (parseMessage(formatMessage(response)).kind !== 'ok') throw new Error('a response that cannot be read')
  if (message.method === 'INVITE') formatMessage(createAck(message, response))
  if (message.method !== 'ACK' && message.method !== 'CANCEL') formatMessage(createCancel(message))
}

/** Milliseconds to read a text and each of its lines, the best of five when the first was slow. */
function costOf(text: string): number {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 5 && best > hangMs; run++) {
    const start = process.hrtime.bigint()
    const parsed = parseMessage(text)
    if (parsed.kind === 'ok') for (const field of parsed.message.fields) field.values(parsed.message.grammar.limits)
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e6)
  }
  return best
}

/** Runs for some seconds; returns how many texts were tried. Throws with the text that broke a rule. */
export function fuzz(seconds: number, seed: number): number {
  const random = randomFrom(seed)
  const corpus = [...seeds]
  const end = process.hrtime.bigint() + BigInt(Math.round(seconds * 1e9))
  let tried = 0
  while (process.hrtime.bigint() < end) {
    const text = mutate(corpus[random(corpus.length)] ?? '', random)
    let cost: number
    try {
      exercise(text)
      cost = costOf(text)
    } catch (error) {
      throw new Error(`seed ${seed}, text ${tried}: ${JSON.stringify(text)}`, { cause: error })
    }
    if (cost > hangMs)
      throw new Error(
        `seed ${seed}, text ${tried}: ${cost} ms for ${text.length} octets: ${JSON.stringify(text.slice(0, 2000))}`,
      )
    if (random(20) === 0 && text.length < 8192) corpus[seeds.length + random(64)] = text
    tried++
  }
  return tried
}
