/** One measurement: a fresh server, the load generator against it, and what a unit of work cost the server. */
import { EnvironmentProblem, field, type Peer, readStolenTime, startPeer } from './process.js'

export type Unit = 'echo' | 'options' | 'call' | 'placed'

/** Times in ms. */
export interface Regime {
  readonly name: string
  readonly warmUp: number
  readonly measured: number
}

export interface Cost {
  readonly unit: Unit
  readonly regime: string
  /** CPU of the server, all threads, in microseconds per unit. */
  readonly cost: number
  readonly perSecond: number
  /** How busy the server was: a cost counts as that of saturation only near 1 (per thread). */
  readonly busy: number
  readonly loadBusy: number
  /** Processor time that a hypervisor withheld, in cores: where it is not near 0, so is the noise not. */
  readonly stolen: number
  readonly failed: number
  readonly retransmissions: number
}

export interface Kept {
  readonly transactions: number
  /** Heap and off-heap bytes per completed transaction. */
  readonly bytes: number
}

interface Mark {
  readonly at: number
  readonly cpu: number
  readonly done: number
  readonly failed: number
  readonly retransmissions: number
}

const windows: Readonly<Record<Unit, number>> = { echo: 64, options: 64, call: 32, placed: 32 }
const keptAfter = 5000
const keptCount = 50_000
/** Timer J, in ms: completed transactions older than this are gone and would not be counted. */
const timerJ = 32_000

export async function measureCost(unit: Unit, regime: Regime, threads: number): Promise<Cost> {
  const { server, load } = await (unit === 'placed'
    ? startPlacing(regime, threads)
    : startServing(unit, regime, threads))
  try {
    const begin = readMark(await load.next('begin'))
    const cpuBefore = await server.cpu()
    const stolenBefore = readStolenTime()
    const end = readMark(await load.next('end'))
    const cpu = (await server.cpu()) - cpuBefore
    const stolen = readStolenTime() - stolenBefore
    const failed = unit === 'placed' ? Number(field(await server.ask('stop'), 'failed')) : end.failed - begin.failed
    if (unit !== 'placed') await load.next('drained')
    const done = end.done - begin.done
    const time = end.at - begin.at
    if (done === 0) throw new EnvironmentProblem(`${unit}: the server completed nothing in ${regime.measured} ms`)
    return {
      unit,
      regime: regime.name,
      cost: cpu / done,
      perSecond: (done / time) * 1000,
      busy: cpu / (time * 1000),
      loadBusy: (end.cpu - begin.cpu) / (time * 1000),
      stolen: stolen / time,
      failed,
      retransmissions: end.retransmissions - begin.retransmissions,
    }
  } finally {
    await server.stop()
    await load.stop()
  }
}

interface Pair {
  readonly server: Peer
  readonly load: Peer
}

async function startServing(unit: Exclude<Unit, 'placed'>, regime: Regime, threads: number): Promise<Pair> {
  const server = startServer(unit, threads)
  const port = await server.next('ready')
  return { server, load: startLoad({ unit, port, window: windows[unit], ...regime, limit: 1e8 }) }
}

/** The server calls. */
async function startPlacing(regime: Regime, threads: number): Promise<Pair> {
  const load = startPeer('callee.js', '1', [JSON.stringify(regime)], [])
  const port = await load.next('ready')
  const server = startPeer(
    'caller.js',
    '0',
    [JSON.stringify({ port, window: windows.placed, threads })],
    ['--expose-gc'],
  )
  return { server, load }
}

/** Memory after garbage collection, before and after a counted number of OPTIONS that all still wait for Timer J. */
export async function measureKept(): Promise<Kept> {
  const server = startServer('options', 0)
  try {
    const port = await server.next('ready')
    await complete(port, keptAfter)
    const before = Number(await server.ask('memory'))
    const started = performance.now()
    await complete(port, keptCount)
    const bytes = Number(await server.ask('memory')) - before
    if (performance.now() - started > timerJ) {
      throw new EnvironmentProblem(`memory: ${keptCount} OPTIONS took longer than Timer J`)
    }
    return { transactions: keptCount, bytes: bytes / keptCount }
  } finally {
    await server.stop()
  }
}

async function complete(port: unknown, limit: number): Promise<void> {
  const load = startLoad({ unit: 'options', port, window: windows.options, warmUp: 0, measured: 60_000, limit })
  const { done } = readMark(await load.next('drained'))
  if (done < limit) throw new EnvironmentProblem(`memory: ${done} of ${limit} OPTIONS completed`)
}

function startServer(unit: Unit, threads: number): Peer {
  return unit === 'echo'
    ? startPeer('echo.js', '0', [], [])
    : startPeer('server.js', '0', [String(threads)], ['--expose-gc'])
}

function startLoad(orders: object): Peer {
  return startPeer('load.js', '1', [JSON.stringify(orders)], [])
}

function readMark(value: unknown): Mark {
  const number = (name: string): number => Number(field(value, name))
  return {
    at: number('at'),
    cpu: number('cpu'),
    done: number('done'),
    failed: number('failed'),
    retransmissions: number('retransmissions'),
  }
}
