/** Kamailio with a configuration of ours, on a free port of 127.0.0.1 over UDP and TCP; it keeps all in memory. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGroup, freePort, untilHeld } from './program.js'
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
    detached: true,
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString('latin1')
  })
  const gone = once(child, 'exit')
  const stop = async (): Promise<void> => {
    if (child.pid !== undefined) await endGroup(child.pid)
    await gone
    await rm(folder, { recursive: true, force: true })
  }
  try {
    for (const transport of ['udp', 'tcp'] as const) await untilHeld(port, transport)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    port,
    log: () => log,
    stop,
  }
}
