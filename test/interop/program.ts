/** Other people's SIP programs, run as child processes: found on the PATH, bounded in time, their output kept. */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
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

/** Runs a program to its end, or kills it after `deadline` ms. `TERM` is set because SIPp refuses to start without. */
export function run(program: string, args: readonly string[], deadline: number): Promise<Ended> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadline,
    killSignal: 'SIGKILL',
    env: { ...process.env, TERM: process.env['TERM'] ?? 'xterm' },
  })
  let output = ''
  const keep = (chunk: Buffer): void => {
    output += chunk.toString('latin1')
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code, output }))
  })
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

/** Waits, for 5 s at most, until somebody has bound this UDP port of 127.0.0.1. */
export async function untilHeld(port: number): Promise<void> {
  for (let tries = 0; tries < 100 && !(await isHeld(port)); tries++) await sleep(50)
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
