import { expect } from 'chai'
import echoChat from '../../apps/echo-chat/app.js'
import type { RawPeer, StackPeer, Stage } from '../../apps/scenario/scenario.js'
import type { AppDescriptor } from '../../apps/servlet/servlet.js'
import { passing } from '../scenario/passing.js'
import { empty, type Running, running } from './container.js'

const text = { 'Content-Type': 'text/plain;charset=utf-8' }

async function serving(stage: Stage, app: AppDescriptor): Promise<Running> {
  const served = await running(stage, [])
  await served.container.deploy(app)
  return served
}

function register(alice: RawPeer, peer: StackPeer, expires: number, contact = alice.uri()): void {
  alice.send('REGISTER', { to: peer, headers: { Contact: contact, Expires: String(expires) } })
}

async function page({ container }: Running): Promise<string> {
  const request = { method: 'GET', path: '/', query: new URLSearchParams(), headers: {}, body: new Uint8Array() }
  return String((await container.http('echo-chat', request)).body)
}

describe('echo-chat', () => {
  it('echoes the messages of who is registered to where they are registered', () =>
    passing(async stage => {
      const served = await serving(stage, echoChat)
      const { alice, peer, log } = served
      register(alice, peer, 600)
      const [registered] = await alice.expect(200)
      expect(registered.get('Contact')?.toString()).to.equal(`<${alice.uri()}>;expires=600`)
      alice.send('MESSAGE', { to: peer, headers: text, body: 'gr\xc3\xbc\xc3\x9f dich' })
      await alice.expect(200)
      const [echo] = await alice.expect('MESSAGE')
      expect(String(echo.uri)).to.equal(alice.uri())
      expect(echo.body).to.equal('gr\xc3\xbc\xc3\x9f dich')
      expect(echo.raw('Content-Type')).to.deep.equal(['text/plain;charset=utf-8'])
      alice.send(200)
      await stage.pause(1)
      expect(log.at(-1)).to.match(/"grüß dich" was accepted: 200$/)
      expect(await page(served)).to.include(`at ${alice.uri()}</li>`)
    }))

  it('refuses the messages of others with 403', () =>
    passing(async stage => {
      const { alice, peer } = await serving(stage, echoChat)
      alice.send('MESSAGE', { to: peer, headers: text, body: 'hello' })
      await alice.expect(403)
      register(alice, peer, 600)
      await alice.expect(200)
      register(alice, peer, 0)
      await alice.expect(200)
      alice.send('MESSAGE', { to: peer, headers: text, body: 'hello' })
      await alice.expect(403)
    }))

  it('forgets who does not register again in time, and keeps who does', () =>
    passing(async stage => {
      const served = await serving(stage, echoChat)
      const { alice, peer, container } = served
      for (const expires of [60, 60, 120]) {
        register(alice, peer, expires)
        await alice.expect(200)
        await stage.pause(40_000)
      }
      expect(await page(served)).to.include('<li>')
      await stage.pause(90_000)
      expect(await page(served)).to.not.include('<li>')
      expect(container.census()).to.deep.equal({ applications: 1, ...empty })
    }))

  it('answers a call, and echoes inside of it', () =>
    passing(async stage => {
      const { alice, peer } = await serving(stage, echoChat)
      register(alice, peer, 600)
      await alice.expect(200)
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      alice.send('MESSAGE', { headers: text, body: 'inside' })
      await alice.expect(200)
      const [echo] = await alice.expect('MESSAGE')
      expect(echo.body).to.equal('inside')
      alice.send(200)
      alice.send('BYE')
      await alice.expect(200)
    }))

  it('shows names that are no names as what they are', () =>
    passing(async stage => {
      const served = await serving(stage, echoChat)
      register(served.alice, served.peer, 600, `<sip:x@10.0.0.1;a=%3Cscript%3E&"'>`.replaceAll(/["']/g, ''))
      await served.alice.expect(200)
      expect(await page(served))
        .to.include('a=%3Cscript%3E&#38;')
        .and.not.include('<script>')
    }))
})
