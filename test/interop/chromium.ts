/** Headless Chromium with a profile of its own, which goes with it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGroup } from './program.js'

const quiet = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']

export interface Chromium {
  readonly errors: NodeJS.ReadableStream
  close(): Promise<void>
}

export function startChromium(url: string, options: readonly string[] = []): Chromium {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'))
  const args = [...quiet, `--user-data-dir=${profile}`, ...options, url]
  const env = { ...process.env, TMPDIR: profile }
  const child = spawn('chromium', args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env })
  const gone = once(child, 'exit')
  return {
    errors: child.stderr,
    async close() {
      if (child.pid !== undefined) await endGroup(child.pid)
      await gone
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
