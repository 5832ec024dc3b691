import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { SipStack } from '../../apps/sip/sip.js'
import { type Program, serve, sipwright } from './program.js'

/** ms. Two seconds are what is promised; here other tests have the processors as well. */
const SOON = 6000

const apps = fileURLToPath(new URL('../../../apps/', import.meta.url))

describe('sipwright serve --autodeploy', () => {
  let folder: string
  let server: Program
  let place: string
  let web: string
  let alice: SipStack

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'autodeploy-'))
    ;({ program: server, place } = await serve('--autodeploy', folder, '--web', '0'))
    ;[web = ''] = await server.printed(/http:\S+/)
    alice = await SipStack.start({ listen: ['udp:127.0.0.1:0'] })
  })

  after(async () => {
    await alice.close()
    server.signal('SIGKILL')
    await server.ended
    rmSync(folder, { recursive: true, force: true })
  })

  const contact = (): string => `sip:alice@${alice.listening[0]?.slice(4)}`

  async function ask(method: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const from = '"A" <sip:alice@example.com>'
    const options = method === 'MESSAGE' ? { headers: { 'Content-Type': 'text/plain' }, body: 'hello' } : { headers }
    const outcome = await alice.request(method, `sip:chat@${place}`, { from, ...options })
    return outcome.kind === 'answered' || outcome.kind === 'rejected' ? outcome.response.status : 0
  }

  /** Waits until it is so; ms from the begin of this until it was looked at for the last time in vain. */
  async function until(what: () => Promise<boolean>): Promise<number> {
    const from = performance.now()
    for (let last = 0; ; ) {
      const now = performance.now() - from
      if (await what()) return last
      if (now > 60_000) throw new Error('in vain')
      last = now
    }
  }

  it('serves echo-chat soon after it was copied', async () => {
    expect(await ask('MESSAGE')).to.equal(404)
    cpSync(join(apps, 'echo-chat'), join(folder, 'echo-chat'), { recursive: true })
    expect(await until(async () => (await ask('MESSAGE')) === 403)).to.be.below(SOON)
  })

  it('gives who is registered their echo, and lists them on a page', async () => {
    const echoes: string[] = []
    alice.register({
      name: 'alice',
      match: () => true,
      MESSAGE: message => {
        echoes.push(message.request.body)
        message.reply(200)
      },
    })
    expect(await ask('REGISTER', { Contact: `<${contact()}>`, Expires: '60' })).to.equal(200)
    expect(await ask('MESSAGE')).to.equal(200)
    await until(async () => echoes.length > 0 || (await new Promise(resolve => setTimeout(resolve, 10, false))))
    expect(echoes).to.deep.equal(['hello'])
    const page = await fetch(`${web}echo-chat/`)
    expect(page.status).to.equal(200)
    expect(await page.text()).to.include(`<li>sip:alice@example.com at ${contact()}</li>`)
    expect((await fetch(`${web}nobody/`)).status).to.equal(404)
  })

  it('goes on when an application throws where nobody waits for it', async () => {
    const bad = `setTimeout(() => { throw new Error('in a timer') }, 10)\nPromise.reject(new Error('alone'))\nexport default 1`
    cpSync(join(apps, 'call-echo'), join(folder, 'bad'), { recursive: true })
    writeFileSync(join(folder, 'bad', 'app.ts'), bad)
    await until(async () => existsSync(join(folder, 'bad.failed')))
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(await ask('MESSAGE')).to.equal(200)
    rmSync(join(folder, 'bad'), { recursive: true })
  })

  it('is silent soon after the removal', async () => {
    rmSync(join(folder, 'echo-chat'), { recursive: true })
    expect(await until(async () => (await ask('MESSAGE')) === 404)).to.be.below(SOON)
    expect((await fetch(`${web}echo-chat/`)).status).to.equal(404)
  })

  it('ends in good order, and takes its markers along', async () => {
    cpSync(join(apps, 'call-echo'), join(folder, 'call-echo'), { recursive: true })
    await until(async () => existsSync(join(folder, 'call-echo.deployed')))
    server.signal('SIGTERM')
    const { code, err } = await server.ended
    expect(code).to.equal(0)
    expect(err).to.include('call-echo: application call-echo is in service')
    expect(existsSync(join(folder, 'call-echo.deployed'))).to.equal(false)
  })

  it('has no threads, and says so', async () => {
    const { code, err } = await sipwright(['serve', '--autodeploy', folder, '--threads', '1'])
    expect(code).to.equal(2)
    expect(err).to.match(/^sipwright serve: --autodeploy needs --threads 0: [^\n]*\n$/)
  })

  it('says when the folder cannot be', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const missing = join(folder, 'misspelt')
    for (const [bad, why] of [
      [file, `--autodeploy: ${file} is no folder\n`],
      [missing, `--autodeploy: there is no folder ${missing}: make it, or mend its name\n`],
    ] as const) {
      const { code, err } = await sipwright(['serve', '--listen', 'udp:127.0.0.1:0', '--autodeploy', bad])
      expect(code).to.equal(3)
      expect(err)
        .to.match(/^sipwright serve: /)
        .and.to.include(why)
    }
    expect(existsSync(missing)).to.equal(false)
  })
})

describe('sipwright servlet deploy-check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-check-'))
  const xml = (name: string): string => `<sip-app>
<servlet><servlet-name>s</servlet-name><servlet-class>app.ts#${name}</servlet-class></servlet>
<servlet-mapping><servlet-name>s</servlet-name>
<pattern><or><exists><var>request.uri.tel</var></exists>
<equal><var>request.method</var><value>INFO</value></equal></or></pattern></servlet-mapping></sip-app>`

  before(() => {
    const app =
      'import { SipServlet } from "sipwright/servlet"\nexport class A extends SipServlet {}\nexport class B {}'
    writeFileSync(join(folder, 'app.ts'), app)
  })

  after(() => rmSync(folder, { recursive: true }))

  async function check(name: string, ...args: readonly string[]): ReturnType<typeof sipwright> {
    writeFileSync(join(folder, 'sip.xml'), xml(name))
    return sipwright(['servlet', 'deploy-check', folder, ...args])
  }

  it('says what would be deployed', async () => {
    const { code, out } = await check('A')
    expect(out).to.match(
      /^application deploy-check-\w+\n {2}s: A, for request.uri.tel exists or request.method equal "INFO"\n$/,
    )
    expect(code).to.equal(0)
  })

  it('says in which file and line it is wrong, and ends with 1', async () => {
    const { code, err } = await check('C')
    expect(err).to.match(/^sipwright servlet: deploy-check-\w+\/sip\.xml:2: app\.ts exports no class C\n$/)
    expect(code).to.equal(1)
  })

  it('says it as data', async () => {
    const { out } = await check('C', '--json')
    expect(JSON.parse(out)).to.include({ line: 2 })
    expect(JSON.parse((await check('A', '--json')).out).servlets).to.deep.include({
      name: 's',
      class: 'A',
      initParams: {},
    })
  })

  it('knows a class that is no servlet', async () => {
    const { code, err } = await check('B')
    expect(err).to.match(/: the class B of the servlet s does not extend SipServlet\n$/)
    expect(code).to.equal(1)
  })
})
