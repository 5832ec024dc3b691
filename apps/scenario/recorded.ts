/** A call that was recorded as a scenario that plays it again: what a trace holds, written as a module. */

import { type Message, parseMessage, type Request, type Response, type TraceEntry } from '../sip/sip.js'

interface Step {
  /** ms since the first message. */
  readonly at: number
  readonly message: Message
  /** Sent by whoever sent the first message. */
  readonly isCallers: boolean
}

/** What a peer fills in by itself. */
const own = new Set(
  'via from to call-id cseq max-forwards contact content-length record-route route allow supported user-agent server'.split(
    ' ',
  ),
)
/** What a stack answers without being told. */
const answeredAlready = new Set(['ACK', 'CANCEL', 'BYE', 'PRACK'])
/** ms that pass between two messages anyway. */
const AT_ONCE = 20

/**
 * The module as text, its first line a remark; undefined when the beginning of the call is not among the entries. Where the
 * caller alone sent requests, the callee is a stack that answers as it was recorded, in whose place `--target` can put
 * another one.
 */
export function recordedScenario(entries: readonly TraceEntry[], callId: string): string | undefined {
  const steps = stepsOf(entries, callId)
  const first = steps[0]
  if (first === undefined || first.message.kind !== 'request' || first.message.to.tag !== undefined) return undefined
  const isAnswered = isAnsweredOnly(steps)
  const body = isAnswered ? againstStack(steps) : betweenPeers(steps)
  const used = ['maybe', 'response'].filter(name => body.some(line => line.includes(`${name}(`)))
  const title = `recorded ${first.message.method} to ${first.message.uri}`
  return [
    `// The call ${quoted(callId)}, as it was recorded${isAnswered ? '' : '; both sides are played'}.`,
    `import { ${[...used, 'scenario'].join(', ')} } from 'sipwright/scenario'`,
    '',
    `export default scenario(${quoted(title)}, async stage => {`,
    ...body.map(line => `  ${line}`),
    `}${isAnswered ? `, { external: 'callee' }` : ''})`,
    '',
  ].join('\n')
}

/** Each message once; what went to ourselves was seen twice. */
function stepsOf(entries: readonly TraceEntry[], callId: string): readonly Step[] {
  const seen = new Set<string>()
  const steps: Step[] = []
  let began: { readonly at: number; readonly tag: string | undefined } | undefined
  for (const entry of entries) {
    if (entry.kind === 'event' || entry.callId !== callId || seen.has(entry.text)) continue
    seen.add(entry.text)
    const parsed = parseMessage(entry.text)
    if (parsed.kind !== 'ok') continue
    const { message } = parsed
    began ??= { at: entry.at, tag: message.from.tag }
    const isCallers = (message.from.tag === began.tag) === (message.kind === 'request')
    steps.push({ at: entry.at - began.at, message, isCallers })
  }
  return steps
}

/** One transaction that opens it, and no request from the other side. */
function isAnsweredOnly(steps: readonly Step[]): boolean {
  const requests = steps.filter(({ message }) => message.kind === 'request')
  const opening = requests.filter(({ message }) => message.to.tag === undefined && !isOf(message, 'ACK', 'CANCEL'))
  return opening.length === 1 && requests.every(({ isCallers }) => isCallers)
}

function againstStack(steps: readonly Step[]): string[] {
  const lines = [
    `const callee = await stage.stack('callee', {`,
    `  cores: [`,
    `    {`,
    `      name: 'recorded',`,
    `      match: () => true,`,
    ...handlers(steps).map(line => `      ${line}`),
    `    },`,
    `  ],`,
    `})`,
    `const caller = await stage.raw('caller')`,
  ]
  let now = 0
  for (let at = 0; at < steps.length; ) {
    const step = steps[at]
    if (step === undefined) break
    if (step.message.kind === 'request') {
      if (step.at - now > AT_ONCE) lines.push(`await stage.pause(${Math.round(step.at - now)})`)
      lines.push(`caller.send(${sending(step.message, at === 0 ? 'callee' : undefined)})`)
      now = step.at
      at++
      continue
    }
    // What comes between two requests may come in any order.
    const group: Response[] = []
    for (let next = steps[at]; next?.message.kind === 'response'; next = steps[++at]) {
      group.push(next.message)
    }
    const until = steps[at - 1]?.at ?? now
    const wait = Math.round(until - now) + 5000
    lines.push(`await caller.within(${wait}).expect(${group.map(expecting).join(', ')})`)
    now = until
  }
  return lines
}

/** One for each method whose answers a stack does not know by itself. */
function handlers(steps: readonly Step[]): string[] {
  const cancelled = steps.some(({ message }) => isOf(message, 'CANCEL'))
  return steps.flatMap(({ at, message }) => {
    if (message.kind !== 'request' || answeredAlready.has(message.method)) return []
    const { number, method } = message.cseq
    const replies = steps.flatMap(step => {
      const reply = step.message
      if (reply.kind !== 'response' || reply.cseq.number !== number || reply.cseq.method !== method) return []
      if (reply.status === 100 || (cancelled && reply.status === 487) || reply.status === 405) return []
      const after = Math.round(step.at - at)
      const call = `request.reply(${[String(reply.status), ...replyOptions(reply)].join(', ')})`
      return [after > AT_ONCE ? `  request.after(${after}, () => ${call})` : `  ${call}`]
    })
    return replies.length === 0 ? [] : [`${quoted(method)}: request => {`, ...replies, `},`]
  })
}

function replyOptions(reply: Response): string[] {
  const parts = bodyOf(reply)
  return parts.length === 0 ? [] : [`{ ${parts.join(', ')} }`]
}

/** Message by message, as they came. */
function betweenPeers(steps: readonly Step[]): string[] {
  const lines = [`const caller = await stage.raw('caller')`, `const callee = await stage.raw('callee')`]
  const received = new Map<string, string>()
  let now = 0
  for (const [index, { at, message, isCallers }] of steps.entries()) {
    const [sender, receiver] = isCallers ? ['caller', 'callee'] : ['callee', 'caller']
    if (at - now > AT_ONCE) lines.push(`await stage.pause(${Math.round(at - now)})`)
    now = at
    const key = `${message.cseq.number} ${message.cseq.method}`
    if (message.kind === 'request') {
      const name = `request${index}`
      received.set(key, name)
      lines.push(`${sender}.send(${sending(message, index === 0 ? 'callee' : undefined)})`)
      lines.push(`const [${name}] = await ${receiver}.expect(${quoted(message.method)})`)
    } else {
      const options = [`for: ${received.get(key)}`, ...bodyOf(message)]
      lines.push(`${sender}.send(${message.status}, { ${options.join(', ')} })`)
      lines.push(`await ${receiver}.expect(${expecting(message)})`)
    }
  }
  return lines
}

function sending(request: Request, to: string | undefined): string {
  const { user } = request.uri
  const parts = [
    ...(to === undefined ? [] : [`to: ${to}`]),
    ...(to === undefined || user === undefined || user === '' ? [] : [`user: ${quoted(user)}`]),
    ...headersOf(request),
    ...bodyOf(request),
  ]
  return parts.length === 0 ? quoted(request.method) : `${quoted(request.method)}, { ${parts.join(', ')} }`
}

function expecting({ status, cseq }: Response): string {
  const wanted = `response(${status}, { of: ${quoted(cseq.method)} })`
  return status === 100 ? `maybe(${wanted})` : wanted
}

/** What its application put into it. The answers to challenges are good only once. */
function headersOf(request: Request): string[] {
  const names = new Set(request.fields.map(({ name }) => name))
  const lines = [...names]
    .filter(name => !own.has(name.toLowerCase()) && !/^(proxy-)?authorization$/i.test(name))
    .map(name => `${quoted(name)}: [${request.raw(name).map(quoted).join(', ')}]`)
  return lines.length === 0 ? [] : [`headers: { ${lines.join(', ')} }`]
}

function bodyOf(message: Message): string[] {
  return message.body === '' ? [] : [`body: ${quoted(message.body)}`]
}

function isOf(message: Message, ...methods: readonly string[]): boolean {
  return methods.includes(message.cseq.method)
}

/** As text that ends nothing: not the string, not the line, not a remark. */
function quoted(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${escaped.replace(/[\x7f-\uffff]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}'`
}
