/** What an OPTIONS costs on each kind of listener, as a ratio to a bare echo of the same kind and sizes. */
import { optionsTemplate } from './messages.js'
import { EnvironmentProblem, field, startPeer } from './process.js'

export const listenerKinds = ['udp', 'tcp', 'tls', 'ws'] as const

export interface ListenerCost {
  readonly kind: (typeof listenerKinds)[number]
  /** CPU of the server per OPTIONS, and of the echo, in µs. */
  readonly cost: number
  readonly floor: number
  readonly perSecond: number
}

/** ms, as for the other benches: what is compiled meanwhile is no part of it. */
const WARM_UP = 3000
const MEASURED = 6000

export async function measureListener(kind: ListenerCost['kind']): Promise<ListenerCost> {
  const before = await measure(kind, true)
  const stack = await measure(kind, false)
  const after = await measure(kind, true)
  return { kind, cost: stack.cost, floor: (before.cost + after.cost) / 2, perSecond: stack.perSecond }
}

async function measure(
  kind: ListenerCost['kind'],
  isEcho: boolean,
): Promise<{ readonly cost: number; readonly perSecond: number }> {
  // As long as those of the load: the port that the system chooses has five digits.
  const { length } = optionsTemplate({ local: '127.0.0.1:9', remote: '127.0.0.1:50600', run: '000000' }).bytes
  const load = { kind, isEcho, warmUp: WARM_UP, measured: MEASURED }
  const server = startPeer('listener-server.js', '0', [JSON.stringify({ kind, isEcho, octets: length })], [])
  try {
    const port = await server.next('ready')
    const client = startPeer('listener-load.js', '1', [JSON.stringify({ ...load, port })], [])
    const begin = Number(field(await client.next('begin'), 'done'))
    const cpu = await server.cpu()
    const end = Number(field(await client.next('end'), 'done'))
    const done = end - begin
    if (done === 0) throw new EnvironmentProblem(`${kind}: nothing was answered in ${MEASURED} ms`)
    return { cost: ((await server.cpu()) - cpu) / done, perSecond: (done / MEASURED) * 1000 }
  } finally {
    await server.stop()
  }
}
