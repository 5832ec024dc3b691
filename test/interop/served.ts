/**
 * `sipwright serve` as a user starts it: a process of its own on a free port of 127.0.0.1, UDP and TCP. It prints a
 * census as one line of JSON when it gets SIGUSR2.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort } from './program.js'

export interface Served {
  readonly port: number
  census(): Promise<unknown>
  stop(): Promise<void>
}

/** The command that a user types. */
export const sipwright: string = fileURLToPath(new URL('../../../shell/sipwright', import.meta.url))

/** `more` are places to listen at besides. */
export async function serve(threads: number, apps: string, more: readonly string[] = []): Promise<Served> {
  const port = await freePort()
  const places = ['udp', 'tcp'].map(transport => `${transport}:127.0.0.1:${port}`)
  const listen = [...places, ...more].flatMap(place => ['--listen', place])
  const child = spawn(process.execPath, [sipwright, 'serve', ...listen, '--threads', String(threads), '--apps', apps], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await line(child, text => text.includes(`:${port}`))
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return {
    port,
    census: async () => {
      const answer = line(child, text => text.startsWith('{'))
      child.kill('SIGUSR2')
      return JSON.parse(await answer)
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const deadline = setTimeout(() => child.kill('SIGKILL'), 5000)
      await gone
      clearTimeout(deadline)
    },
  }
}

/** The next printed line that is the wanted one; rejects when the server ends or stays silent for a minute. */
function line(child: ChildProcess, isWanted: (text: string) => boolean): Promise<string> {
  let rest = ''
  let printed = ''
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      printed += chunk.toString()
      const found = lines.find(isWanted)
      if (found === undefined) return
      finish()
      resolve(found)
    }
    const refuse = (why: string): void => {
      finish()
      reject(new Error(`serve ${why}; it printed: ${printed}`))
    }
    const ended = (code: number | null): void => refuse(`ended with ${code}`)
    const deadline = setTimeout(() => refuse('was silent for a minute'), 60_000)
    const finish = (): void => {
      clearTimeout(deadline)
      child.stdout?.off('data', read)
      child.off('exit', ended)
      // Keeps reading, or the server would stall on a full pipe.
      child.stdout?.resume()
    }
    child.stdout?.on('data', read)
    child.once('exit', ended)
  })
}
