/** The command of a release: starts and stops its server in the background, and asks whether it lives. */

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { exitCodes } from './command.js'
import { didYouMean } from './did-you-mean.js'

/** ms for a server to listen, and for one to end. */
const PATIENCE = 15_000
const STEP = 50

const words = ['start', 'stop', 'restart', 'ping', 'console', 'attach']

/** `start` is a script of the release and its arguments; what follows the word on the command line is added to them. */
export async function control(name: string, start: string): Promise<number> {
  const [word = '', ...args] = process.argv.slice(2)
  const server = new Server(name, start)
  switch (word) {
    case 'start':
      return server.start(args)
    case 'stop':
      return server.stop()
    case 'restart':
      await server.stop()
      return server.start(args)
    case 'ping':
      return server.ping()
    case 'attach':
      return server.attach()
    case 'console':
      return server.console(args)
    default:
      console.error(`${name}: ${word === '' ? 'a word is missing' : `unknown word ${word}${didYouMean(word, words)}`}`)
      console.error(
        `Usage: bin/${name} ${words.join(' | ')}, with the options of sipwright serve behind start or console`,
      )
      return exitCodes.usage
  }
}

class Server {
  readonly #name: string
  readonly #root = fileURLToPath(new URL('../../', import.meta.url))
  readonly #script: readonly string[]
  readonly #log: string
  readonly #pidFile: string

  constructor(name: string, start: string) {
    const [script = '', ...args] = start.split(' ')
    this.#name = name
    this.#script = [join(this.#root, script), ...args]
    this.#log = join(this.#root, 'log', `${name}.log`)
    this.#pidFile = join(this.#root, 'log', `${name}.pid`)
  }

  /** Ends with 0 when it listens. */
  async start(args: readonly string[]): Promise<number> {
    if (this.#pid() !== undefined) return this.#say('is running already', exitCodes.negative)
    mkdirSync(join(this.#root, 'log'), { recursive: true })
    const log = openSync(this.#log, 'w')
    const child = spawn(process.execPath, [...this.#script, ...args], { detached: true, stdio: ['ignore', log, log] })
    child.unref()
    writeFileSync(this.#pidFile, `${child.pid} ${startOf(child.pid ?? 0)}\n`)
    for (let waited = 0; waited < PATIENCE; waited += STEP) {
      if (this.#listening() !== undefined) return this.#started()
      if (this.#pid() === undefined) break
      await sleep(STEP)
    }
    console.error(readFileSync(this.#log, 'utf8').trim())
    return this.#say(`did not start: ${this.#log} says why`, exitCodes.environment)
  }

  #started(): number {
    this.#say(`listens on ${this.#listening()}`, exitCodes.ok)
    console.log(`log/${this.#name}.log says what to dial; bin/${this.#name} attach opens a shell in it`)
    return exitCodes.ok
  }

  async stop(): Promise<number> {
    const pid = this.#pid()
    if (pid === undefined) return this.#say('is not running', exitCodes.negative)
    process.kill(pid, 'SIGTERM')
    for (let waited = 0; waited < PATIENCE; waited += STEP) {
      if (this.#pid() === undefined) return this.#say('has ended', exitCodes.ok)
      await sleep(STEP)
    }
    return this.#say(`does not end: its process is ${pid}`, exitCodes.negative)
  }

  /** Whether it answers by its control socket; whether it answers SIP, `sipwright ping` tells. */
  ping(): number {
    const pid = this.#pid()
    if (pid === undefined) return this.#say('is not running', exitCodes.negative)
    const { status } = this.#sipwright(['show', 'listeners', '--control', String(pid)], 'ignore')
    return status === exitCodes.ok ? this.#say('pong', exitCodes.ok) : this.#say('does not answer', exitCodes.negative)
  }

  /** The shell of the one that runs. */
  attach(): number {
    const pid = this.#pid()
    if (pid === undefined) return this.#say('is not running', exitCodes.negative)
    return this.#sipwright(['attach', String(pid)], 'inherit').status ?? exitCodes.negative
  }

  /** In the foreground, with a shell. */
  console(args: readonly string[]): number {
    if (this.#pid() !== undefined) return this.#say('is running already', exitCodes.negative)
    return spawnSync(process.execPath, [...this.#script, ...args], { stdio: 'inherit' }).status ?? exitCodes.negative
  }

  #sipwright(args: readonly string[], stdio: 'ignore' | 'inherit'): { readonly status: number | null } {
    const [script = ''] = this.#script
    return spawnSync(process.execPath, [script, ...args], {
      stdio,
      ...(stdio === 'ignore' ? { timeout: PATIENCE } : {}),
    })
  }

  /** Of the process, while it lives: a number that another one has got meanwhile is not taken for it. */
  #pid(): number | undefined {
    try {
      const [, number = '', start = ''] = /^(\d+) ?(.*)/.exec(readFileSync(this.#pidFile, 'utf8')) ?? []
      const pid = Number(number)
      // That of an empty file would be this whole group of processes.
      if (pid > 0) process.kill(pid, 0)
      const now = startOf(pid)
      if (pid > 0 && (start === now || start === '' || now === '')) return pid
    } catch {
      // There is no file, or no such process any more.
    }
    rmSync(this.#pidFile, { force: true })
    return undefined
  }

  #listening(): string | undefined {
    return /listens on (.*?);/.exec(readFileSync(this.#log, 'utf8'))?.[1]
  }

  #say(text: string, code: number): number {
    const line = text === 'pong' ? text : `${this.#name} ${text}`
    if (code === exitCodes.ok) console.log(line)
    else console.error(line)
    return code
  }
}

/** When a process began, in the way of this system; empty where that cannot be told. */
function startOf(pid: number): string {
  const stat = `/proc/${pid}/stat`
  // The name of the program, in brackets, may hold anything; the time is the 20th word behind it.
  if (existsSync(stat)) return readFileSync(stat, 'utf8').split(')').at(-1)?.trim().split(' ')[19] ?? ''
  return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? ''
}
