/** Dropped applications that cannot be taken into service: why that is said to be, and what goes on. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { strToU8, zipSync } from 'fflate'
import { type Clock, SystemClock } from '../../apps/actor/actor.js'
import { Autodeploy } from '../../apps/servlet/autodeploy.js'
import { chat, DropFolder, type Files, xml } from './drop-folder.js'

describe('autodeploy of what is not in order', () => {
  let folder: DropFolder

  beforeEach(() => {
    folder = new DropFolder()
  })

  afterEach(() => folder.remove())

  it('takes no second application of a name', async () => {
    folder.drop('chat', chat)
    folder.drop('copy', chat)
    await folder.start()
    expect(folder.reason('copy')).to.equal('copy: TypeError: there is an application chat')
    expect(folder.container.steps).to.deep.equal(['+chat'])
  })

  it('keeps the old version when the new one cannot be loaded, and takes the next that can', async () => {
    folder.drop('chat', chat)
    await folder.start()
    folder.drop('chat', { 'servlets/chat.ts': '\n\nexport class Chat {' })
    await folder.failed('chat')
    expect(folder.reason('chat')).to.match(/^chat\/servlets\/chat\.ts:3: /)
    expect(folder.container.version('chat')).to.equal(1)
    folder.drop('chat', { 'servlets/chat.ts': 'export class Chat { readonly version = 3 }' })
    await folder.until(() => folder.container.version('chat') === 3)
    await folder.until(() => !folder.has('chat.failed'))
  })

  it('keeps the old version when the new one does not start', async () => {
    folder.drop('chat', chat)
    await folder.start()
    const broken = 'class Broken {}\nexport { Broken as Chat }'
    folder.drop('chat', { 'servlets/chat.ts': broken })
    await folder.failed('chat')
    expect(folder.reason('chat')).to.equal('chat: Error: it does not start')
    expect(folder.container.steps).to.deep.equal(['+chat'])
    expect(folder.container.version('chat')).to.equal(1)
    expect(folder.has('chat.deployed')).to.equal(true)
  })

  it('gives up on modules that do not come to an end of loading', async () => {
    folder.drop('x', { 'app.ts': 'await new Promise(() => undefined)' })
    const system = new SystemClock()
    // Ten seconds in a tenth of one.
    const clock: Clock = {
      now: () => system.now() * 100,
      start: (after, due) => system.start(after / 100, due),
      stop: handle => system.stop(handle),
      soon: task => system.soon(task),
    }
    folder.autodeploy = await Autodeploy.start({
      folder: folder.path,
      target: folder.container,
      log: () => undefined,
      clock,
      poll: 10_000,
    })
    expect(folder.reason('x')).to.equal('x: its modules do not come to an end of loading: given up after 10000 ms')
  })

  it('takes the same sources again once what they lacked is there', async () => {
    const app = chat['app.ts'] ?? ''
    folder.drop('chat', { ...chat, 'app.ts': `import "greeting"\n${app}` })
    await folder.start()
    expect(folder.reason('chat')).to.match(/Cannot find package 'greeting'/)
    folder.drop('chat', {
      'node_modules/greeting/package.json': '{"name":"greeting","exports":"./greeting.js"}',
      'node_modules/greeting/greeting.js': '',
      'app.ts': `import "greeting"\n${app}`,
    })
    await folder.deployed('chat')
  })

  it('keeps no copies of what cannot be deployed', async () => {
    const copies = mkdtempSync(join(tmpdir(), 'copies-'))
    const { TMPDIR } = process.env
    process.env['TMPDIR'] = copies
    try {
      folder.drop('fine', chat)
      folder.drop('syntax', { 'app.ts': 'oh no' })
      folder.drop('import', { 'app.ts': "import './nothing.ts'" })
      folder.drop('start', {
        ...chat,
        'servlets/chat.ts': 'export class Chat {}; Object.defineProperty(Chat, "name", { value: "Broken" })',
      })
      await folder.start()
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = TMPDIR
    }
    expect(['syntax', 'import', 'start'].filter(name => folder.has(`${name}.failed`)).length).to.equal(3)
    const [cache = ''] = readdirSync(copies)
    expect(readdirSync(join(copies, cache)).map(name => name.replace(/-.*/, ''))).to.deep.equal(['fine'])
    await folder.autodeploy?.close()
    rmSync(copies, { recursive: true })
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
      folder.drop('chat', chat)
      folder.drop(name, content)
      await folder.start()
      if (typeof why === 'string') expect(folder.reason(name)).to.equal(why)
      else expect(folder.reason(name)).to.match(why)
      expect(folder.has(`${name}.deployed`)).to.equal(false)
      expect(folder.container.steps).to.deep.equal(['+chat'])
    })
  }
})
