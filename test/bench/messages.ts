/**
 * What the load generator says: SIP texts built once, with a stamp of fixed width wherever an identity must differ
 * (branch, Call-ID, From tag), so that a new transaction costs a few byte stores and no string.
 */

export interface Template {
  readonly bytes: Buffer
  /** Where the stamps begin, in bytes. */
  readonly stamps: readonly number[]
}

/** Who a message belongs to: the method's first letter, the slot and how often the slot has been used. */
export interface Stamp {
  readonly letter: number
  readonly slot: number
  readonly generation: number
}

export interface Endpoints {
  /** The generator's own `host:port`. */
  readonly local: string
  /** The server's `host:port`. */
  readonly remote: string
  /** Keeps the Call-IDs of successive runs against one server apart. */
  readonly run: string
}

const slotDigits = 6
const generationDigits = 8
const blank = '#'.repeat(slotDigits + generationDigits)
const cookie = Buffer.from('z9hG4bKp', 'latin1')
const hex = Buffer.from('0123456789abcdef', 'latin1')
const crlf = '\r\n'

/** A session description, for offers and answers. */
export const description: string = [
  'v=0',
  'o=load 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 6000 RTP/AVP 0 8',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  '',
].join(crlf)

export function optionsTemplate(ends: Endpoints): Template {
  return template([
    `OPTIONS sip:${ends.remote} SIP/2.0`,
    `Via: SIP/2.0/UDP ${ends.local};branch=z9hG4bKpO${blank};rport`,
    'Max-Forwards: 70',
    `From: "Load" <sip:load@${ends.local}>;tag=${blank}`,
    `To: <sip:${ends.remote}>`,
    `Call-ID: ${blank}${ends.run}@127.0.0.1`,
    'CSeq: 1 OPTIONS',
    `Contact: <sip:load@${ends.local}>`,
    'Accept: application/sdp',
    'Content-Length: 0',
    '',
    '',
  ])
}

export function inviteTemplate(ends: Endpoints): Template {
  return template([
    `INVITE sip:bench@${ends.remote} SIP/2.0`,
    `Via: SIP/2.0/UDP ${ends.local};branch=z9hG4bKpI${blank};rport`,
    'Max-Forwards: 70',
    `From: "Load" <sip:load@${ends.local}>;tag=${blank}`,
    `To: <sip:bench@${ends.remote}>`,
    `Call-ID: ${blank}${ends.run}@127.0.0.1`,
    'CSeq: 1 INVITE',
    `Contact: <sip:load@${ends.local}>`,
    'Content-Type: application/sdp',
    `Content-Length: ${description.length}`,
    '',
    description,
  ])
}

/** ACK or BYE inside the dialog that `answer`, a 2xx, made: §12.2.1.1 with no route set. */
export function inDialog(method: 'ACK' | 'BYE', answer: string, digits: string, ends: Endpoints): Buffer {
  const to = between(answer, '\nTo:', '\r') ?? between(answer, '\nt:', '\r') ?? ''
  const contact = between(answer, '\nContact:', '\r') ?? between(answer, '\nm:', '\r') ?? ''
  const target = between(contact, '<', '>') ?? contact.trim()
  return Buffer.from(
    [
      `${method} ${target} SIP/2.0`,
      `Via: SIP/2.0/UDP ${ends.local};branch=z9hG4bKp${method[0]}${digits};rport`,
      'Max-Forwards: 70',
      `From: "Load" <sip:load@${ends.local}>;tag=${digits}`,
      `To:${to}`,
      `Call-ID: ${digits}${ends.run}@127.0.0.1`,
      `CSeq: ${method === 'ACK' ? 1 : 2} ${method}`,
      'Content-Length: 0',
      '',
      '',
    ].join(crlf),
    'latin1',
  )
}

/** What a callee says to an INVITE, 180 and 200, or to a BYE. */
export function callAnswers(request: string, port: number): readonly Buffer[] {
  const line = (name: string): string => `${name}:${between(request, `\n${name}:`, '\r') ?? ''}`
  const common = [line('Via'), line('From'), line('To'), line('Call-ID'), line('CSeq')]
  const none = ['Content-Length: 0', '', '']
  if (!isRequest(request, 'INVITE')) return [response(['SIP/2.0 200 OK', ...common, ...none])]
  const tag = callIdOf(request).slice(-12)
  const tagged = common.map(each => (each.startsWith('To:') ? `${each};tag=${tag}` : each))
  const contact = `Contact: <sip:callee@127.0.0.1:${port}>`
  const body = ['Content-Type: application/sdp', `Content-Length: ${description.length}`, '', description]
  return [
    response(['SIP/2.0 180 Ringing', ...tagged, contact, ...none]),
    response(['SIP/2.0 200 OK', ...tagged, contact, ...body]),
  ]
}

function response(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join(crlf), 'latin1')
}

export function isRequest(text: string, method: string): boolean {
  return text.startsWith(`${method} `)
}

export function callIdOf(text: string): string {
  return between(text, '\nCall-ID:', '\r')?.trim() ?? ''
}

/** Writes slot and generation, in hexadecimal, at every stamp of the template's copy. */
export function stamp(bytes: Buffer, stamps: readonly number[], slot: number, generation: number): void {
  for (const at of stamps) {
    writeHex(bytes, at, slotDigits, slot)
    writeHex(bytes, at + slotDigits, generationDigits, generation)
  }
}

/** The stamp as it stands in the bytes, for texts that are not templates. */
export function stampText(slot: number, generation: number): string {
  return slot.toString(16).padStart(slotDigits, '0') + generation.toString(16).padStart(generationDigits, '0')
}

/** Finds whose message this is by the first branch of ours in it. */
export function readStamp(message: Buffer): Stamp | undefined {
  const at = message.indexOf(cookie)
  if (at < 0) return undefined
  const letterAt = at + cookie.length
  return {
    letter: message[letterAt] ?? 0,
    slot: readHex(message, letterAt + 1, slotDigits),
    generation: readHex(message, letterAt + 1 + slotDigits, generationDigits),
  }
}

/** The status code of a response, or 0 for anything else. */
export function readStatus(message: Buffer): number {
  if (message.length < 12 || message[0] !== 0x53 || message[7] !== 0x20) return 0
  return digit(message, 8) * 100 + digit(message, 9) * 10 + digit(message, 10)
}

function template(lines: readonly string[]): Template {
  const text = lines.join(crlf)
  const stamps: number[] = []
  for (let at = text.indexOf(blank); at >= 0; at = text.indexOf(blank, at + blank.length)) stamps.push(at)
  return { bytes: Buffer.from(text, 'latin1'), stamps }
}

function between(text: string, before: string, after: string): string | undefined {
  const from = text.indexOf(before)
  if (from < 0) return undefined
  const to = text.indexOf(after, from + before.length)
  return to < 0 ? undefined : text.slice(from + before.length, to)
}

function writeHex(bytes: Buffer, at: number, digits: number, value: number): void {
  for (let place = at + digits - 1; place >= at; place--) {
    bytes[place] = hex[value & 15] ?? 0
    value >>>= 4
  }
}

function readHex(bytes: Buffer, at: number, digits: number): number {
  let value = 0
  for (let place = at; place < at + digits; place++) {
    const code = bytes[place] ?? 0
    value = value * 16 + (code >= 0x61 ? code - 0x57 : code - 0x30)
  }
  return value
}

function digit(bytes: Buffer, at: number): number {
  return (bytes[at] ?? 0x30) - 0x30
}
