/** Others write to the echo chat of a server into whose folder it has been copied. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { type Program, serve, sipwright } from '../shell/program.js'
import { baresip } from './baresip.js'
import { freePort, isInstalled } from './program.js'
import { callWithSipp, scenario } from './sipp.js'

const echoChat = fileURLToPath(new URL('../../../apps/echo-chat', import.meta.url))

describe('the echo chat, dropped into a running server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'autodeploy-'))
  let server: Program
  let place: string
  let web: string

  before(async () => {
    ;({ program: server, place } = await serve('--autodeploy', folder, '--web', '0'))
    ;[web = ''] = await server.printed(/http:\S+/)
    cpSync(echoChat, join(folder, 'echo-chat'), { recursive: true })
    await new Promise(resolve => setTimeout(resolve, 2000))
  })
  after(async () => {
    server.signal('SIGTERM')
    await server.ended
    rmSync(folder, { recursive: true, force: true })
  })

  it('serves after 2 s: 403 for who is not registered', async () => {
    const { out } = await sipwright(['message', `sip:anyone@${place}`, 'hello'])
    expect(out).to.match(/403 Forbidden\n$/)
  })

  it('echoes while somebody is registered, and takes their calls (peer: sipp)', async function () {
    if (!isInstalled('sipp')) this.skip()
    const args = ['-sf', scenario('echo-chat.xml'), place, '-r', '20']
    const result = await callWithSipp({ args, calls: 100, within: 30 })
    expect(result, result.story).to.include({ successful: 100, failed: 0 })
  })

  it('echoes to a telephone, and lists it on its page (peer: baresip)', async function () {
    if (!isInstalled('baresip')) this.skip()
    const contact = `sip:chat@${place}`
    const commands = ['/message hello from bob']
    const running = baresip({ port: await freePort(), registrar: place, contact, commands, seconds: 4 })
    let page = ''
    for (let tries = 0; tries < 30 && !page.includes('<li>'); tries++) {
      await new Promise(resolve => setTimeout(resolve, 100))
      page = await (await fetch(`${web}echo-chat/`)).text()
    }
    const { output } = await running
    expect(page).to.match(/<li>sip:bob@127\.0\.0\.1:\d+ at sip:bob-\w+@127\.0\.0\.1:\d+<\/li>/)
    const [, back = ''] = /(MESSAGE sip:bob-[\s\S]*)/.exec(output) ?? []
    expect(back, output).to.include('hello from bob')
    // It signs off at its end.
    expect(await (await fetch(`${web}echo-chat/`)).text()).to.not.include('<li>')
  })

  it('stops when its folder is removed', async () => {
    rmSync(join(folder, 'echo-chat'), { recursive: true })
    await new Promise(resolve => setTimeout(resolve, 2000))
    const { out } = await sipwright(['message', `sip:anyone@${place}`, 'hello'])
    expect(out).to.match(/404 Not Found\n$/)
  })
})
