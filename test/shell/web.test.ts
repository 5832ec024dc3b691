import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { WebSocket } from 'ws'
import { SipStack } from '../../apps/sip/sip.js'
import { startWeb, type WebServer } from '../../shell/web/web-server.js'

interface Got {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

describe('the live page, metrics and health', () => {
  let stack: SipStack
  let web: WebServer

  before(async () => {
    stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], log: () => undefined })
    stack.register({ name: 'any"one', match: () => true, MESSAGE: message => message.reply(200) })
    web = await startWeb(stack, '0')
  })
  after(async () => {
    web.close()
    await stack.close()
  })

  async function get(path: string, { method = 'GET', host }: { method?: string; host?: string } = {}): Promise<Got> {
    const sent = httpRequest(new URL(path, web.url), { method, headers: host === undefined ? {} : { host } })
    sent.end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    let body = ''
    for await (const chunk of response) body += String(chunk)
    return { status: response.statusCode, headers: response.headers, body }
  }

  const ask = (callId: string): Promise<unknown> => {
    const to = `sip:anyone@${stack.listening[0]?.slice(4)}`
    return stack.request('MESSAGE', to, { headers: { Subject: callId } })
  }

  it('is one page that asks nobody else for anything', async () => {
    const page = await get('/')
    expect(page.status).to.equal(200)
    expect(page.headers['content-security-policy']).to.include("default-src 'self'")
    expect(page.body)
      .to.include('<h1>sipwright</h1>')
      .and.not.match(/https?:/)
    const script = await get('/page.js')
    expect(script.headers['content-type']).to.include('text/javascript')
    expect(script.body).to.not.include('innerHTML')
    expect((await get('/page.css')).headers['content-type']).to.include('text/css')
    expect((await get('/', { method: 'HEAD' })).body).to.equal('')
    expect((await get('/../package.json')).status).to.equal(404)
    expect((await get('/', { method: 'POST' })).status).to.equal(405)
  })

  it('tells Prometheus what is counted and held', async () => {
    await ask('counted')
    const { status, headers, body } = await get('/metrics')
    expect(status).to.equal(200)
    expect(headers['content-type']).to.equal('text/plain; version=0.0.4; charset=utf-8')
    for (const line of body.trimEnd().split('\n')) {
      expect(line).to.match(/^(# (HELP|TYPE) sipwright_\w+ .+|sipwright_\w+(\{\w+="([^"\\]|\\.)*"\})? [\d.e+-]+)$/)
    }
    expect(body).to.match(/^sipwright_requests_total [1-9]/m)
    expect(body).to.include('sipwright_core_requests_total{core="any\\"one"} ')
    expect(body).to.match(/^sipwright_event_loop_lag_seconds\{thread="main"\} /m)
  })

  it('is healthy until it drains', async () => {
    const other = await SipStack.start({ listen: ['udp:127.0.0.1:0'], log: () => undefined })
    const page = await startWeb(other, '127.0.0.1:0')
    const health = async (): Promise<[number, unknown]> => {
      const response = await fetch(new URL('health', page.url))
      const { status } = (await response.json()) as { status: unknown }
      return [response.status, status]
    }
    expect(await health()).to.deep.equal([200, 'ok'])
    const drained = other.drain(1000)
    expect(await health()).to.deep.equal([503, 'draining'])
    await drained
    page.close()
  })

  it('is for the names of this machine, and for no page of others', async () => {
    const { port } = new URL(web.url)
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
      expect((await get('/', { host })).status, host).to.equal(200)
    }
    expect((await get('/metrics', { host: `evil.example:${port}` })).status).to.equal(421)
    for (const options of [{ origin: 'http://evil.example' }, { headers: { host: 'evil.example' } }]) {
      const refused = new WebSocket(new URL('live', web.url.replace('http', 'ws')), options)
      const [error] = await once(refused, 'error')
      expect(String(error)).to.include('socket hang up')
    }
  })

  class Viewer {
    readonly heard: Record<string, unknown>[] = []
    readonly socket = new WebSocket(new URL('live', web.url.replace('http', 'ws')), { origin: web.url.slice(0, -1) })

    constructor() {
      this.socket.on('message', data => this.heard.push(JSON.parse(String(data))))
    }

    async says(wish: unknown): Promise<void> {
      if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, 'open')
      this.socket.send(typeof wish === 'string' ? wish : JSON.stringify(wish))
    }

    async hears(isWanted: (each: Record<string, unknown>) => boolean): Promise<Record<string, unknown> | undefined> {
      for (let tries = 0; tries < 200 && !this.heard.some(isWanted); tries++) await sleep(10)
      return this.heard.find(isWanted)
    }
  }

  it('sends calls, the ladder of one and a table', async () => {
    const viewer = new Viewer()
    expect(await viewer.hears(each => 'about' in each)).to.have.nested.property('about.isTraced', true)
    await ask('one')
    const listed = await viewer.hears(({ calls }) => Array.isArray(calls) && calls.length > 0)
    const callId = stack.trace?.calls(1)[0]?.callId
    expect(listed).to.have.nested.property('calls[0].method', 'MESSAGE')
    await viewer.says({ callId, topic: 'listeners' })
    const drawn = await viewer.hears(({ ladder }) => ladder !== undefined)
    expect(drawn).to.deep.nested.include({ 'ladder.callId': callId, 'ladder.steps[0].label': 'MESSAGE' })
    const table = await viewer.hears(each => 'table' in each)
    expect(table).to.have.nested.property('table.rows[0].transport', 'UDP')
    viewer.socket.close()
  })

  it('closes the page that says what makes no sense', async () => {
    const viewer = new Viewer()
    await viewer.says('no JSON')
    expect(await once(viewer.socket, 'close')).to.include(1007)
    const other = new Viewer()
    await other.says({ topic: 'constructor', callId: 7 })
    await other.says({ topic: 'census' })
    expect(await other.hears(each => 'table' in each)).to.have.nested.property('table.topic', 'census')
    other.socket.close()
  })

  it('says what is wrong with a place', async () => {
    for (const where of ['x', '99999', 'host:80', '1.2.3:80']) {
      expect(String(await startWeb(stack, where).catch(error => error)), where).to.include('--web takes a port')
    }
    const taken = new URL(web.url).port
    expect(String(await startWeb(stack, taken).catch(error => error))).to.include('take another port')
  })
})
