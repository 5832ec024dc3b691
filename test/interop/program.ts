/** Other people's SIP programs, run as child processes: found on the PATH, bounded in time, their output kept. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { accessSync, constants } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Ended {
  /** The exit code; null when the program had to be killed at its deadline. */
  readonly code: number | null
  /** What it wrote, both streams, in order. */
  readonly output: string
}

export function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => isExecutable(join(folder, program)))
}

/** A program that runs. */
export class Running {
  /** Resolves at its end, rejects when it could not be started. */
  readonly ended: Promise<Ended>
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  #output = ''

  /** It is killed after `deadline` ms. `TERM` is set because SIPp refuses to start without. */
  constructor(program: string, args: readonly string[], deadline: number) {
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: deadline,
      killSignal: 'SIGKILL',
      env: { ...process.env, TERM: process.env['TERM'] ?? 'xterm' },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString('latin1')
      })
    }
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', code => resolve({ code, output: this.#output }))
    })
  }

  /** Waits until it is in what it has written; resolves with what that is, also when it ends without. */
  async written(pattern: RegExp): Promise<string> {
    const end = this.ended.then(() => true)
    while (!pattern.test(this.#output)) if (await Promise.race([end, sleep(20, false)])) break
    return this.#output
  }

  /** Asks it to end, as Ctrl-C and the like do. */
  stop(): Promise<Ended> {
    this.#child.kill('SIGTERM')
    return this.ended
  }
}

/** Ends a process and its helpers, which outlive it for a moment and write into its folder as long as they live. */
export async function endGroup(leader: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      process.kill(-leader, 'SIGKILL')
    } catch {
      return
    }
    await sleep(50)
  }
}

/** Runs a program to its end, or kills it after `deadline` ms. */
export function run(program: string, args: readonly string[], deadline: number): Promise<Ended> {
  return new Running(program, args, deadline).ended
}

/**
 * A port on 127.0.0.1 that nobody holds over UDP or TCP. It is none that systems give to outgoing connections (32768 and up on
 * Linux), so that none of those takes it before the program that it is for.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + 2 * Math.floor(Math.random() * 6000)
    if (!(await isHeld(port)) && (await isFreeOverTcp(port))) return port
  }
}

/**
 * Waits, for a minute at most, until somebody holds this port over a transport. To try to bind it would keep the one who is
 * waited for from it.
 */
export async function untilHeld(port: number, transport: 'udp' | 'tcp' = 'udp'): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (await isBound(port, transport)) return
    await sleep(50)
  }
  throw new Error(`nobody came to port ${port} over ${transport}`)
}

/** As Linux lists its sockets: `N: ADDRESS:PORT PEER:PORT STATE`, in hex; 0A is a listener. Elsewhere it has to be tried. */
async function isBound(port: number, transport: 'udp' | 'tcp'): Promise<boolean> {
  const tables = [transport, `${transport}6`].map(name => readFile(`/proc/net/${name}`, 'latin1').catch(() => ''))
  const lines = (await Promise.all(tables)).join('').split('\n')
  if (lines.length === 1) return transport === 'udp' ? isHeld(port) : !(await isFreeOverTcp(port))
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return lines.some(line => {
    const [, own = '', , state] = line.trim().split(/\s+/)
    return own.endsWith(wanted) && (transport === 'udp' || state === '0A')
  })
}

function isHeld(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(true))
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(false)))
  })
}

function isFreeOverTcp(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
