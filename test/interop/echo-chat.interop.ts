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

/** ms from a change of the folder to its effect. */
const SOON = 2000

const echoChat = fileURLToPath(new URL('../../../apps/echo-chat', import.meta.url))

describe('the echo chat, dropped into a running server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'autodeploy-'))
  let server: Program
  let place: string
  let web: string

  before(async () => {
    ;({ program: server, place } = await serve('--autodeploy', folder, '--web', '0'))
    ;[web = ''] = await server.printed(/http:\S+/)
  })
  after(async () => {
    server?.signal('SIGTERM')
    await server?.ended
    rmSync(folder, { recursive: true, force: true })
  })

  /** Says something until the answer is this one; ms from the begin of this until it was said for the last time in vain. */
  async function until(answer: RegExp): Promise<number> {
    const from = performance.now()
    for (let last = 0; ; ) {
      const now = performance.now() - from
      const { out } = await sipwright(['message', `sip:anyone@${place}`, 'hello'])
      if (answer.test(out)) return last
      expect(out).to.match(/40[34] \w+/)
      last = now
    }
  }

  /** ms for which a change of the folder had no effect; up to three times, as a machine is not always busy with something else. */
  async function lagOf(change: () => void, answer: RegExp, back: () => void, before: RegExp): Promise<number> {
    let took = Number.POSITIVE_INFINITY
    for (let tries = 0; tries < 3 && took > SOON; tries++) {
      if (tries > 0) {
        back()
        await until(before)
      }
      change()
      took = await until(answer)
    }
    return took
  }

  const drop = (): void => cpSync(echoChat, join(folder, 'echo-chat'), { recursive: true })
  const remove = (): void => rmSync(join(folder, 'echo-chat'), { recursive: true })
  const [serves, isGone] = [/403 Forbidden\n$/, /404 Not Found\n$/]

  it('serves within 2 s: 403 for who is not registered', async () => {
    expect(await lagOf(drop, serves, remove, isGone)).to.be.below(SOON)
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
    const page = async (): Promise<string> => (await fetch(`${web}echo-chat/`)).text()
    const options = { port: await freePort(), registrar: place, contact, commands }
    const { result, output } = await baresip(options, async phone => {
      await phone.written(/MESSAGE sip:bob-[\s\S]*hello from bob/)
      return page()
    })
    expect(result).to.match(/<li>sip:bob@127\.0\.0\.1:\d+ at sip:bob-\w+@127\.0\.0\.1:\d+<\/li>/)
    const [, back = ''] = /(MESSAGE sip:bob-[\s\S]*)/.exec(output) ?? []
    expect(back, output).to.include('hello from bob')
    // It signs off at its end.
    expect(await page()).to.not.include('<li>sip:bob@')
  })

  it('stops when its folder is removed', async () => {
    expect(await lagOf(remove, isGone, drop, serves)).to.be.below(SOON)
  })
})
