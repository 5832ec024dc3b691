import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { strToU8, zipSync } from 'fflate'
import { type Clock, SystemClock } from '../../apps/actor/actor.js'
import { type AppLimits, readAppFiles } from '../../apps/servlet/app-files.js'
import { Autodeploy } from '../../apps/servlet/autodeploy.js'
import type { AppDescriptor, DeployOptions, Undeploy } from '../../apps/servlet/servlet.js'
import { toUri } from '../../apps/sip/sip.js'

type Files = Readonly<Record<string, string>>

const chat: Files = {
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

function xml(className: string): string {
  return `<sip-app>
<servlet><servlet-name>s</servlet-name>
<servlet-class>${className}</servlet-class></servlet>
</sip-app>`
}

/** An archive of three entries that are stored, and are the same 600 octets, though the others declare none. */
function sharing(): Buffer {
  const [none, some] = [new Uint8Array(), new Uint8Array(600)]
  const octets = Buffer.from(zipSync({ a: some, b: none, c: none }, { level: 0 }))
  const central = Buffer.from('PK\x01\x02', 'latin1')
  for (let at = octets.indexOf(central); at >= 0; at = octets.indexOf(central, at + 1)) {
    if (octets.readUInt32LE(at + 24) > 0) continue
    octets.writeUInt32LE(600, at + 20)
    octets.writeUInt32LE(0, at + 42)
  }
  return octets
}

/** What is in service, in the way of a ServletContainer. */
class Container {
  readonly steps: string[] = []
  readonly running = new Map<string, AppDescriptor>()
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

describe('autodeploy', function () {
  this.timeout(20_000)
  let folder = ''
  let container = new Container()
  let log: string[] = []
  let autodeploy: Autodeploy | undefined

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'autodeploy-'))
    container = new Container()
    log = []
  })

  afterEach(async () => {
    await autodeploy?.close()
    autodeploy = undefined
    rmSync(folder, { recursive: true, force: true })
  })

  async function start(): Promise<void> {
    autodeploy = await Autodeploy.start({
      folder,
      target: container,
      log: ({ text }) => log.push(text),
      poll: 100,
      quiet: 60,
    })
  }

  function drop(name: string, files: Files): void {
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder, name, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }

  function archive(files: Files): Uint8Array {
    return zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])))
  }

  async function until(what: () => boolean): Promise<void> {
    const end = performance.now() + 5000
    while (!what()) {
      if (performance.now() > end) throw new Error(`in vain: ${what} ${container.steps} ${log.join('\n')}`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  const exists = (name: string): boolean => readdirSync(folder).includes(name)
  const reason = (name: string): string => readFileSync(join(folder, `${name}.failed`), 'utf8').trimEnd()
  const failed = (name: string): Promise<void> => until(() => exists(`${name}.failed`) && reason(name) !== '')
  const deployed = (name: string): Promise<void> => until(() => exists(`${name}.deployed`))

  it('takes what is there already, in the order of names, and says so in marker files', async () => {
    drop('b', {
      'app.js': 'export { default } from "./a.js"',
      'a.js': chat['app.ts']?.replaceAll('chat', 'b') ?? '',
      'servlets/b.ts': 'export class Chat {}',
    })
    drop('a', chat)
    writeFileSync(join(folder, 'README.txt'), 'nothing')
    await start()
    expect(container.steps).to.deep.equal(['+chat', '+b'])
    expect(readdirSync(folder).sort()).to.deep.equal(['README.txt', 'a', 'a.deployed', 'b', 'b.deployed'])
    expect(autodeploy?.deployed).to.deep.equal(['a', 'b'])
  })

  it('deploys a folder that is dropped, TypeScript as it is', async () => {
    await start()
    drop('chat', chat)
    await deployed('chat')
    expect(container.version('chat')).to.equal(1)
  })

  it('undeploys what is removed', async () => {
    drop('chat', chat)
    await start()
    rmSync(join(folder, 'chat'), { recursive: true })
    await until(() => !exists('chat.deployed'))
    expect(container.steps).to.deep.equal(['+chat', '-chat'])
  })

  it('swaps what changes, and leaves all others alone', async () => {
    drop('chat', chat)
    drop('other', { 'sip.xml': xml('Other.ts#Other'), 'Other.ts': 'export class Other {}' })
    await start()
    drop('chat', { 'servlets/chat.ts': 'export class Chat { readonly version = 2 }' })
    await until(() => container.version('chat') === 2)
    expect(container.steps).to.deep.equal(['+chat', '+other', '+chat'])
  })

  it('does not let last calls of what goes delay what comes', async () => {
    drop('chat', chat)
    await start()
    let drained = (): void => undefined
    container.drained = new Promise(resolve => {
      drained = resolve
    })
    rmSync(join(folder, 'chat'), { recursive: true })
    await until(() => !exists('chat.deployed'))
    drop('chat', chat)
    await deployed('chat')
    expect(container.steps).to.deep.equal(['+chat', '-chat', '+chat'])
    drained()
  })

  it('undeploys the old name when an application changes its name', async () => {
    drop('chat', chat)
    await start()
    drop('chat', { 'app.ts': chat['app.ts']?.replace('"chat"', '"talk"').replace("'chat'", "'talk'") ?? '' })
    await until(() => container.running.has('talk') && !container.running.has('chat'))
  })

  it('takes no second application of a name', async () => {
    drop('chat', chat)
    drop('copy', chat)
    await start()
    expect(reason('copy')).to.equal('copy: TypeError: there is an application chat')
    expect(container.steps).to.deep.equal(['+chat'])
  })

  it('does nothing when only times change', async () => {
    drop('chat', chat)
    await start()
    drop('chat', chat)
    await new Promise(resolve => setTimeout(resolve, 400))
    expect(container.steps).to.deep.equal(['+chat'])
  })

  it('keeps the old version when the new one cannot be loaded, and takes the next that can', async () => {
    drop('chat', chat)
    await start()
    drop('chat', { 'servlets/chat.ts': '\n\nexport class Chat {' })
    await failed('chat')
    expect(reason('chat')).to.match(/^chat\/servlets\/chat\.ts:3: /)
    expect(container.version('chat')).to.equal(1)
    drop('chat', { 'servlets/chat.ts': 'export class Chat { readonly version = 3 }' })
    await until(() => container.version('chat') === 3)
    await until(() => !exists('chat.failed'))
  })

  it('keeps the old version when the new one does not start', async () => {
    drop('chat', chat)
    await start()
    const broken = 'class Broken {}\nexport { Broken as Chat }'
    drop('chat', { 'servlets/chat.ts': broken })
    await failed('chat')
    expect(reason('chat')).to.equal('chat: Error: it does not start')
    expect(container.steps).to.deep.equal(['+chat'])
    expect(container.version('chat')).to.equal(1)
    expect(exists('chat.deployed')).to.equal(true)
  })

  it('waits for a folder that is still being copied', async () => {
    await start()
    drop('chat', { 'servlets/chat.ts': chat['servlets/chat.ts'] ?? '' })
    for (let part = 0; part < 5; part++) {
      await new Promise(resolve => setTimeout(resolve, 40))
      drop('chat', { [`notes/${part}.txt`]: 'x' })
    }
    drop('chat', chat)
    await deployed('chat')
    expect(log.filter(line => line.startsWith('not deployed'))).to.deep.equal([])
  })

  it('deploys an archive, with the layout of the specification', async () => {
    await start()
    const files = {
      'WEB-INF/sip.xml': xml('com.example.Echo'),
      'WEB-INF/classes/com/example/Echo.ts': 'export default class { readonly version: number = 7 }',
    }
    writeFileSync(join(folder, 'echo.sar'), archive(files))
    await deployed('echo.sar')
    expect(container.version('echo')).to.equal(7)
  })

  it('gives up on modules that do not come to an end of loading', async () => {
    drop('x', { 'app.ts': 'await new Promise(() => undefined)' })
    const system = new SystemClock()
    // Ten seconds in a tenth of one.
    const clock: Clock = {
      now: () => system.now() * 100,
      start: (after, due) => system.start(after / 100, due),
      stop: handle => system.stop(handle),
      soon: task => system.soon(task),
    }
    autodeploy = await Autodeploy.start({ folder, target: container, log: () => undefined, clock, poll: 10_000 })
    expect(reason('x')).to.equal('x: its modules do not come to an end of loading: given up after 10000 ms')
  })

  it('knows what an application has thrown where nobody waits for it', async () => {
    await start()
    const ofSocket = Object.assign(new Error(), { stack: 'Error: at connect (node:net:1:1)' })
    expect(autodeploy?.hasThrown('a text')).to.equal(true)
    expect(autodeploy?.hasThrown(ofSocket)).to.equal(true)
    try {
      toUri('of our own')
    } catch (error) {
      expect(autodeploy?.hasThrown(error)).to.equal(false)
      return
    }
    throw new Error('that is no URI')
  })

  it('takes the same sources again once what they lacked is there', async () => {
    const app = chat['app.ts'] ?? ''
    drop('chat', { ...chat, 'app.ts': `import "greeting"\n${app}` })
    await start()
    expect(reason('chat')).to.match(/Cannot find package 'greeting'/)
    drop('chat', {
      'node_modules/greeting/package.json': '{"name":"greeting","exports":"./greeting.js"}',
      'node_modules/greeting/greeting.js': '',
      'app.ts': `import "greeting"\n${app}`,
    })
    await deployed('chat')
  })

  it('refuses more than it is told to take, in folders as in archives', async () => {
    const files: Files = { 'app.js': 'x'.repeat(60), 'b.js': 'x'.repeat(60) }
    drop('x', files)
    writeFileSync(join(folder, 'x.sar'), archive(files))
    const refusal = async (name: string, limits: AppLimits): Promise<string> => {
      try {
        await readAppFiles(join(folder, name), name, limits)
      } catch (error) {
        return String(error)
      }
      return ''
    }
    const whole = { size: 1000, files: 2 }
    expect([await refusal('x', whole), await refusal('x.sar', whole)]).to.deep.equal(['', ''])
    expect(await refusal('x', { size: 100, files: 2 })).to.equal('DeploymentError: x: more than 100 bytes')
    expect(await refusal('x', { size: 1000, files: 1 })).to.equal('DeploymentError: x: more than 1 files')
    expect(await refusal('x.sar', { size: 100, files: 2 })).to.match(/^DeploymentError: x\.sar: more than 100 bytes/)
    expect(await refusal('x.sar', { size: 1000, files: 1 })).to.equal('DeploymentError: x.sar: more than 1 files')
    writeFileSync(join(folder, 'shared.sar'), sharing())
    expect(await refusal('shared.sar', { size: 1500, files: 9 })).to.match(/unpacks to more than 1500 bytes/)
  })

  it('takes links to folders elsewhere', async () => {
    drop('.elsewhere', chat)
    await start()
    symlinkSync(join(folder, '.elsewhere'), join(folder, 'chat'))
    await deployed('chat')
  })

  it('gives an application its own packages, but never another sipwright', async () => {
    drop('chat', {
      ...chat,
      'node_modules/greeting/package.json': '{"name":"greeting","type":"module","exports":"./greeting.js"}',
      'node_modules/greeting/greeting.js': 'export const version = 9',
      'node_modules/sipwright/package.json': '{"name":"sipwright","exports":"./no.js"}',
      'servlets/chat.ts': `import { version } from "greeting"\nexport class Chat { readonly version = version }`,
    })
    await start()
    expect(container.version('chat')).to.equal(9)
  })

  it('leaves nothing behind when it is closed', async () => {
    drop('chat', chat)
    await start()
    await autodeploy?.close()
    expect(container.running.size).to.equal(0)
    expect(readdirSync(folder)).to.deep.equal(['chat'])
  })

  it('keeps no copies of what cannot be deployed', async () => {
    const copies = mkdtempSync(join(tmpdir(), 'copies-'))
    const { TMPDIR } = process.env
    process.env['TMPDIR'] = copies
    try {
      drop('fine', chat)
      drop('syntax', { 'app.ts': 'oh no' })
      drop('import', { 'app.ts': "import './nothing.ts'" })
      drop('start', {
        ...chat,
        'servlets/chat.ts': 'export class Chat {}; Object.defineProperty(Chat, "name", { value: "Broken" })',
      })
      await start()
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = TMPDIR
    }
    expect(['syntax', 'import', 'start'].filter(name => exists(`${name}.failed`)).length).to.equal(3)
    const [cache = ''] = readdirSync(copies)
    expect(readdirSync(join(copies, cache)).map(name => name.replace(/-.*/, ''))).to.deep.equal(['fine'])
    await autodeploy?.close()
    rmSync(copies, { recursive: true })
  })

  it('removes what an earlier process said', async () => {
    drop('', { 'gone.deployed': 'application gone', 'gone.failed': 'why' })
    await start()
    expect(readdirSync(folder)).to.deep.equal([])
  })

  it('keeps all in service when the folder itself cannot be seen', async () => {
    drop('chat', chat)
    await start()
    cpSync(folder, `${folder}-away`, { recursive: true })
    rmSync(folder, { recursive: true })
    await until(() => log.some(line => line.includes('cannot be read')))
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(container.steps).to.deep.equal(['+chat'])
    rmSync(`${folder}-away`, { recursive: true })
  })

  const broken: readonly (readonly [what: string, name: string, content: Files | Uint8Array, why: string | RegExp])[] =
    [
      ['has no descriptor', 'x', { 'readme.txt': '' }, 'x: there is no WEB-INF/sip.xml, sip.xml, app.ts or app.js'],
      [
        'exports something else',
        'x',
        { 'app.ts': 'export default 3' },
        'x/app.ts: its default export is no application: export default defineApp({ … })',
      ],
      [
        'throws when it is loaded',
        'x',
        { 'app.ts': '\nimport "./b.js"', 'b.ts': '\n\nconst x: number = 1\nthrow new RangeError("no " + x)' },
        'x/b.ts:4: RangeError: no 1',
      ],
      [
        'imports what there is not',
        'x',
        { 'app.ts': 'import "./none.ts"' },
        /^x: Error: Cannot find module 'x\/none\.js' imported from x\/app\.js$/,
      ],
      [
        'imports a package that there is not',
        'x',
        { 'app.ts': 'import "left-pad"' },
        /^x: Error: Cannot find package 'left-pad' imported from x\/app\.js$/,
      ],
      [
        'imports a name that is not exported',
        'x',
        { 'app.ts': '\nimport { a } from "./b.ts"\na()', 'b.ts': '' },
        /^x\/app\.ts:2: SyntaxError: .*does not provide an export named 'a'/,
      ],
      [
        'is more than types',
        'x',
        { 'app.ts': '\nenum A { B }' },
        'x/app.ts:2: TypeScript enum is not supported in strip-only mode',
      ],
      [
        'has a servlet that there is not',
        'x',
        { 'sip.xml': xml('com.example.Echo') },
        'x/sip.xml:3: there is no module for com.example.Echo',
      ],
      [
        'has a servlet that is not exported',
        'x',
        { 'sip.xml': xml('echo.ts#Echo'), 'echo.ts': 'export class Ech {}' },
        'x/sip.xml:3: echo.ts exports no class Echo',
      ],
      [
        'has a wrong sip.xml',
        'x',
        { 'sip.xml': '<sip-app>\n<wrong/>\n</sip-app>' },
        'x/sip.xml:2: unknown element wrong in sip-app',
      ],
      [
        'reaches outside its archive',
        'x.sar',
        zipSync({ '../../evil.ts': strToU8('x') }),
        'x.sar: "../../evil.ts" is a path outside the archive',
      ],
      [
        'reaches to the root',
        'x.sar',
        zipSync({ '/etc/evil.ts': strToU8('x') }),
        'x.sar: "/etc/evil.ts" is a path outside the archive',
      ],
      [
        'reaches out as on Windows',
        'x.sar',
        zipSync({ 'a\\..\\..\\b': strToU8('x') }),
        'x.sar: "a\\\\..\\\\..\\\\b" is a path outside the archive',
      ],
      [
        'is a bomb',
        'x.sar',
        zipSync({ 'a.txt': new Uint8Array(70 * 1024 * 1024) }),
        'x.sar: unpacks to more than 67108864 bytes',
      ],
      [
        'is half an archive',
        'x.sar',
        zipSync({ 'app.js': strToU8('export default 1'.repeat(100)) }).subarray(0, 80),
        'x.sar: not a whole zip archive',
      ],
      ['is no archive', 'x.sar', strToU8('hello'), 'x.sar: not a whole zip archive'],
    ]
  for (const [what, name, content, why] of broken) {
    it(`says why it does not take an application that ${what}, and serves the others`, async () => {
      drop('chat', chat)
      if (content instanceof Uint8Array) writeFileSync(join(folder, name), content)
      else drop(name, content)
      await start()
      if (typeof why === 'string') expect(reason(name)).to.equal(why)
      else expect(reason(name)).to.match(why)
      expect(exists(`${name}.deployed`)).to.equal(false)
      expect(container.steps).to.deep.equal(['+chat'])
    })
  }
})
