/** STUN at the SIP port, by which clients keep their way through a NAT open: RFC 5626 §8, RFC 8489. Texts are latin1. */

import type { BindingReport } from './flow.js'

/** RFC 7983 §7: no SIP message begins with such an octet. */
export function isStun(text: string): boolean {
  return text.charCodeAt(0) < 4
}

const HEADER = 20
const COOKIE = 0x2112a442
const BINDING_REQUEST = 0x0001
const BINDING_SUCCESS = 0x0101
const BINDING_ERROR = 0x0111
const ERROR_CODE = 0x0009
const UNKNOWN_ATTRIBUTES = 0x000a
const XOR_MAPPED_ADDRESS = 0x0020
/** RFC 8489 §14: attributes from here on may be ignored. */
const OPTIONAL = 0x8000

/** The answer to a binding request from this place; undefined for everything else. */
export function stunAnswer(text: string, address: string, port: number): string | undefined {
  const request = Buffer.from(text, 'latin1')
  if (request.length < HEADER || request.readUInt16BE(0) !== BINDING_REQUEST || request.readUInt32BE(4) !== COOKIE) {
    return undefined
  }
  if (request.readUInt16BE(2) !== request.length - HEADER) return undefined
  const unknown = unknownAttributes(request)
  const id = request.subarray(8, HEADER)
  if (unknown === undefined) return undefined
  if (unknown.length === 0) return message(BINDING_SUCCESS, id, [mappedAddress(address, port, id)])
  const reason = Buffer.concat([Buffer.from([0, 0, 4, 20]), Buffer.from('Unknown Attribute', 'latin1')])
  const types = Buffer.alloc(2 * unknown.length)
  for (const [at, type] of unknown.entries()) types.writeUInt16BE(type, 2 * at)
  return message(BINDING_ERROR, id, [attribute(ERROR_CODE, reason), attribute(UNKNOWN_ATTRIBUTES, types)])
}

/** A binding request with that id of 12 octets. */
export function bindingRequest(id: string): string {
  return message(BINDING_REQUEST, Buffer.from(id, 'latin1'), [])
}

/** The id that a request and its answer have in common. */
export function bindingId(text: string): string {
  return text.slice(8, HEADER)
}

/** What an answer to a binding request says; undefined for everything else. */
export function bindingReport(text: string): BindingReport | undefined {
  const answer = Buffer.from(text, 'latin1')
  if (
    answer.length < HEADER ||
    answer.readUInt32BE(4) !== COOKIE ||
    answer.readUInt16BE(2) !== answer.length - HEADER
  ) {
    return undefined
  }
  const type = answer.readUInt16BE(0)
  const id = bindingId(text)
  if (type === BINDING_ERROR) return { kind: 'bound', id, mapped: undefined }
  if (type !== BINDING_SUCCESS) return undefined
  for (let at = HEADER; at + 4 <= answer.length; at += 4 + ((answer.readUInt16BE(at + 2) + 3) & ~3)) {
    const value = answer.subarray(at + 4, at + 4 + answer.readUInt16BE(at + 2))
    if (answer.readUInt16BE(at) === XOR_MAPPED_ADDRESS) return { kind: 'bound', id, mapped: unmasked(value, answer) }
  }
  return { kind: 'bound', id, mapped: undefined }
}

/** Family, address and port as text: all that is asked is whether they change. The mask of an IPv6 address does. */
function unmasked(value: Buffer, answer: Buffer): string {
  const mask = answer.subarray(4, HEADER)
  const [, family = 0, ...rest] = value
  const [high = 0, low = 0, ...address] = rest
  const port = ((high << 8) | low) ^ (COOKIE >>> 16)
  return `${family} ${address.map((octet, at) => octet ^ (mask[at] ?? 0)).join('.')} ${port}`
}

/** Those that would have to be understood; undefined for what is malformed. */
function unknownAttributes(request: Buffer): number[] | undefined {
  const unknown: number[] = []
  let at = HEADER
  while (at + 4 <= request.length) {
    const type = request.readUInt16BE(at)
    if (type < OPTIONAL && unknown.length < 8) unknown.push(type)
    at += 4 + ((request.readUInt16BE(at + 2) + 3) & ~3)
  }
  return at === request.length ? unknown : undefined
}

/** RFC 8489 §14.2: masked, since some NATs change every address that they recognise. */
function mappedAddress(address: string, port: number, id: Buffer): Buffer {
  const octets = octetsOf(address)
  const mask = Buffer.concat([Buffer.from([0x21, 0x12, 0xa4, 0x42]), id])
  const value = Buffer.alloc(4 + octets.length)
  value[1] = octets.length === 4 ? 1 : 2
  value.writeUInt16BE(port ^ (COOKIE >>> 16), 2)
  for (const [at, octet] of octets.entries()) value[4 + at] = octet ^ (mask[at] ?? 0)
  return attribute(XOR_MAPPED_ADDRESS, value)
}

function octetsOf(address: string): number[] {
  if (!address.includes(':')) return address.split('.').map(Number)
  const [head = '', tail = ''] = address.replace(/%.*$/, '').split('::')
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map(each => Number.parseInt(each, 16)))
  const [before, after] = [groups(head), groups(tail)]
  const zeros = new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0)
  return [...before, ...zeros, ...after].flatMap(group => [group >> 8, group & 255])
}

function attribute(type: number, value: Buffer): Buffer {
  const octets = Buffer.alloc(4 + ((value.length + 3) & ~3))
  octets.writeUInt16BE(type, 0)
  octets.writeUInt16BE(value.length, 2)
  value.copy(octets, 4)
  return octets
}

function message(type: number, id: Buffer, attributes: readonly Buffer[]): string {
  const body = Buffer.concat(attributes)
  const header = Buffer.alloc(8)
  header.writeUInt16BE(type, 0)
  header.writeUInt16BE(body.length, 2)
  header.writeUInt32BE(COOKIE, 4)
  return Buffer.concat([header, id, body]).toString('latin1')
}
