/** A folder that applications are dropped into, watched for one test, with a stand-in for what they go into service in. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { Autodeploy } from '../../apps/servlet/autodeploy.js'
import type { AppDescriptor, DeployOptions, Undeploy } from '../../apps/servlet/servlet.js'

/** Texts by path. */
export type Files = Readonly<Record<string, string>>

export const chat: Files = {
  'app.ts': `import { defineApp } from "sipwright/servlet"
import { Chat } from "./servlets/chat.ts"
export default defineApp({ name: 'chat', servlets: { chat: Chat } })
`,
  'servlets/chat.ts': `import type { Nothing } from "./nothing.ts"
export class Chat {
  readonly version: number = 1
}
`,
}

export function xml(className: string): string {
  return `<sip-app>
<servlet><servlet-name>s</servlet-name>
<servlet-class>${className}</servlet-class></servlet>
</sip-app>`
}

export function archive(files: Files): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])))
}

/** What is in service, in the way of a ServletContainer. */
class Container {
  readonly steps: string[] = []
  readonly running: Map<string, AppDescriptor> = new Map()
  drained: Promise<void> = Promise.resolve()

  async deploy(app: AppDescriptor, { replace = false }: DeployOptions): Promise<Undeploy> {
    if (app.servlets[0]?.class.name === 'Broken') throw new Error('it does not start')
    if (this.running.has(app.name) && !replace) throw new TypeError(`there is an application ${app.name}`)
    this.running.set(app.name, app)
    this.steps.push(`+${app.name}`)
    return async () => {
      if (this.running.get(app.name) === app) {
        this.steps.push(`-${app.name}`)
        this.running.delete(app.name)
      }
      await this.drained
    }
  }

  /** Of the first servlet of an application. */
  version(name: string): unknown {
    const made = this.running.get(name)?.servlets[0]
    return made && Reflect.get(new made.class(), 'version')
  }
}

export class DropFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'autodeploy-'))
  readonly container: Container = new Container()
  readonly log: string[] = []
  autodeploy: Autodeploy | undefined

  /** Has it watched. */
  /** `quiet`: ms without a change until an application counts as copied. */
  async start(quiet = 60): Promise<void> {
    this.autodeploy = await Autodeploy.start({
      folder: this.path,
      target: this.container,
      log: ({ text }) => this.log.push(text),
      poll: 100,
      quiet,
    })
  }

  async remove(): Promise<void> {
    await this.autodeploy?.close()
    rmSync(this.path, { recursive: true, force: true })
  }

  /** An archive under that name, or files in a folder of that name. */
  drop(name: string, content: Files | Uint8Array): void {
    if (content instanceof Uint8Array) return writeFileSync(join(this.path, name), content)
    for (const [path, text] of Object.entries(content)) {
      const file = join(this.path, name, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }

  async until(what: () => boolean): Promise<void> {
    const end = performance.now() + 60_000
    while (!what()) {
      if (performance.now() > end) throw new Error(`in vain: ${what} ${this.container.steps} ${this.log.join('\n')}`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  has(name: string): boolean {
    return readdirSync(this.path).includes(name)
  }

  /** Why it is not in service. */
  reason(name: string): string {
    return readFileSync(join(this.path, `${name}.failed`), 'utf8').trimEnd()
  }

  failed(name: string): Promise<void> {
    return this.until(() => this.has(`${name}.failed`) && this.reason(name) !== '')
  }

  deployed(name: string): Promise<void> {
    return this.until(() => this.has(`${name}.deployed`))
  }
}
