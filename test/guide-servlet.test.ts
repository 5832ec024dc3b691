/** The guide to servlets, step by step as it is written: files are saved, commands typed, and what they print is compared. */

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { type Program, serve } from './shell/program.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const guide = readFileSync(join(root, 'docs/guide-servlet.md'), 'utf8')

interface Step {
  readonly command: string
  readonly printed: string
}

/** What is typed in the guide after the server has been started, with what it prints. */
const steps: readonly Step[] = [...guide.matchAll(/^```console\n([\s\S]*?)^```$/gm)]
  .flatMap(([, block = '']) => block.split(/^\$ /m).slice(1))
  .map(text => ({ command: text.split('\n', 1)[0] ?? '', printed: text.slice(text.indexOf('\n') + 1) }))

const [, saved = '', program = ''] = /^Save this as `([^`]+)`:\n\n```ts\n([\s\S]*?)^```$/m.exec(guide) ?? []

describe('the guide to servlets', function () {
  this.timeout(60_000)
  let server: Program
  let place: string
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'guide-'))
    mkdirSync(join(folder, 'node_modules'))
    mkdirSync(join(folder, 'autodeploy'))
    symlinkSync(root, join(folder, 'node_modules', 'sipwright'))
    ;({ program: server, place } = await serve('--autodeploy', join(folder, 'autodeploy'), '--web', '0'))
  })

  after(async () => {
    server.signal('SIGKILL')
    await server.ended
    rmSync(folder, { recursive: true })
  })

  /** Both outputs of a command as it would be typed. */
  function typed(command: string): Promise<string> {
    const sipwright = `'${process.execPath}' '${join(root, 'shell/sipwright')}'`
    const real = command.replaceAll('npx sipwright', sipwright).replaceAll('127.0.0.1:5060', place)
    return new Promise(resolve => {
      execFile('sh', ['-c', `${real} 2>&1`], { cwd: folder }, (_error, out) =>
        resolve(out.replaceAll(place, '127.0.0.1:5060')),
      )
    })
  }

  it('begins with a server that watches a folder', () => {
    const [first, second] = steps.map(({ command }) => command)
    expect([first, second]).to.deep.equal([
      'mkdir autodeploy',
      'npx sipwright serve --autodeploy autodeploy --web 8080',
    ])
    expect(steps.length).to.be.greaterThan(10)
    mkdirSync(join(folder, saved, '..'))
    writeFileSync(join(folder, saved), program)
  })

  for (const { command, printed } of steps.slice(2)) {
    it(`says what comes of: ${command}`, async () => {
      // What changes a folder is heard of within 2 s.
      const end = performance.now() + 5000
      let out = await typed(command)
      while (out !== printed && performance.now() < end) out = await typed(command)
      expect(out).to.equal(printed)
    })
  }
})
