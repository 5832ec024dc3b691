/** The programs of the guides that say what they print, run as they are printed. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const root = fileURLToPath(new URL('../../', import.meta.url))
const guides = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'))

describe('the guides', () => {
  // Inside the package, so that it is found by its name.
  const folder = mkdtempSync(join(root, 'dist', 'guides-'))

  after(() => rmSync(folder, { recursive: true }))

  it('are many', () => {
    expect(guides).to.include.members(['guide-answer.md', 'guide-authenticate.md'])
  })

  for (const guide of guides) {
    const text = readFileSync(join(root, 'docs', guide), 'utf8')
    const programs = [...text.matchAll(/^```js\n([\s\S]*?)^```\n\nprints\n\n```\n([\s\S]*?)^```$/gm)]
    for (const [at, [, program = '', printed = '']] of programs.entries()) {
      it(`${guide} prints what it says${at === 0 ? '' : `, program ${at + 1}`}`, async () => {
        const file = join(folder, `${guide}-${at}.mjs`)
        writeFileSync(file, program)
        const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
        let said = ''
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
          said += chunk
        })
        const [code] = await once(child, 'close')
        expect(said).to.equal(printed)
        expect(code).to.equal(0)
      })
    }
  }
})
