/** JsSIP in a browser over WebSocket: RFC 7118. */
import { rmSync } from 'node:fs'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { installed, isBrowserInstalled, posted, scriptOf } from './browser.js'
import { freePort } from './program.js'
import { type Served, serve } from './served.js'

const VERSION = '3.13.8'

/** What the page does: asks by OPTIONS and says something by MESSAGE, as one who has not registered. */
const conversation = (port: number): string => `
const JsSIP = load()
const found = []
const tell = () => fetch('/', { method: 'POST', body: JSON.stringify(found) })
window.onerror = message => { found.push(String(message)); tell() }
const ua = new JsSIP.UA({
  sockets: [new JsSIP.WebSocketInterface('ws://127.0.0.1:${port}')],
  uri: 'sip:alice@example.invalid', register: false,
})
const target = 'sip:bob@127.0.0.1:${port};transport=ws'
const handlers = (name, next) => ({
  succeeded: ({ response }) => { found.push(name + ' ' + response.status_code); next() },
  failed: ({ response, cause }) => { found.push(name + ' failed ' + (response ? response.status_code : cause)); next() },
})
ua.on('connected', () => {
  const say = () => ua.sendMessage(target, 'gr\\u00fc\\u00df dich', { eventHandlers: handlers('MESSAGE', tell) })
  ua.sendOptions(target, undefined, { eventHandlers: handlers('OPTIONS', say) })
})
ua.on('disconnected', ({ error }) => { if (error) { found.push('no connection'); tell() } })
ua.start()`

describe('a browser (peers: chromium, JsSIP) against serve', () => {
  let served: Served | undefined
  let folder: string | undefined
  let port = 0

  before(async function () {
    this.timeout(90_000)
    if (!isBrowserInstalled) this.skip()
    folder = await installed('jssip', VERSION)
    if (folder === undefined) this.skip()
    port = await freePort()
    served = await serve(0, 'uas', [`ws:127.0.0.1:${port}`])
  })
  after(async () => {
    await served?.stop()
    if (folder !== undefined) rmSync(folder, { recursive: true })
  })

  it('RFC 7118 §5 OPTIONS and MESSAGE of a user agent that is not registered are answered (JsSIP, chromium) [TRP-16]', async () => {
    const found = await posted([scriptOf(folder ?? '', 'jssip'), conversation(port)], 30_000)
    expect(found).to.equal('["OPTIONS 200","MESSAGE 200"]')
  }).timeout(60_000)
})
