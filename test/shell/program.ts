/** The command as a user starts it: a process of its own. */

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export const script: string = fileURLToPath(new URL('../../../shell/sipwright', import.meta.url))

/** Runs it to its end, with `input` on its standard input. */
export async function sipwright(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const program = new Program(args, env)
  program.type(input)
  program.end()
  return program.ended
}

export class Program {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  #out = ''
  #err = ''

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(process.execPath, [script, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text
    })
    this.ended = once(this.#child, 'close').then(([code]) => ({ code, out: this.#out, err: this.#err }))
  }

  /** The first match in what it has printed so far, or prints from now on. Rejects when it ends before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#out)
      if (match !== null) return match
      const end = await Promise.race([once(this.#child.stdout, 'data').then(() => undefined), this.ended])
      if (end !== undefined)
        throw new Error(`ended with ${end.code} before it printed ${pattern}:\n${end.out}${end.err}`)
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  type(text: string): void {
    this.#child.stdin.write(text)
  }

  end(): void {
    this.#child.stdin.end()
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }
}

/** `serve` on free ports, and where it can be reached over UDP. */
export async function serve(
  ...args: readonly string[]
): Promise<{ readonly program: Program; readonly place: string }> {
  const program = new Program(['serve', '--listen', 'udp:127.0.0.1:0', '--listen', 'tcp:127.0.0.1:0', ...args])
  const [, place = ''] = await program.printed(/udp:(127\.0\.0\.1:\d+).*Ctrl-C/s)
  return { program, place }
}
