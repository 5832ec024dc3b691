/**
 * `npm run bench -- [options call placed memory kernel listeners] [--short] [--sustained] [--threads N] [--json]`
 * `npm run bench -- soak [--calls N] [--rate N]`
 *
 * The server's CPU per unit of work and its ratio to a raw dgram echo measured in the same run and regime, before and
 * after: on shared machines only the ratio means anything. `short` (the default) is 3 s of warm-up and 6 s measured; `sustained` is 45 s
 * and 15 s, when the tables are full of completed transactions that wait for Timer J. `memory` is what each OPTIONS
 * keeps, and each call that stands; `kernel` are the actor kernel's micro-benchmarks; `listeners` are OPTIONS over UDP, TCP, TLS and WebSocket,
 * each against an echo of its own kind. Nothing here fails for being slow: exit code 0, or 3 where
 * the machine does not let us measure. Budgets stand beside the numbers. `soak`, by itself, fails when a call fails or something is left.
 */
import { parseArgs } from 'node:util'
import { type KeptCalls, measureCalls } from './dialogs.js'
import { type ListenerCost, listenerKinds, measureListener } from './listeners.js'
import { EnvironmentProblem, field, pinning, startPeer } from './process.js'
import { SOAK_RATE, soak } from './soak.js'
import { type Cost, type Kept, measureCost, measureKept, type Regime, type Unit } from './traffic.js'

const short: Regime = { name: 'short', warmUp: 3000, measured: 6000 }
const sustained: Regime = { name: 'sustained', warmUp: 45_000, measured: 15_000 }
const names = ['options', 'call', 'placed', 'memory', 'kernel', 'listeners', 'soak']

/** Ratios to the echo that we want to stay under, on one thread. */
const budgets: Readonly<Record<string, number>> = {
  'options short': 3,
  'options sustained': 4.5,
  'call short': 9,
  'placed short': 9,
}
const keptBudget = 1024
const keptCallBudget = 4096
const listenerBudget = 3
/** Bytes by which a heap may differ from itself without cause: code that was compiled meanwhile, buffers of the trace. */
const heapSlack = 2 ** 20

/** In the order in which `kernel.ts` reports them. */
const kernelNames = ['send and deliver', 'an actor', 'across threads, batched']

interface KernelCost {
  readonly what: string
  readonly cost: number
  readonly unit: string
  readonly budget: number
  readonly runs: number
}

interface Line {
  readonly what: string
  readonly value: string
  readonly budget: string
  readonly remarks: string
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      sustained: { type: 'boolean', default: false },
      threads: { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
      calls: { type: 'string', default: '100000' },
      rate: { type: 'string', default: String(SOAK_RATE) },
    },
  })
  const unknown = positionals.find(name => !names.includes(name))
  if (unknown !== undefined) throw new TypeError(`no bench named '${unknown}'; there are ${names.join(', ')}`)
  const wanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name)
  if (positionals.includes('soak')) return soaked(Number(values.calls), Number(values.rate))
  const regimes = [...(values.short || !values.sustained ? [short] : []), ...(values.sustained ? [sustained] : [])]
  const units = (['options', 'call', 'placed'] as const).filter(wanted)
  const say = values.json ? () => {} : show

  say(`Node ${process.versions.node}, ${pinning}, threads: ${values.threads}`)
  const costs: Cost[] = []
  for (const regime of units.length > 0 ? regimes : []) {
    const measured = await measureRegime(regime, units, Number(values.threads))
    costs.push(...measured)
    for (const cost of measured) say(costLine(cost, floorOf(measured)))
  }
  const kept = wanted('memory') ? await measureKept() : undefined
  if (kept) say(keptLine(kept))
  const keptCalls: KeptCalls[] = []
  for await (const each of wanted('memory') ? measureCalls() : []) {
    keptCalls.push(each)
    say(keptCallsLine(each))
  }
  const kernel: KernelCost[] = []
  for await (const cost of wanted('kernel') ? measureKernel() : []) {
    kernel.push(cost)
    say(kernelLine(cost))
  }
  const listeners: ListenerCost[] = []
  for (const kind of wanted('listeners') ? listenerKinds : []) {
    const cost = await measureListener(kind)
    listeners.push(cost)
    say(listenerLine(cost))
  }
  if (values.json)
    process.stdout.write(
      `${JSON.stringify({ node: process.versions.node, costs, kept, keptCalls, kernel, listeners })}\n`,
    )
}

/** Fails, unlike the rest, when a call does, or something is left. */
async function soaked(calls: number, rate: number): Promise<void> {
  const { failed, heaps, left } = await soak(calls, rate, show)
  const isFlat = heaps.every(({ first, last }) => last < 1.1 * first + heapSlack)
  show(isFlat ? 'the heaps are as they were' : 'a heap has grown')
  if (failed > 0 || left.length > 0 || !isFlat) process.exitCode = 1
}

/** The echo before and after the units: how far the two are apart is how much the machine changed meanwhile. */
async function measureRegime(regime: Regime, units: readonly Unit[], threads: number): Promise<Cost[]> {
  const costs: Cost[] = []
  for (const unit of ['echo', ...units, 'echo'] as const) costs.push(await measureCost(unit, regime, threads))
  return costs
}

function floorOf(costs: readonly Cost[]): number {
  const echoes = costs.filter(cost => cost.unit === 'echo')
  return echoes.reduce((sum, { cost }) => sum + cost, 0) / echoes.length
}

function costLine(cost: Cost, floor: number): Line {
  const budget = budgets[`${cost.unit} ${cost.regime}`]
  const remarks = [
    `${Math.round(cost.perSecond)}/s, server ${percent(cost.busy)} busy, load ${percent(cost.loadBusy)}`,
    cost.retransmissions + cost.failed > 0 ? `${cost.retransmissions} sent again, ${cost.failed} failed` : '',
    cost.stolen > 0.05 ? `${cost.stolen.toFixed(1)} cores stolen: noisy` : '',
  ]
  return {
    what: `${unitNames[cost.unit]}, ${cost.regime}`,
    value: `${cost.cost.toFixed(1)} µs${cost.unit === 'echo' ? '' : ` = ${(cost.cost / floor).toFixed(2)} × echo`}`,
    budget: budget === undefined ? '' : `${budget} ×`,
    remarks: remarks.filter(remark => remark !== '').join(', '),
  }
}

const unitNames: Readonly<Record<Unit, string>> = {
  echo: 'dgram echo',
  options: 'OPTIONS',
  call: 'call as UAS',
  placed: 'call as UAC',
}

function keptLine(kept: Kept): Line {
  return {
    what: 'kept per OPTIONS',
    value: `${Math.round(kept.bytes)} B`,
    budget: `${keptBudget} B`,
    remarks: `heap and off-heap after collection, ${kept.transactions} completed`,
  }
}

function keptCallsLine({ role, calls, bytes }: KeptCalls): Line {
  return {
    what: `kept per call as ${role}`,
    value: `${Math.round(bytes)} B`,
    budget: `${keptCallBudget} B`,
    remarks: `heap and off-heap after collection, ${calls} calls that stand`,
  }
}

async function* measureKernel(): AsyncGenerator<KernelCost> {
  const peer = startPeer('kernel.js', '0,1', [], ['--expose-gc'])
  for (const what of kernelNames) {
    const value = await peer.next(what)
    const number = (name: string): number => Number(field(value, name))
    yield {
      what,
      cost: number('cost'),
      unit: String(field(value, 'unit')),
      budget: number('budget'),
      runs: number('runs'),
    }
  }
  await peer.stop()
}

function listenerLine({ kind, cost, floor, perSecond }: ListenerCost): Line {
  return {
    what: `OPTIONS, ${kind}`,
    value: `${cost.toFixed(1)} µs = ${(cost / floor).toFixed(2)} × echo`,
    budget: `${listenerBudget} ×`,
    remarks: `${Math.round(perSecond)}/s, its echo ${floor.toFixed(1)} µs`,
  }
}

function kernelLine({ what, cost, unit, budget, runs }: KernelCost): Line {
  const digits = unit === 'B' ? 0 : 3
  return {
    what,
    value: `${cost.toFixed(digits)} ${unit}`,
    budget: `${budget} ${unit}`,
    remarks: `median of ${runs} runs`,
  }
}

function show(line: Line | string): void {
  const text =
    typeof line === 'string'
      ? line
      : `${line.what.padEnd(24)} ${line.value.padStart(26)}  ${(line.budget && `budget ${line.budget}`).padEnd(16)} ${line.remarks}`
  process.stdout.write(`${text}\n`)
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(error instanceof EnvironmentProblem ? 3 : 1)
})
