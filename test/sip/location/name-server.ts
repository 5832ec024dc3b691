/** A real DNS server on loopback, UDP and TCP on one port: dns2's own, taught NAPTR, with zones and bad habits of ours. */

import { once } from 'node:events'
import { Packet, type Resource, TCPServer, UDPServer } from 'dns2'

export type Sent = Packet | Buffer
/** Takes a question over UDP or TCP; `send` may be called any number of times. */
export type Habit = (request: Packet, send: (response: Sent) => void, over: 'udp' | 'tcp') => void

interface Codec {
  decode(this: Record<string, unknown>, reader: { read(bits: number): number }, length: number): unknown
  encode(record: Record<string, unknown>, writer: { write(value: number, bits: number): void }): void
}

const NAPTR = 35
const SOA = 6
const CNAME = 5
const texts = ['flags', 'service', 'regexp'] as const

/** RFC 3403 §4.1. dns2 finds the codec of a type by the name that the type has. */
const naptrCodec: Codec = {
  decode(reader) {
    this['order'] = reader.read(16)
    this['preference'] = reader.read(16)
    for (const name of texts) {
      this[name] = Array.from({ length: reader.read(8) }, () => String.fromCharCode(reader.read(8))).join('')
    }
    this['replacement'] = Packet.Name.decode(reader as never)
    return this
  },
  encode(record, writer) {
    writer.write(Number(record['order']), 16)
    writer.write(Number(record['preference']), 16)
    for (const name of texts) {
      const octets = Buffer.from(String(record[name]), 'latin1')
      writer.write(octets.length, 8)
      for (const octet of octets) writer.write(octet, 8)
    }
    Packet.Name.encode(String(record['replacement']), writer as never)
  },
}
Object.assign(Packet.TYPE, { NAPTR })
Object.assign(Packet.Resource, { NAPTR: naptrCodec })

/** Records by name: `naptr('s', ...)` and its like below. */
export type Records = Readonly<Record<string, readonly Partial<Resource>[]>>

export class NameServer {
  /** `TYPE name` of each question that came. */
  readonly asked: string[] = []
  readonly port: number
  readonly #udp: UDPServer
  readonly #tcp: TCPServer

  private constructor(port: number, udp: UDPServer, tcp: TCPServer) {
    this.port = port
    this.#udp = udp
    this.#tcp = tcp
  }

  static async start(habit: Habit, type: 'udp4' | 'udp6' = 'udp4'): Promise<NameServer> {
    const address = type === 'udp4' ? '127.0.0.1' : '::1'
    let server: NameServer | undefined
    const serve =
      (over: 'udp' | 'tcp') =>
      (request: Packet, send: (response: Sent) => unknown): void => {
        const [question] = request.questions
        if (question !== undefined) server?.asked.push(`${typeName(question.type)} ${question.name}`)
        habit(request, response => void send(response), over)
      }
    const { udp, tcp, port } = await onePort(type, address)
    udp.on('request', serve('udp'))
    tcp.on('request', serve('tcp'))
    server = new NameServer(port, udp, tcp)
    return server
  }

  async close(): Promise<void> {
    this.#udp.close()
    this.#tcp.close()
    await once(this.#udp, 'close')
  }
}

/** The port that the system gives over UDP may be taken over TCP. */
async function onePort(
  type: 'udp4' | 'udp6',
  address: string,
): Promise<{ udp: UDPServer; tcp: TCPServer; port: number }> {
  const udp = new UDPServer({ type })
  await udp.listen(0, address)
  const { port } = udp.address()
  const tcp = new TCPServer()
  try {
    tcp.listen(port, address)
    await once(tcp, 'listening')
    return { udp, tcp, port }
  } catch {
    udp.close()
    return onePort(type, address)
  }
}

/** Answers from a zone: NXDOMAIN for names that are not there, and SOA with `minimum` s for what is not. */
export function honest(zone: Records, minimum: number = 30): Habit {
  return (request, send) => send(answerFrom(zone, request, minimum))
}

export function answerFrom(zone: Records, request: Packet, minimum: number): Packet {
  const response = Packet.createResponseFromRequest(request)
  const [question] = request.questions
  if (question === undefined) return response
  const records = zone[question.name.toLowerCase()]
  for (let name: string | undefined = question.name; name !== undefined; ) {
    const found: readonly Partial<Resource>[] = (zone[name.toLowerCase()] ?? []).filter(
      record => record.type === question.type || record.type === CNAME,
    )
    for (const record of found) response.answers.push(resource(name, record))
    name = response.answers.length > 8 ? undefined : found.find(record => record.type === CNAME)?.domain
  }
  if (response.answers.length > 0) return response
  if (records === undefined) response.header.rcode = 3
  const soa = { type: SOA, ttl: minimum, primary: 'ns.test', admin: 'admin.test', serial: 1, refresh: 1, retry: 1 }
  response.authorities.push(resource('test', { ...soa, expiration: 1, minimum }))
  return response
}

export function resource(name: string, record: Partial<Resource>): Resource {
  return new Packet.Resource({ class: Packet.CLASS.IN, ttl: 60, ...record, name })
}

export function naptr(
  order: number,
  preference: number,
  service: string,
  replacement: string,
  flags = 's',
): Partial<Resource> {
  return { type: NAPTR, ...{ order, preference, service, replacement, regexp: '' }, flags: flags as never }
}

export function srv(priority: number, weight: number, port: number, target: string): Partial<Resource> {
  return { type: Packet.TYPE.SRV, priority, weight, port, target }
}

export function a(address: string, ttl: number = 60): Partial<Resource> {
  return { type: Packet.TYPE.A, address, ttl }
}

export function aaaa(address: string): Partial<Resource> {
  return { type: Packet.TYPE.AAAA, address }
}

export function cname(domain: string): Partial<Resource> {
  return { type: Packet.TYPE.CNAME, domain }
}

function typeName(type: number): string {
  return Object.entries(Packet.TYPE).find(([, code]) => code === type)?.[0] ?? String(type)
}
