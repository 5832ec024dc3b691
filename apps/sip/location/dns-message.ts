/**
 * The messages of the DNS: RFC 1035 §4, RFC 6891. Texts are latin1: a char is an octet. Queries are written by dns2. Answers
 * are read here, for dns2 reads bit by bit and takes seconds over some hostile answers, and forever over others.
 */

import { Packet } from 'dns2'
import { type DnsRecord, readRecord } from './dns-record.js'
import { Octets } from './octets.js'
import type { Question } from './plan.js'

export interface DnsMessage {
  readonly id: number
  readonly isAnswer: boolean
  readonly isTruncated: boolean
  /** With the bits that EDNS adds. */
  readonly rcode: number
  /** Undefined where the server sends none back, as some do with an error. */
  readonly question: { readonly name: string; readonly type: number } | undefined
  readonly answers: readonly DnsRecord[]
  readonly authorities: readonly DnsRecord[]
  readonly additionals: readonly DnsRecord[]
}

export const recordTypes: Readonly<Record<Question['type'], number>> = { A: 1, AAAA: 28, SRV: 33, NAPTR: 35 }

/** What fits into one datagram on any way: the size that the DNS flag day of 2020 settled on. */
const PAYLOAD = 1232
/** An honest answer to our questions has a few dozen records. */
const MOST_RECORDS = 512
const OPT = 41

/** False for what cannot be a name: RFC 1035 §3.1. */
export function isName(name: string): boolean {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  return bare.length > 0 && bare.length <= 253 && bare.split('.').every(isLabel)
}

function isLabel(label: string): boolean {
  return label.length > 0 && label.length <= 63 && /^[!-~]+$/.test(label)
}

/** A recursive query; `edns` says how large an answer may be. Throws for a name that `isName` does not take. */
export function writeQuery(id: number, { type, name }: Question, edns: boolean): string {
  const packet = new Packet()
  packet.header.id = id
  packet.recursive = true
  packet.questions.push(new Packet.Question({ name, type: recordTypes[type], class: Packet.CLASS.IN }))
  if (edns) packet.additionals.push(new Packet.Resource({ ...Packet.Resource.EDNS([]), class: PAYLOAD }))
  return packet.toBuffer().toString('latin1')
}

/** Undefined for what is malformed. */
export function readMessage(text: string): DnsMessage | undefined {
  const octets = new Octets(text)
  const [id, flags] = [octets.uint16(), octets.uint16()]
  const [questions, answers, authorities, additionals] = [
    octets.uint16(),
    octets.uint16(),
    octets.uint16(),
    octets.uint16(),
  ]
  if (questions > 1 || answers + authorities + additionals > MOST_RECORDS) return undefined
  const question = questions === 0 ? undefined : { name: octets.name(), type: octets.uint16(), class: octets.uint16() }
  const read = (count: number): DnsRecord[] => {
    const records: DnsRecord[] = []
    for (let at = 0; at < count && !octets.isFaulty; at++) records.push(readRecord(octets))
    return records
  }
  const sections = { answers: read(answers), authorities: read(authorities), additionals: read(additionals) }
  if (octets.isFaulty) return undefined
  const extended = sections.additionals.find(({ type }) => type === OPT)?.ttl ?? 0
  return {
    id,
    isAnswer: (flags & 0x8000) !== 0 && (flags & 0x7800) === 0,
    isTruncated: (flags & 0x0200) !== 0,
    rcode: (flags & 15) | ((extended >>> 24) << 4),
    question: question?.class === 1 ? question : undefined,
    ...sections,
  }
}
