/** An application that is deployed again and again while requests come: none is lost, and nothing of old versions is left. */

import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { SystemClock } from '../../apps/actor/actor.js'
import { AppCache } from '../../apps/servlet/app-cache.js'
import { DeployedEntry } from '../../apps/servlet/deployed-entry.js'
import { defineApp, ServletContainer, SipServlet } from '../../apps/servlet/servlet.js'
import { SipStack } from '../../apps/sip/sip.js'
import { passing } from '../scenario/passing.js'
import { empty, running } from './container.js'

/** Notes what is made of it, and keeps 100 kB, so that what is kept shows. */
const source = `import { defineApp, SipServlet, type SipServletRequest } from "sipwright/servlet"
class Big extends SipServlet {
  readonly big: Uint8Array = new Uint8Array(100_000)
  constructor() {
    super()
    Reflect.get(globalThis, 'made').push(new WeakRef(this))
  }
  override doMessage(request: SipServletRequest): void {
    request.createResponse(200).send()
  }
}
export default defineApp({ name: 'big', servlets: { big: Big } })
`

describe('redeploying', function () {
  this.timeout(60_000)
  const made: WeakRef<object>[] = []
  let folder: string
  let stack: SipStack
  let container: ServletContainer
  let cache: AppCache

  before(async () => {
    Reflect.set(globalThis, 'made', made)
    folder = mkdtempSync(join(tmpdir(), 'redeploy-'))
    stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], log: () => undefined })
    container = new ServletContainer(stack, { log: () => undefined })
    cache = await AppCache.open()
  })

  after(async () => {
    await container.close()
    await cache.close()
    await stack.close()
    rmSync(folder, { recursive: true })
    Reflect.deleteProperty(globalThis, 'made')
  })

  /** Bytes of heap that are in use. */
  async function heap(): Promise<number> {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    for (let times = 0; times < 3; times++) {
      collect()
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    return process.memoryUsage().heapUsed
  }

  it('a hundred times under load loses no request, and keeps nothing of the old versions', async () => {
    const clock = new SystemClock()
    const shared = { folder, target: container, cache, clock, log: () => undefined, grace: 200 }
    const path = join(folder, 'big')
    cpSync(join(import.meta.dirname, '../../../apps/echo-chat'), path, { recursive: true })
    writeFileSync(join(path, 'app.ts'), source)
    const entry = new DeployedEntry('big', path, shared)
    await entry.update()

    let isOver = false
    const statuses = new Map<string, number>()
    const load = async (): Promise<void> => {
      while (!isOver) {
        const outcome = await stack.request('MESSAGE', `sip:x@${stack.listening[0]?.slice(4)}`)
        const status = outcome.kind === 'answered' ? String(outcome.response.status) : outcome.kind
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        await new Promise(resolve => setTimeout(resolve, 2))
      }
    }
    const loads = [load(), load()]
    let early = 0
    for (let times = 1; times <= 100; times++) {
      writeFileSync(join(path, 'app.ts'), source + '\n'.repeat(times % 2))
      await entry.update()
      if (times === 20) early = await heap()
    }
    isOver = true
    await Promise.all(loads)
    await new Promise(resolve => setTimeout(resolve, 400))

    expect([...statuses.keys()]).to.deep.equal(['200'])
    expect(statuses.get('200')).to.be.greaterThan(100)
    expect(made.length).to.equal(101)
    const late = await heap()
    expect(made.filter(servlet => servlet.deref() !== undefined).length).to.be.at.most(2)
    expect(late - early).to.be.below(4_000_000)
    await entry.remove(0)
    expect(container.census()).to.deep.equal({ applications: 0, ...empty })
  })

  it('does not wait for the last calls of an old version when all ends', async () => {
    const from = performance.now()
    const other = new ServletContainer(stack, { log: () => undefined, priority: 1 })
    const cachedApp = await cache.place('other', new Map([['app.ts', Buffer.from(source)]]), undefined)
    const app = await cachedApp.load()
    await other.deploy(app)
    const call = stack.request('REGISTER', `sip:x@${stack.listening[0]?.slice(4)}`)
    await other.deploy(app, { replace: true, grace: 30_000 })
    await call
    await other.close()
    expect(performance.now() - from).to.be.below(10_000)
    expect(other.census()).to.include({ applications: 0, applicationSessions: 0 })
  })

  it('refuses a servlet whose init() does not end, and keeps what was', () =>
    passing(async stage => {
      const { container, peer, alice } = await running(stage, SipServlet)
      class Stuck extends SipServlet {
        override init(): Promise<void> {
          return new Promise(() => undefined)
        }
      }
      const app = defineApp({ name: 'app', servlets: { stuck: { class: Stuck, loadOnStartup: 1 } } })
      let why = ''
      container.deploy(app, { replace: true }).catch((error: unknown) => {
        why = String(error)
      })
      await stage.pause(10_001)
      expect(why).to.equal('TypeError: the init() of the servlet stuck has not ended after 10000 ms')
      alice.send('MESSAGE', { to: peer })
      await alice.expect(501)
    }))
})
