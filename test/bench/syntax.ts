/** How long parsing, forwarding, answering and formatting take: `node dist/test/bench/syntax.js`. */

import { createRequire } from 'node:module'
import { formatMessage } from '../../apps/sip/syntax/format.js'
import { Framer } from '../../apps/sip/syntax/frame.js'
import { standardGrammar } from '../../apps/sip/syntax/grammar.js'
import type { Request } from '../../apps/sip/syntax/message.js'
import { parseMessage } from '../../apps/sip/syntax/parse.js'
import { createResponse } from '../../apps/sip/syntax/response.js'
import { scanCallId } from '../../apps/sip/syntax/scan.js'
import { createVia } from '../../apps/sip/syntax/via.js'
import { invite, options, plainInvite } from './syntax-messages.js'

/** Median of the runs, in microseconds per call. */
export function measure(work: () => unknown, calls: number = 20_000, runs: number = 11): number {
  const times: number[] = []
  for (let run = 0; run < runs + 2; run++) {
    const start = process.hrtime.bigint()
    for (let call = 0; call < calls; call++) work()
    if (run >= 2) times.push(Number(process.hrtime.bigint() - start) / 1000 / calls)
  }
  return times.sort((a, b) => a - b)[runs >> 1] ?? Number.NaN
}

export function requestOf(text: string): Request {
  const parsed = parseMessage(text)
  if (parsed.kind === 'ok' && parsed.message.kind === 'request') return parsed.message
  throw new TypeError(`not a request: ${text}`)
}

const datagram = Buffer.from(invite, 'latin1')
const plainDatagram = Buffer.from(plainInvite, 'latin1')
const optionsDatagram = Buffer.from(options, 'latin1')
const own = createVia({
  transport: 'UDP',
  host: 'proxy.example.com',
  port: 5060,
  params: { branch: 'z9hG4bKabcdefghijkl' },
})

function forward(): string {
  const request = requestOf(datagram.toString('latin1'))
  const hops = request.get('Max-Forwards') ?? 70
  return formatMessage(request.prepend('Via', own).set('Max-Forwards', hops - 1))
}

/** All that routes a request, read: the parser reads the rest of it by itself. */
function typed(received: Buffer): unknown {
  const request = requestOf(received.toString('latin1'))
  return [
    request.via.branch,
    request.get('Contact')?.uri.host,
    request.get('Route')?.uri.isLooseRouter,
    request.from.tag,
  ]
}

const asked = requestOf(optionsDatagram.toString('latin1'))
const toTag = 'abcdef123456'
const ok = createResponse(asked, 200, { toTag, headers: { Contact: '<sip:uas@example.com>' } })
const forwarded = requestOf(invite).prepend('Via', own)

export const syntaxWork: Readonly<Record<string, () => unknown>> = {
  'decode a datagram': () => datagram.toString('latin1'),
  'scan for Call-ID': () => scanCallId(datagram.toString('latin1')),
  'parse INVITE': () => parseMessage(datagram.toString('latin1')),
  'parse INVITE, Contact and Route typed': () => typed(datagram),
  'parse INVITE of 10 headers, Contact and Route typed': () => typed(plainDatagram),
  'parse OPTIONS': () => parseMessage(optionsDatagram.toString('latin1')),
  'forward INVITE touching nothing': forward,
  'build 200 to OPTIONS': () => createResponse(asked, 200, { toTag }),
  'format 200': () => formatMessage(ok).length,
  'format INVITE': () => formatMessage(forwarded).length,
  'format INVITE to octets': () => Buffer.from(formatMessage(forwarded), 'latin1'),
}

for (const [name, work] of Object.entries(syntaxWork)) {
  console.log(`${measure(work).toFixed(2).padStart(8)} µs  ${name}`)
}

/** Nanoseconds for each octet of a message of that size, in chunks as TCP brings them; flat when framing is linear. */
function framing(size: number): number {
  const text = options.replace('Content-Length: 0', `Content-Length: ${size}`) + 'x'.repeat(size)
  const chunks = Array.from({ length: Math.ceil(text.length / 1460) }, (_, at) =>
    text.slice(at * 1460, (at + 1) * 1460),
  )
  const work = (): void => {
    const framer = new Framer()
    for (const chunk of chunks) framer.push(chunk)
  }
  return (measure(work, Math.max(1, Math.trunc(2_000_000 / size)), 5) * 1000) / text.length
}

for (const size of [1000, 10_000, 100_000, 1_000_000]) {
  console.log(`${framing(size).toFixed(2).padStart(8)} ns/octet  frame ${size} octets`)
}

/** Nanoseconds for each octet of hostile text of that size; flat when parsing is linear. */
function hostile(make: (octets: number) => string, size: number): number {
  const text = options.replace('User-Agent: Probe/0.1', make(size))
  const work = (): void => {
    const parsed = parseMessage(text, { grammar: boundless })
    if (parsed.kind === 'ok') for (const field of parsed.message.fields) field.values(boundless.limits)
  }
  return (measure(work, Math.max(1, Math.trunc(1_000_000 / size)), 5) * 1000) / text.length
}

const boundless = standardGrammar.withLimits({ headerBytes: 1e9, headerCount: 1e9, values: 1e9, nesting: 1e9 })

const hostileText: Readonly<Record<string, (octets: number) => string>> = {
  'folded lines': octets => `Subject: a${'\r\n a'.repeat(octets / 4)}`,
  'Via values': octets => `Via: SIP/2.0/UDP h${', SIP/2.0/UDP h'.repeat(octets / 15)}`,
  'one token': octets => `Allow: ${'a'.repeat(octets)}`,
  'quoted quotes': octets => `Alert-Info: "${'\\"'.repeat(octets / 2)}" <sip:h>`,
  'nested comments': octets => `Retry-After: 1 ${'('.repeat(octets / 2)}${')'.repeat(octets / 2)}`,
}

for (const [name, make] of Object.entries(hostileText)) {
  const costs = [1000, 10_000, 100_000, 1_000_000].map(size => hostile(make, size).toFixed(2).padStart(7))
  console.log(`${costs.join('')} ns/octet  ${name} of 1 KB to 1 MB`)
}

/** npm `sip` when it can be found: it is no dependency, `NODE_PATH` or a link brings it. */
function peer(): { parse(text: string): unknown; stringify(message: unknown): string } | undefined {
  try {
    return createRequire(import.meta.url)('sip')
  } catch (error) {
    console.log(`no comparison: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
    return undefined
  }
}

const other = peer()
if (other !== undefined) {
  const theirs = measure(() => other.stringify(other.parse(datagram.toString('latin1'))))
  const ours = measure(forward)
  console.log(
    `${(theirs / ours).toFixed(2).padStart(8)} ×  as fast as npm sip: forward against its parse and stringify`,
  )
}
