/** Application sessions: expiry, timers, and who is told of what. */

import { expect } from 'chai'
import {
  type Listener,
  type ServletContext,
  ServletError,
  type ServletTimer,
  type SipApplicationSession,
  SipServlet,
  type SipServletRequest,
  type SipServletResponse,
  type SipSession,
} from '../../apps/servlet/servlet.js'
import { passing } from '../scenario/passing.js'
import { empty, running } from './container.js'

/** A servlet that gives its context away. */
function lending(lend: (context: ServletContext) => void): typeof SipServlet {
  return class Lending extends SipServlet {
    override init(): void {
      lend(this.servletContext)
    }
    override doInvite(request: SipServletRequest): void {
      request.createResponse(200).send()
    }
  }
}

describe('an application session', () => {
  it('V-10 expires after 3 minutes without anything, and lives on when it is told to', () =>
    passing(async stage => {
      const at: number[] = []
      let context: ServletContext | undefined
      class Extending implements Listener {
        applicationSessionExpired(session: SipApplicationSession): void {
          at.push(stage.now)
          if (at.length === 1) session.setExpires(2)
        }
      }
      const main = lending(given => {
        context = given
      })
      const { container } = await running(stage, {
        servlets: { main: { class: main, loadOnStartup: 1 } },
        listeners: [Extending],
      })
      const begun = stage.now
      const session = context?.sipFactory.createApplicationSession()
      expect(session?.expirationTime).to.equal((session?.creationTime ?? 0) + 180_000)
      expect([session?.applicationName, session?.isValid]).to.deep.equal(['app', true])
      await stage.pause(301_000)
      expect(at.map(each => each - begun)).to.deep.equal([180_000, 300_000])
      expect(session?.isValid).to.equal(false)
      expect(() => session?.setExpires(1)).to.throw(ServletError, 'invalidated')
      expect(container.census()).to.include(empty)
    }))

  it('V-10 does not expire with 0, nor while a call of it is up', () =>
    passing(async stage => {
      let context: ServletContext | undefined
      const main = lending(given => {
        context = given
      })
      const app = { servlets: { main: { class: main, loadOnStartup: 1 } }, sessionTimeout: 1 }
      const { alice, peer, container } = await running(stage, app)
      const session = context?.sipFactory.createApplicationSession()
      session?.setExpires(0)
      expect(session?.expirationTime).to.equal(undefined)
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      await stage.pause(600_000)
      expect(container.census()).to.include({ applicationSessions: 2, sessions: 1 })
      alice.send('BYE')
      await alice.expect(200)
      session?.invalidate()
      await stage.pause(1)
      expect(container.census()).to.include(empty)
    }))

  it('D-9 whose servlet never ends its turn is ended itself when it expires', () =>
    passing(async stage => {
      class Stuck extends SipServlet {
        override doInvite(request: SipServletRequest): void {
          request.createResponse(200).send()
        }
        override doInfo(): Promise<void> {
          return new Promise(() => undefined)
        }
      }
      const { alice, peer, container, log } = await running(stage, Stuck)
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      const at = stage.now
      alice.send('INFO')
      await alice.within(40_000).expect(100, 500)
      alice.send('INFO')
      await alice.within(40_000).expect(100, 500)
      await alice.within(200_000).expect('BYE')
      alice.send(200)
      expect(stage.now - at).to.be.within(180_000, 180_100)
      expect(log[0]).to.include('its promise does not settle')
      await stage.pause(5)
      expect(container.census()).to.include(empty)
    }))

  it('V-10 has its sessions, and ends with the last of them', () =>
    passing(async stage => {
      let kept: SipApplicationSession | undefined
      class Keeping extends SipServlet {
        override doMessage(request: SipServletRequest): void {
          const { applicationSession, session } = request
          kept = applicationSession
          expect(kept.sessions).to.deep.equal([session])
          expect(kept.getSession(session.id)).to.equal(session)
          expect(kept.isReadyToInvalidate).to.equal(false)
          const util = this.servletContext.sipSessionsUtil
          expect(util.getApplicationSessionById(kept.id)).to.equal(kept)
          request.createResponse(200).send()
        }
      }
      const { alice, peer } = await running(stage, Keeping)
      alice.send('MESSAGE', { to: peer })
      await alice.expect(200)
      await stage.pause(1)
      expect(kept?.isValid).to.equal(false)
    }))

  it('V-6 V-15 can be found by a key', () =>
    passing(async stage => {
      let context: ServletContext | undefined
      const main = lending(given => {
        context = given
      })
      const { container } = await running(stage, { servlets: { main: { class: main, loadOnStartup: 1 } } })
      const session = context?.sipFactory.createApplicationSessionByKey('room 1')
      const { sipSessionsUtil: util } = context ?? {}
      expect(util?.getApplicationSessionByKey('room 1')).to.equal(session)
      expect(context?.sipFactory.createApplicationSessionByKey('room 1')).to.equal(session)
      expect(util?.getApplicationSessionByKey('room 2')).to.equal(undefined)
      expect(util?.getApplicationSessionByKey('room 2', 'create')).not.to.equal(undefined)
      session?.invalidate()
      expect(util?.getApplicationSessionByKey('room 1')).to.equal(undefined)
      await container.close()
      expect(container.census()).to.deep.equal({ applications: 0, ...empty })
    }))

  it('V-14 has timers: once, at a rate, with a pause, cancelled; it ends with the last of them', () =>
    passing(async stage => {
      const fired: [unknown, number][] = []
      class Timing extends SipServlet {
        override doMessage(request: SipServletRequest): void {
          request.createResponse(200).send()
          const { timerService } = this.servletContext
          const { applicationSession: session } = request
          const once = timerService.createTimer(session, 1000, { info: 'once' })
          expect([once.timeRemaining, once.info]).to.deep.equal([1000, 'once'])
          expect(session.getTimer(once.id)).to.equal(once)
          timerService.createTimer(session, 100, { period: 300, info: 'rate' })
          timerService.createTimer(session, 100, { info: 'never' }).cancel()
          expect(session.timers.length).to.equal(2)
          expect(() => timerService.createTimer(session, -1)).to.throw(TypeError)
          expect(() => timerService.createTimer(session, 1, { period: 0 })).to.throw(TypeError)
        }
        timeout(timer: ServletTimer): void {
          fired.push([timer.info, stage.now - begun])
          if (fired.length === 5) timer.cancel()
        }
      }
      const { alice, peer, container } = await running(stage, { servlets: { main: Timing }, listeners: [Timing] })
      alice.send('MESSAGE', { to: peer })
      const begun = stage.now + 1
      await alice.expect(200)
      await stage.pause(5000)
      expect(fired).to.deep.equal([
        ['rate', 100],
        ['rate', 400],
        ['rate', 700],
        ['once', 1000],
        ['rate', 1000],
      ])
      expect(container.census()).to.include(empty)
    }))
})

describe('a timer that comes again', () => {
  for (const [fixedDelay, wanted] of [
    [false, [250, 300, 400]],
    [true, [250, 350, 450]],
  ] as const) {
    it(`V-14 keeps its rate, or with fixedDelay its pause, when its turn came late (fixedDelay ${fixedDelay})`, () =>
      passing(async stage => {
        const fired: number[] = []
        class Timing extends SipServlet {
          override async doMessage(request: SipServletRequest): Promise<void> {
            request.createResponse(200).send()
            const { timerService } = this.servletContext
            timerService.createTimer(request.applicationSession, 200, { period: 100, fixedDelay })
            await stage.pause(250)
          }
          timeout(timer: ServletTimer): void {
            fired.push(stage.now - begun)
            if (fired.length === 3) timer.cancel()
          }
        }
        const { alice, peer } = await running(stage, { servlets: { main: Timing }, listeners: [Timing] })
        alice.send('MESSAGE', { to: peer })
        const begun = stage.now + 1
        await alice.expect(200)
        await stage.pause(1000)
        expect(fired).to.deep.equal(wanted)
      }))
  }
})

describe('listeners', () => {
  it('V-16 hear of servlets, sessions and attributes, in order', () =>
    passing(async stage => {
      const told: string[] = []
      class Noting implements Listener {
        servletInitialized(context: ServletContext, servlet: SipServlet): void {
          told.push(`${context.applicationName} ${servlet.servletName}`)
        }
        sessionCreated(session: SipSession): void {
          told.push(`session created ${session.state}`)
        }
        sessionReadyToInvalidate(): void {
          told.push('session ready')
        }
        sessionDestroyed(): void {
          told.push('session destroyed')
        }
        attributeAdded(_session: SipSession, name: string): void {
          told.push(`+${name}`)
        }
        attributeReplaced(_session: SipSession, name: string): void {
          told.push(`=${name}`)
        }
        attributeRemoved(_session: SipSession, name: string): void {
          told.push(`-${name}`)
        }
        applicationSessionCreated(): void {
          told.push('created')
        }
        applicationSessionReadyToInvalidate(): void {
          told.push('ready')
        }
        applicationSessionDestroyed(): void {
          told.push('destroyed')
        }
        applicationAttributeAdded(_session: SipApplicationSession, name: string): void {
          told.push(`app +${name}`)
        }
        applicationAttributeRemoved(_session: SipApplicationSession, name: string): void {
          told.push(`app -${name}`)
        }
      }
      const bound = {
        valueBound: (name: string): number => told.push(`bound ${name}`),
        valueUnbound: (name: string): number => told.push(`unbound ${name}`),
      }
      class Setting extends SipServlet {
        override doMessage(request: SipServletRequest): void {
          const { attributes } = request.session
          attributes.set('a', 1)
          attributes.set('a', 2)
          attributes.delete('a')
          attributes.set('b', bound)
          request.applicationSession.attributes.set('c', 1)
          request.createResponse(200).send()
        }
      }
      const { alice, peer } = await running(stage, { servlets: { main: Setting }, listeners: [Noting] })
      alice.send('MESSAGE', { to: peer })
      await alice.expect(200)
      await stage.pause(1)
      expect(told).to.deep.equal([
        ...['created', 'session created INITIAL', 'app main', '+a', '=a', '-a', 'bound b', '+b', 'app +c'],
        ...['session ready', 'session destroyed', 'unbound b', '-b', 'ready', 'destroyed', 'app -c'],
      ])
    }))

  it('D-9 attributes that throw when they are let go are blamed, and nothing stays because of them', () =>
    passing(async stage => {
      const told: string[] = []
      const throwing = {
        valueUnbound(): never {
          throw new RangeError('of mine')
        },
      }
      const rejecting = { valueUnbound: (): Promise<never> => Promise.reject(new RangeError('later')) }
      const last = { valueUnbound: (name: string): number => told.push(name) }
      class Setting extends SipServlet {
        override doInvite(request: SipServletRequest): void {
          for (const { attributes } of [request.session, request.applicationSession, this.servletContext]) {
            attributes.set('a', throwing)
            attributes.set('b', rejecting)
            attributes.set('c', last)
          }
          request.createResponse(200).send()
        }
      }
      const { alice, peer, container, log } = await running(stage, Setting)
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      const gone = container.undeploy('app')
      await alice.expect('BYE')
      alice.send(200)
      expect(await gone).to.equal(true)
      await stage.pause(1)
      expect(told).to.deep.equal(['c', 'c', 'c'])
      expect(log.map(line => /an attribute threw RangeError: (of mine|later)/.exec(line)?.[1]).sort()).to.deep.equal([
        ...['later', 'later', 'later', 'of mine', 'of mine', 'of mine'],
      ])
      expect(container.census()).to.deep.equal({ applications: 0, ...empty })
    }))

  it('D-9 that throw are blamed, and the others told nevertheless', () =>
    passing(async stage => {
      let times = 0
      class Throwing implements Listener {
        sessionCreated(): void {
          throw new RangeError('of mine')
        }
        async sessionDestroyed(): Promise<void> {
          throw new RangeError('later')
        }
      }
      class Counting implements Listener {
        sessionCreated(): void {
          times++
        }
      }
      const { alice, peer, log } = await running(stage, {
        servlets: { main: SipServlet },
        listeners: [Throwing, Counting],
      })
      alice.send('MESSAGE', { to: peer })
      await alice.expect(501)
      await stage.pause(1)
      expect(times).to.equal(1)
      expect(log.map(line => line.replace(/ at .*/, ''))).to.deep.equal([
        'error: application app: a listener threw RangeError: of mine',
        'error: application app: a listener threw RangeError: later',
      ])
    }))

  it('V-16 hear that nobody has acknowledged a 2xx [3261-13.3.1.4-4]', () =>
    passing(async stage => {
      const told: unknown[] = []
      class Erring extends lending(() => undefined) implements Listener {
        noAckReceived(request: SipServletRequest, response: SipServletResponse): void {
          told.push(request.method, response.status, request.session.state)
        }
      }
      const { alice, peer, container } = await running(stage, { servlets: { main: Erring }, listeners: [Erring] })
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      await alice.within(40_000).expect('BYE')
      alice.send(200)
      await stage.pause(5)
      expect(told).to.deep.equal(['INVITE', 200, 'CONFIRMED'])
      expect(container.census()).to.include(empty)
    }))

  it('V-5 V-16 a provisional response is sent reliably, and they hear when nobody acknowledges it', () =>
    passing(async stage => {
      const told: unknown[] = []
      class Ringing extends SipServlet implements Listener {
        override doInvite(request: SipServletRequest): void {
          request.createResponse(183).sendReliably()
        }
        override doPrack(prack: SipServletRequest): void {
          told.push('doPrack')
          prack.createResponse(200).send()
          const [invite] = prack.session.pending('UAS')
          invite?.createResponse(200).send()
        }
        noPrackReceived(request: SipServletRequest, response: SipServletResponse): void {
          told.push(request.method, response.status)
        }
      }
      const { alice, peer, container, log } = await running(stage, {
        servlets: { main: Ringing },
        listeners: [Ringing],
      })
      alice.send('INVITE', { to: peer, headers: { Supported: '100rel' } })
      const [ringing] = await alice.expect(183)
      alice.send('PRACK', { headers: { RAck: `${ringing.get('RSeq')} ${ringing.cseq.number} INVITE` } })
      await alice.expect(200, 200)
      alice.send('ACK')
      alice.send('BYE')
      await alice.expect(200)
      alice.send('INVITE', { to: peer, headers: { Supported: '100rel' } })
      await alice.expect(183)
      await alice.within(40_000).expect(500)
      alice.send('ACK')
      await stage.pause(5)
      alice.send('INVITE', { to: peer })
      await alice.expect(500)
      alice.send('ACK')
      expect(log.length).to.equal(1)
      expect(log[0]).to.include('the caller does not support 100rel')
      expect(told).to.deep.equal(['doPrack', 'INVITE', 183])
      expect(container.census()).to.include(empty)
    }))
})
