/** A page in headless Chromium: its scripts are packages from npm, and what it finds out it posts back. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChromium } from './chromium.js'
import { isInstalled, run } from './program.js'

export const isBrowserInstalled: boolean = isInstalled('chromium')

/** Puts a package into a folder of its own, which is no dependency of ours; undefined when it cannot be had. */
export async function installed(name: string, version: string): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'browser-'))
  writeFileSync(join(folder, 'package.json'), '{}')
  const options = ['--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts']
  const { code } = await run('npm', ['install', ...options, `${name}@${version}`], 60_000)
  if (code === 0) return folder
  rmSync(folder, { recursive: true })
  return undefined
}

/** Packages of CommonJS as one script that defines `load(name)`. */
export function scriptOf(folder: string, name: string): string {
  const modules: Record<string, { readonly code: string; readonly needs: Readonly<Record<string, string>> }> = {}
  const take = (path: string): string => {
    if (modules[path] !== undefined) return path
    const text = readFileSync(path, 'utf8')
    const code = path.endsWith('.json') ? `module.exports = ${text}` : text
    const needs: Record<string, string> = {}
    modules[path] = { code, needs }
    if (path.endsWith('.json')) return path
    const require = createRequire(path)
    for (const [, wanted = ''] of text.matchAll(/require\(['"]([^'"]+)['"]\)/g)) {
      needs[wanted] = take(
        require.resolve(wanted === 'debug' ? 'debug/src/browser.js' : `${wanted}${wanted === 'events' ? '/' : ''}`),
      )
    }
    return path
  }
  const first = take(createRequire(join(folder, 'package.json')).resolve(name))
  const entries = Object.entries(modules).map(
    ([path, { code, needs }]) =>
      `${JSON.stringify(path)}: [${JSON.stringify(needs)}, function (require, module, exports) {\n${code}\n}]`,
  )
  return `const modules = {${entries.join(',\n')}}
const loaded = {}
function take(path) {
  if (loaded[path]) return loaded[path].exports
  const [needs, code] = modules[path]
  const module = (loaded[path] = { exports: {} })
  code(name => take(needs[name]), module, module.exports)
  return module.exports
}
const load = () => take(${JSON.stringify(first)})`
}

/** Opens a page with these scripts and resolves with what it posts, or with an empty text after `deadline` ms. */
export async function posted(scripts: readonly string[], deadline: number): Promise<string> {
  const page = scripts.map(script => `<script>${script.replaceAll('</script', '<\\/script')}</script>`).join('\n')
  let post: (text: string) => void = () => undefined
  const result = new Promise<string>(resolve => {
    post = resolve
  })
  const server = createServer((request, response) => {
    if (request.method !== 'POST') return response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page)
    let text = ''
    request.on('data', data => {
      text += String(data)
    })
    request.on('end', () => post(text))
    return response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const chromium = startChromium(`http://127.0.0.1:${port}/`)
  chromium.errors.resume()
  const timer = setTimeout(() => post(''), deadline)
  try {
    return await result
  } finally {
    clearTimeout(timer)
    server.closeAllConnections()
    server.close()
    await chromium.close()
  }
}
