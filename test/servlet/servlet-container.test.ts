/** The container: deployment, security constraints, HTTP, and what it needs of its stack. */

import { once } from 'node:events'
import { get, request } from 'node:http'
import { expect } from 'chai'
import {
  defineApp,
  type HttpReply,
  type HttpRequest,
  type SecurityConstraint,
  ServletContainer,
  ServletHttp,
  SipServlet,
  type SipServletRequest,
  type UserRealm,
} from '../../apps/servlet/servlet.js'
import { SipStack } from '../../apps/sip/sip.js'
import { passing } from '../scenario/passing.js'
import { empty, running } from './container.js'

function saying(subject: string): typeof SipServlet {
  return class Saying extends SipServlet {
    override doInvite(request: SipServletRequest): void {
      request.createResponse(200).send()
    }
    override doMessage(request: SipServletRequest): void {
      const response = request.createResponse(200)
      response.setHeader('Subject', subject)
      response.send()
    }
    override doInfo(request: SipServletRequest): void {
      this.doMessage(request)
    }
  }
}

describe('a container', () => {
  it('D-11 takes an application out of service, and lets its calls go on for a while', () =>
    passing(async stage => {
      const { alice, peer, container } = await running(stage, saying('one'))
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      const over = container.undeploy('app', 10_000)
      alice.send('INFO')
      await alice.expect(200)
      const bob = await stage.raw('bob')
      bob.send('MESSAGE', { to: peer })
      await bob.expect(404)
      expect(container.census()).to.include({ applications: 1, applicationSessions: 1 })
      alice.send('BYE')
      await alice.expect(200)
      expect(await over).to.equal(true)
      expect(container.census()).to.deep.equal({ applications: 0, ...empty })
      expect(await container.undeploy('app')).to.equal(false)
    }))

  it('D-11 ends with BYE what lasts longer', () =>
    passing(async stage => {
      const { alice, peer, container } = await running(stage, saying('one'))
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      const over = container.undeploy('app', 1000)
      await alice.expect('BYE')
      alice.send(200)
      await over
      expect(container.census()).to.deep.equal({ applications: 0, ...empty })
    }))

  it('D-11 replaces an application while the calls of others, and its own, go on', () =>
    passing(async stage => {
      const { alice, peer, container } = await running(stage, saying('old'))
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      const next = defineApp({ name: 'app', servlets: { main: saying('new') } })
      let refused: unknown
      await container.deploy(next).catch((error: unknown) => {
        refused = error
      })
      expect(refused).to.be.instanceOf(TypeError).with.property('message', 'there is an application app already')
      const swapped = container.deploy(next, { replace: true, grace: 10_000 })
      await stage.pause(1)
      alice.send('INFO')
      const [old] = await alice.expect(200)
      expect(old.get('Subject')).to.equal('old')
      alice.send('BYE')
      await alice.expect(200)
      const undeploy = await swapped
      alice.send('MESSAGE', { to: peer })
      const [fresh] = await alice.expect(200)
      expect(fresh.get('Subject')).to.equal('new')
      await undeploy()
      await undeploy()
      expect(container.applications).to.deep.equal([])
    }))

  it('refuses what is no servlet, and what has a fault, and goes on as it was', () =>
    passing(async stage => {
      const { container } = await running(stage, SipServlet)
      const why: string[] = []
      const tryOut = (app: Parameters<ServletContainer['deploy']>[0]): Promise<unknown> =>
        container.deploy(app).catch((error: Error) => why.push(error.message))
      class Stranger {}
      await tryOut(defineApp({ name: 'other', servlets: { a: Stranger } }))
      await tryOut({ ...defineApp({ name: 'other', servlets: { a: SipServlet } }), mainServlet: 'b' })
      await tryOut(defineApp({ name: 'other', servlets: { a: SipServlet }, ...secured('a', ['x']) }))
      expect(why).to.deep.equal([
        'the class Stranger of the servlet a does not extend SipServlet',
        'there is no main servlet b',
        'the application other has security constraints, and the container has no users',
      ])
      expect(container.applications).to.deep.equal(['app'])
    }))

  it('needs a stack without threads, and says so in one line', async () => {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], threads: 1, log: () => undefined })
    try {
      expect(() => new ServletContainer(stack)).to.throw(TypeError, 'servlets need a stack with threads: 0')
    } finally {
      await stack.close()
    }
  })
})

function secured(
  servlet: string,
  roles: readonly string[],
  more: Partial<SecurityConstraint> = {},
): { constraints: SecurityConstraint[]; login: { method: 'DIGEST'; realm: string }; roles: string[] } {
  const resources = [{ name: 'all', servlets: [servlet], methods: ['MESSAGE'] }]
  return {
    constraints: [{ resources, roles, proxyAuthentication: false, ...more }],
    login: { method: 'DIGEST', realm: 'here' },
    roles: ['boss', 'x'],
  }
}

describe('a security constraint', () => {
  const users: UserRealm = {
    lookup: (username, realm) => (username === 'alice' && realm === 'here' ? 'secret' : undefined),
    roles: username => (username === 'alice' ? ['boss'] : []),
  }

  class Telling extends SipServlet {
    override doRequest(request: SipServletRequest): void {
      const response = request.createResponse(200)
      const roles = ['boss', 'x'].filter(role => request.isUserInRole(role))
      response.setHeader('Subject', `${request.remoteUser} ${roles}`)
      response.send()
    }
  }

  for (const [status, proxyAuthentication] of [
    [401, false],
    [407, true],
  ] as const) {
    it(`D-10 challenges with ${status} before the servlet runs, and tells it who it is`, () =>
      passing(async stage => {
        const app = { servlets: { a: Telling }, ...secured('a', ['boss'], { proxyAuthentication }) }
        const { alice, peer } = await running(stage, app, { users })
        alice.send('MESSAGE', { to: peer })
        await alice.expect(status)
        alice.send('OPTIONS', { to: peer })
        const [free] = await alice.expect(200)
        expect(free.get('Subject')).to.equal('undefined')
        const { stack } = await stage.stack('client')
        const auth = { username: 'alice', password: 'secret' }
        const told = await stack.request('MESSAGE', peer.uri(), { auth, from: 'sip:alice@example.com' })
        expect(told.kind === 'answered' && told.response.get('Subject')).to.equal('alice boss')
        const wrong = { username: 'alice', password: 'wrong' }
        const refused = await stack.request('MESSAGE', peer.uri(), { auth: wrong, from: 'sip:alice@example.com' })
        expect(refused.kind === 'rejected' && refused.response.status).to.equal(status)
      }))
  }

  for (const [roles, status] of [
    [['x'], 403],
    [[], 403],
    [['*'], 200],
  ] as const) {
    it(`D-10 for the roles [${roles}] lets a user with the role boss have ${status}`, () =>
      passing(async stage => {
        const { peer } = await running(stage, { servlets: { a: Telling }, ...secured('a', roles) }, { users })
        const { stack } = await stage.stack('client')
        const auth = { username: 'alice', password: 'secret' }
        const told = await stack.request('MESSAGE', peer.uri(), { auth, from: 'sip:alice@example.com' })
        expect('response' in told && told.response.status).to.equal(status)
      }))
  }
})

/** With a name of the server that fetch would not take. */
function asHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host } }, response => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}

describe('HTTP', () => {
  class Page extends SipServlet {
    override doHttp({ method, path, query, body }: HttpRequest): HttpReply {
      if (path === '/broken') throw new RangeError('of mine')
      const { attributes } = this.servletContext
      if (method === 'POST') attributes.set('said', Buffer.from(body).toString())
      return { body: `${path} ${query.get('q')} ${attributes.get('said')}`, headers: { 'X-Page': '1' } }
    }
  }

  it('takes nothing that a page of another site sends, unless that is allowed', async () => {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'] })
    const container = new ServletContainer(stack, { log: () => undefined })
    const http = await ServletHttp.start(container, { origins: ['https://desk.example'] })
    const { host } = new URL(http.url)
    const status = async (method: string, headers: Record<string, string>): Promise<number | undefined> => {
      const sent = request(new URL('/app/', http.url), { method, headers }).end()
      const [{ statusCode }] = await once(sent, 'response')
      return statusCode
    }
    try {
      await container.deploy(defineApp({ name: 'app', servlets: { page: Page } }))
      const site = 'Sec-Fetch-Site'
      for (const headers of [
        {},
        { Origin: `http://${host}` },
        { Origin: `http://${host}`, [site]: 'same-origin' },
        { [site]: 'none' },
        { Origin: 'https://desk.example', [site]: 'cross-site' },
      ]) {
        expect(await status('POST', headers), JSON.stringify(headers)).to.equal(200)
      }
      for (const headers of [
        { Origin: 'http://evil.example' },
        { Origin: 'http://127.0.0.1:1' },
        { Origin: 'null' },
        { Origin: `http://${host}.evil.example` },
        { [site]: 'cross-site' },
        { Origin: 'http://localhost:1', [site]: 'same-site' },
      ]) {
        for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
          expect(await status(method, headers), `${method} ${JSON.stringify(headers)}`).to.equal(403)
        }
        expect(await status('GET', headers), JSON.stringify(headers)).to.equal(200)
      }
    } finally {
      await http.close()
      await stack.close()
    }
  })

  it('V-21 comes to the servlet of the application in the path, which shares its context', async () => {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'] })
    const log: string[] = []
    const container = new ServletContainer(stack, { log: ({ text }) => log.push(text) })
    const http = await ServletHttp.start(container)
    try {
      await container.deploy(
        defineApp({ name: 'my app', servlets: { other: SipServlet, page: Page }, mainServlet: 'other' }),
      )
      const ask = async (path: string, init: RequestInit = {}): Promise<[number, string]> => {
        const reply = await fetch(`${http.url}${path}`, init)
        return [reply.status, await reply.text()]
      }
      expect(http.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/)
      expect(await ask('/my%20app/x', { method: 'POST', body: 'hello' })).to.deep.equal([200, '/x null hello'])
      expect(await ask('/my%20app?q=1')).to.deep.equal([200, '/ 1 hello'])
      expect((await fetch(`${http.url}/my%20app/`)).headers.get('x-page')).to.equal('1')
      expect(await asHost(`${http.url}/my%20app/`, 'localhost:1')).to.equal(200)
      expect(await asHost(`${http.url}/my%20app/`, 'evil.example')).to.equal(403)
      expect(await ask('/none/')).to.deep.equal([404, 'Not found'])
      expect(await ask('/%zz/')).to.deep.equal([400, ''])
      expect((await ask('/my%20app/broken'))[0]).to.equal(500)
      expect((await ask('/my%20app/', { method: 'POST', body: 'x'.repeat(1_000_001) }))[0]).to.equal(413)
      expect(log.map(line => line.replace(/ at .*/, ''))).to.deep.equal([
        'application my app: GET /broken: its servlet threw RangeError: of mine',
      ])
    } finally {
      await http.close()
      await stack.close()
    }
  })
})
