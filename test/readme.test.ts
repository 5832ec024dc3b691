/** The programs of the README, run as they are printed. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const root = fileURLToPath(new URL('../../', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const programs = [...readme.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(match => match[1] ?? '')

describe('the README', () => {
  // Inside the package, so that it is found by its name.
  const folder = mkdtempSync(join(root, 'dist', 'readme-'))
  const children: ChildProcess[] = []

  after(() => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  function run(program: string, name: string): { child: ChildProcess; printed: () => string } {
    const file = join(folder, name)
    writeFileSync(file, program)
    let text = ''
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    children.push(child)
    return { child, printed: () => text }
  }

  it('has a program that answers and one that calls, and they understand each other', async () => {
    expect(programs.length).to.equal(2)
    const [answering = '', calling = ''] = programs
    const server = run(answering, 'answering.mjs')
    await once(server.child.stdout ?? server.child, 'data')
    expect(server.printed()).to.equal('dial sip:greeter@127.0.0.1:5070\n')
    const client = run(calling, 'calling.mjs')
    const [code] = await once(client.child, 'close')
    expect(client.printed()).to.equal('486 Having Lunch\n')
    expect(code).to.equal(0)
  })

  it('is short where it says so', () => {
    expect(programs[0]?.trim().split('\n').length).to.be.at.most(12)
  })

  it('names only scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    const named = [...readme.matchAll(/npm (?:run )?([a-z]+)\b/g)]
      .map(match => match[1] ?? '')
      .filter(name => name !== 'ci')
    expect(named.filter(name => scripts[name] === undefined)).to.deep.equal([])
  })

  it('gives a reason for every dependency', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>
      devDependencies: Record<string, string>
    }
    const packages = [...Object.keys(dependencies), ...Object.keys(devDependencies)].filter(
      name => !name.startsWith('@types/'),
    )
    const table = readme.slice(readme.indexOf('## Dependencies'))
    expect(packages.filter(name => !table.includes(`\`${name}\``))).to.deep.equal([])
  })
})
