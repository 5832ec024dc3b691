/** The servlet class: which method gets which message, and what those say that nobody has overridden. */

import { expect } from 'chai'
import {
  SipServlet,
  type SipServletMessage,
  type SipServletRequest,
  type SipServletResponse,
} from '../../apps/servlet/servlet.js'
import { passing } from '../scenario/passing.js'
import { empty, running } from './container.js'

const text = { 'Content-Type': 'text/plain' }

describe('a servlet', () => {
  it('V-1 answers a MESSAGE, and nothing of it is left', () =>
    passing(async stage => {
      class Echo extends SipServlet {
        override doMessage(request: SipServletRequest): void {
          const response = request.createResponse(202, 'Noted')
          response.setHeader('Subject', request.content)
          response.send()
        }
      }
      const { alice, container, peer } = await running(stage, Echo)
      alice.send('MESSAGE', { to: peer, body: 'hello', headers: text })
      const [response] = await alice.expect(202)
      expect(response.reason).to.equal('Noted')
      expect(response.get('Subject')).to.equal('hello')
      await stage.pause(1)
      expect(container.census()).to.deep.equal({ applications: 1, ...empty })
    }))

  it('V-1 refuses what it does not override: 500 or 501 for what begins something', () =>
    passing(async stage => {
      const { alice, peer } = await running(stage, SipServlet)
      for (const method of ['INVITE', 'OPTIONS', 'REGISTER', 'INFO', 'REFER']) {
        const headers = { Contact: alice.uri(), 'Refer-To': 'sip:b@example.com' }
        alice.send(method, { to: peer, headers: method === 'REFER' ? headers : {} })
        const [refused] = await alice.expect(500)
        expect([method, refused.reason]).to.deep.equal([method, 'Request not handled by app'])
        if (method === 'INVITE') alice.send('ACK')
      }
      for (const method of ['MESSAGE', 'NOTIFY', 'SUBSCRIBE', 'PUBLISH']) {
        alice.send(method, { to: peer, headers: { Event: 'presence', Contact: alice.uri() } })
        const [refused] = await alice.expect(501)
        expect([method, refused.reason]).to.deep.equal([method, 'Request not implemented'])
      }
    }))

  it('V-1 gives each message to the method of its name, and responses by class', () =>
    passing(async stage => {
      const told: string[] = []
      const note = (name: string, { method }: SipServletMessage): number => told.push(`${name} ${method}`)
      class Noting extends SipServlet {
        override doInvite(request: SipServletRequest): void {
          note('doInvite', request)
          request.createResponse(200).send()
        }
        override doAck(request: SipServletRequest): void {
          note('doAck', request)
          request.session.createRequest('INFO').send()
        }
        override doInfo(request: SipServletRequest): void {
          note('doInfo', request)
          request.createResponse(200).send()
        }
        override doBye(request: SipServletRequest): void {
          note('doBye', request)
        }
        override doSuccessResponse(response: SipServletResponse): void {
          note('doSuccessResponse', response)
          response.session.createRequest('UPDATE').send()
        }
        override doErrorResponse(response: SipServletResponse): void {
          note('doErrorResponse', response)
        }
      }
      const { alice, peer, container } = await running(stage, Noting)
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      await alice.expect('INFO')
      alice.send(200)
      await alice.expect('UPDATE')
      alice.send(488)
      await stage.pause(1)
      alice.send('INFO')
      await alice.expect(200)
      alice.send('BYE')
      await alice.expect(200)
      await stage.pause(1)
      expect(told).to.deep.equal([
        'doInvite INVITE',
        'doAck ACK',
        'doSuccessResponse INFO',
        'doErrorResponse UPDATE',
        'doInfo INFO',
        'doBye BYE',
      ])
      expect(container.census()).to.include({ applicationSessions: 0, sessions: 0 })
    }))

  it('V-1 knows its name, parameters and context from init() on', () =>
    passing(async stage => {
      const said: unknown[] = []
      class Configured extends SipServlet {
        constructor() {
          super()
          expect(() => this.servletContext).to.throw('from init() on')
        }
        override init(): void {
          const { servletName, servletContext: context } = this
          said.push(servletName, this.getInitParameter('a'), this.getInitParameter('toString'))
          said.push(context.applicationName, context.getInitParameter('b'), context.outboundInterfaces.length)
          this.log('ready')
        }
        override destroy(): void {
          said.push('destroyed')
        }
      }
      const { container, log } = await running(stage, {
        servlets: { one: { class: Configured, initParams: { a: '1' }, loadOnStartup: 1 } },
        contextParams: { b: '2' },
      })
      expect(said).to.deep.equal(['one', '1', undefined, 'app', '2', 1])
      expect(log).to.deep.equal(['info: application app: one: ready'])
      await container.undeploy('app')
      expect(said.at(-1)).to.equal('destroyed')
    }))

  it('V-1 a destroy() that never ends is blamed, and does not keep the container', () =>
    passing(async stage => {
      class Lingering extends SipServlet {
        override destroy(): Promise<void> {
          return new Promise(() => undefined)
        }
      }
      const { container, log } = await running(stage, { servlets: { main: { class: Lingering, loadOnStartup: 1 } } })
      const closed = container.close()
      await stage.pause(10_000)
      await closed
      expect(log.join()).to.include('the destroy() of the servlet main has not ended after 10000 ms')
      expect(container.census().applications).to.equal(0)
    }))

  it('V-1 what throws something without a text is blamed, answered with 500, and serves what comes next', () =>
    passing(async stage => {
      class Odd extends SipServlet {
        override doMessage(): never {
          throw Object.create(null)
        }
      }
      const { alice, peer, container, log } = await running(stage, Odd)
      for (let round = 0; round < 2; round++) {
        alice.send('MESSAGE', { to: peer })
        await alice.expect(500)
      }
      expect(log.length).to.equal(2)
      expect(container.census().applicationSessions).to.equal(0)
    }))

  it('V-1 is started with its application in the order of loadOnStartup, or before its first message', () =>
    passing(async stage => {
      const started: string[] = []
      class Starting extends SipServlet {
        override async init(): Promise<void> {
          await stage.pause(5)
          started.push(this.servletName)
        }
        override doOptions(request: SipServletRequest): void {
          request.createResponse(200).send()
        }
      }
      const { alice, peer } = await running(stage, {
        servlets: {
          late: Starting,
          second: { class: Starting, loadOnStartup: 2 },
          first: { class: Starting, loadOnStartup: 0 },
        },
        mainServlet: 'late',
      })
      expect(started).to.deep.equal(['first', 'second'])
      alice.send('OPTIONS', { to: peer })
      await alice.expect(200)
      expect(started).to.deep.equal(['first', 'second', 'late'])
    }))

  it('D-9 that throws, or rejects, costs its request, which gets 500, and nobody else', () =>
    passing(async stage => {
      class Failing extends SipServlet {
        override doMessage(): void {
          throw new RangeError('of mine')
        }
        override async doInfo(): Promise<void> {
          await stage.pause(10)
          throw new RangeError('later')
        }
        override doOptions(request: SipServletRequest): void {
          request.createResponse(200).send()
          throw new RangeError('too late to matter')
        }
      }
      const { alice, peer, log, container } = await running(stage, Failing)
      alice.send('MESSAGE', { to: peer })
      await alice.expect(500)
      alice.send('INFO', { to: peer })
      await alice.expect(500)
      alice.send('OPTIONS', { to: peer })
      await alice.expect(200)
      await stage.pause(1)
      expect(log.map(line => line.replace(/ at .*/, ''))).to.deep.equal([
        `error: application app: MESSAGE ${peer.uri()} SIP/2.0: its servlet threw RangeError: of mine`,
        `error: application app: INFO ${peer.uri()} SIP/2.0: its servlet threw RangeError: later`,
        `error: application app: OPTIONS ${peer.uri()} SIP/2.0: its servlet threw RangeError: too late to matter`,
      ])
      expect(container.census().applicationSessions).to.equal(0)
    }))

  it('D-9 whose init() throws is no application when it is started with it, and costs its request later', () =>
    passing(async stage => {
      let times = 0
      class Broken extends SipServlet {
        override init(): void {
          if (++times !== 2) throw new RangeError('no database')
        }
        override doOptions(request: SipServletRequest): void {
          request.createResponse(200).send()
        }
      }
      const { alice, peer, container } = await running(stage, Broken)
      alice.send('OPTIONS', { to: peer })
      await alice.expect(500)
      alice.send('OPTIONS', { to: peer })
      await alice.expect(200)
      let why: unknown
      const app = { name: 'early', servlets: { one: { class: Broken, loadOnStartup: 1 } } }
      await running(stage, app).catch((error: unknown) => {
        why = error
      })
      expect(why).to.be.instanceOf(RangeError)
      expect(container.applications).to.deep.equal(['app'])
    }))
})
