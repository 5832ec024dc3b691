/** Kamailio with a configuration of ours, on a free port of 127.0.0.1 over UDP and TCP; it keeps all in memory. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, untilHeld } from './program.js'
import { scenario } from './sipp.js'

export interface Kamailio {
  readonly port: number
  /** What it has logged. */
  log(): string
  stop(): Promise<void>
}

export async function kamailio(configuration: string): Promise<Kamailio> {
  const folder = await mkdtemp(join(tmpdir(), 'sipwright-kamailio-'))
  const port = await freePort()
  const listen = ['udp', 'tcp'].flatMap(transport => ['-l', `${transport}:127.0.0.1:${port}`])
  const memory = ['-m', '32', '-M', '4']
  const own = ['-f', scenario(configuration), '-DD', '-E', '-Y', folder, '-P', join(folder, 'pid'), ...memory]
  const child = spawn('kamailio', [...own, ...listen], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString('latin1')
  })
  await untilHeld(port)
  await sleep(500)
  return {
    port,
    log: () => log,
    stop: async () => {
      if (child.exitCode === null) {
        const gone = once(child, 'exit')
        child.kill('SIGTERM')
        await gone
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}
