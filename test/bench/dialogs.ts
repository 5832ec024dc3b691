/** What a server keeps for each call that stands, when nothing else is left of how it came about. */
import { setTimeout as sleep } from 'node:timers/promises'
import { EnvironmentProblem, field, type Peer, startPeer } from './process.js'

export interface KeptCalls {
  readonly role: 'UAS' | 'UAC'
  readonly calls: number
  /** Heap and off-heap bytes per call. */
  readonly bytes: number
}

/** Those that come first make room in tables and caches. */
const FIRST = 1000
const CALLS = 10_000
/** ms: short, since transactions are gone only 64*T1 after their answer. */
const T1 = 100

export async function* measureCalls(): AsyncGenerator<KeptCalls> {
  yield { role: 'UAS', calls: CALLS, bytes: await keptByCallee() }
  yield { role: 'UAC', calls: CALLS, bytes: await keptByCaller() }
}

async function keptByCallee(): Promise<number> {
  const server = startPeer('server.js', '0', ['0', String(T1)], ['--expose-gc'])
  try {
    const port = await server.next('ready')
    return await kept(server, async limit => {
      const orders = { unit: 'held', port, window: 32, warmUp: 0, measured: 60_000, limit }
      return Number(field(await startPeer('load.js', '1', [JSON.stringify(orders)], []).next('drained'), 'done'))
    })
  } finally {
    await server.stop()
  }
}

async function keptByCaller(): Promise<number> {
  const callee = startPeer('callee.js', '1', ['{}'], [])
  const orders = { port: await callee.next('ready'), holds: true, T1, steps: [FIRST, CALLS] }
  const server = startPeer('caller.js', '0', [JSON.stringify(orders)], ['--expose-gc'])
  try {
    await server.next('ready')
    let before = 0
    return await kept(server, async () => {
      const done = Number(field(await server.ask('next'), 'done'))
      const more = done - before
      before = done
      return more
    })
  } finally {
    await server.stop()
    await callee.stop()
  }
}

/** `place` lets so many calls begin, and tells how many did. */
async function kept(server: Peer, place: (calls: number) => Promise<number>): Promise<number> {
  const memory: number[] = []
  for (const calls of [FIRST, CALLS]) {
    const done = await place(calls)
    if (done < calls) throw new EnvironmentProblem(`memory: ${done} of ${calls} calls were answered`)
    await sleep(70 * T1)
    memory.push(Number(await server.ask('memory')))
  }
  const census = await server.ask('census')
  const dialogs = Number(field(census, 'dialogs'))
  if (dialogs !== FIRST + CALLS) throw new EnvironmentProblem(`memory: ${dialogs} dialogs are left`)
  return ((memory[1] ?? 0) - (memory[0] ?? 0)) / CALLS
}
