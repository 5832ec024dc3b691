/**
 * Two servers that call each other at a steady rate: calls in and out of both. None may fail, the heap after the first tenth
 * and after all is to be the same, and nothing may be left in the tables when all transactions are gone.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { field, type Peer, startPeer } from './process.js'

export interface Soak {
  /** Each way. */
  readonly calls: number
  readonly failed: number
  /** Bytes after collection, of both servers. */
  readonly heaps: readonly { readonly first: number; readonly last: number }[]
  /** What is left in the tables that should be empty, as `0 dialogs: 3`. */
  readonly left: readonly string[]
}

/** Calls per second, each way. */
export const SOAK_RATE = 500
/** ms that the tables get to be empty. */
const PATIENCE = 120_000

export async function soak(calls: number, rate: number, say: (line: string) => void): Promise<Soak> {
  const first = Math.ceil(calls / 10)
  const orders = JSON.stringify({ steps: [first, calls - first], rate })
  const servers = ['0', '1'].map(core => startPeer('caller.js', core, [orders], ['--expose-gc']))
  try {
    const ports = await Promise.all(servers.map(server => server.next('ready')))
    servers.forEach((server, at) => {
      server.child.send({ port: ports[1 - at] })
    })
    const heaps: (readonly number[])[] = []
    let failed = 0
    let left: readonly string[] = []
    for (const many of [first, calls - first]) {
      const counts = await Promise.all(servers.map(server => server.ask('next')))
      failed = counts.reduce<number>((sum, each) => sum + Number(field(each, 'failed')), 0)
      const reasons = await Promise.all(servers.map(server => server.ask('reasons')))
      if (failed > 0) say(`failures: ${reasons.join('; ')}`)
      left = await emptied(servers)
      heaps.push(await Promise.all(servers.map(async server => Number(await server.ask('heap')))))
      const sizes = heaps.at(-1)?.map(heap => `${(heap / 2 ** 20).toFixed(1)} MiB`)
      say(
        `${many} calls each way, ${failed} failed; heaps ${sizes?.join(' and ')}; left: ${left.join(', ') || 'nothing'}`,
      )
    }
    const [before = [], after = []] = heaps
    return { calls, failed, heaps: before.map((heap, at) => ({ first: heap, last: after[at] ?? 0 })), left }
  } finally {
    await Promise.all(servers.map(server => server.stop()))
  }
}

/** Waits until the tables are empty; what is still in them after a while is told. */
async function emptied(servers: readonly Peer[]): Promise<readonly string[]> {
  const until = performance.now() + PATIENCE
  for (;;) {
    const left: string[] = []
    for (const [at, server] of servers.entries()) {
      const census = await server.ask('census')
      const tables = typeof census === 'object' && census !== null ? Object.entries(census) : []
      for (const [name, size] of tables) if (Number(size) > 0) left.push(`${at} ${name}: ${size}`)
    }
    if (left.length === 0 || performance.now() > until) return left
    await sleep(1000)
  }
}
