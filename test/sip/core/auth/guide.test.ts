/** The program of docs/guide-authenticate.md, run as it is printed. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))
const guide = readFileSync(join(root, 'docs', 'guide-authenticate.md'), 'utf8')

describe('the guide to authentication', () => {
  it('has a program that prints what it says', async () => {
    const [, program = '', printed = ''] = /^```js\n([\s\S]*?)^```$[\s\S]*?^```\n([\s\S]*?)^```$/m.exec(guide) ?? []
    // Inside the package, so that it is found by its name.
    const folder = mkdtempSync(join(root, 'dist', 'guide-'))
    try {
      const file = join(folder, 'authenticate.mjs')
      writeFileSync(file, program)
      const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
      let text = ''
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      const [code] = await once(child, 'close')
      expect(text).to.equal(printed)
      expect(code).to.equal(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
