/** The bench's child processes: started on a core of their own where `taskset` exists, asked over IPC, their CPU read. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Something that the machine lacks or refuses; the bench ends with exit code 3. */
export class EnvironmentProblem extends Error {}

export interface Peer {
  readonly child: ChildProcess
  /** CPU used so far by all threads, in microseconds. */
  cpu(): Promise<number>
  /** Puts a question; the answer is whatever the child's entry for that name returns. */
  ask(question: string): Promise<unknown>
  /** The next message of this kind from the child. */
  next(kind: string): Promise<unknown>
  stop(): Promise<void>
}

const patience = 15_000
const canPin = process.platform === 'linux' && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0
const ticksPerSecond = readTicksPerSecond()

export const pinning: string = canPin
  ? 'server on core 0, load generator on core 1'
  : 'not pinned to cores: no taskset, or fewer than two cores'

/** Starts a compiled script of this folder; `cores`, as `0` or `0,1`, count only where the machine lets us choose. */
export function startPeer(
  script: string,
  cores: string,
  args: readonly string[],
  nodeOptions: readonly string[],
): Peer {
  const command = [process.execPath, ...nodeOptions, fileURLToPath(new URL(script, import.meta.url)), ...args]
  const [program = '', ...rest] = canPin ? ['taskset', '-c', cores, ...command] : command
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const ask = (question: string): Promise<unknown> => {
    const answer = nextMessage(child, question)
    child.send({ ask: question })
    return answer
  }
  return {
    child,
    ask,
    next: kind => nextMessage(child, kind),
    cpu: async () => readProcessorTime(child.pid) ?? Number(await ask('cpu')),
    stop: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** Tells the parent something that it waits for. */
export function report(kind: string, value: unknown): void {
  process.send?.({ kind, value })
}

/** Answers the parent's questions; `cpu` is always known. A server ends with its parent. */
export function answerParent(answers: Readonly<Record<string, () => unknown>>): void {
  const known: Readonly<Record<string, () => unknown>> = { cpu: usedProcessorTime, ...answers }
  process.on('message', async (message: unknown) => {
    const question = String(field(message, 'ask'))
    report(question, await known[question]?.())
  })
  process.on('disconnect', () => process.exit(0))
}

/** A property of a value that came from outside, or undefined. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** How long, in ms and summed over all cores, a hypervisor gave this machine's time to others; 0 where it does not say. */
export function readStolenTime(): number {
  try {
    const fields = readFileSync('/proc/stat', 'latin1').split('\n')[0]?.trim().split(/ +/) ?? []
    return (Number(fields[8] ?? 0) * 1000) / ticksPerSecond
  } catch {
    return 0
  }
}

function nextMessage(child: ChildProcess, kind: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const give = (message: unknown): void => {
      if (field(message, 'kind') !== kind) return
      finish()
      resolve(field(message, 'value'))
    }
    const refuse = (why: string): void => {
      finish()
      reject(new EnvironmentProblem(why))
    }
    const ended = (): void => refuse(`${child.spawnargs.join(' ')} ended while the bench waited for '${kind}'`)
    const failed = (error: Error): void => refuse(error.message)
    const deadline = kind === 'ready' ? setTimeout(() => refuse(`no server after ${patience} ms`), patience) : undefined
    const finish = (): void => {
      clearTimeout(deadline)
      child.off('message', give).off('exit', ended).off('error', failed)
    }
    child.on('message', give).once('exit', ended).once('error', failed)
  })
}

function usedProcessorTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** user + system of all threads from `/proc`, which costs the measured process nothing; undefined where there is none. */
function readProcessorTime(pid: number | undefined): number | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticksPerSecond
}

function readTicksPerSecond(): number {
  try {
    return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'latin1' })) || 100
  } catch {
    return 100
  }
}
