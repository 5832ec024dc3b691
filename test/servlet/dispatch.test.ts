/** Which servlet gets what: new requests, those inside dialogs, CANCEL, composition, security. */

import { expect } from 'chai'
import {
  defaultApplicationRouter,
  equal,
  type ServletContext,
  SipServlet,
  type SipServletRequest,
  type SipServletResponse,
} from '../../apps/servlet/servlet.js'
import { passing } from '../scenario/passing.js'
import { empty, running } from './container.js'

/** Answers all with a status, under its own name. */
function answering(status: number): typeof SipServlet {
  return class Answering extends SipServlet {
    override doRequest(request: SipServletRequest): void {
      const response = request.createResponse(status)
      response.setHeader('Subject', `${this.servletContext.applicationName}/${this.servletName}`)
      response.send()
    }
  }
}

describe('new requests', () => {
  it('D-1 go to the first application with a servlet for them, and to the first servlet that matches', () =>
    passing(async stage => {
      const servlet = answering(200)
      const { alice, peer } = await running(stage, [
        {
          name: 'one',
          servlets: { a: servlet, b: servlet },
          mappings: [
            { servlet: 'a', pattern: equal('request.uri.user', 'a') },
            { servlet: 'b', pattern: equal('request.method', 'OPTIONS') },
          ],
        },
        { name: 'two', servlets: { all: servlet } },
      ])
      const cases = [
        ['MESSAGE', 'a', 'one/a'],
        ['OPTIONS', 'a', 'one/a'],
        ['OPTIONS', 'c', 'one/b'],
        ['MESSAGE', 'c', 'two/all'],
      ] as const
      for (const [method, user, wanted] of cases) {
        alice.send(method, { to: peer, user })
        const [response] = await alice.expect(200)
        expect(response.get('Subject')).to.equal(wanted)
      }
    }))

  it('D-2 that are for no application get 404, or what another core of the stack says', () =>
    passing(async stage => {
      const mappings = [{ servlet: 'a', pattern: equal('request.uri.user', 'a') }]
      const { alice, peer } = await running(stage, { servlets: { a: answering(200) }, mappings })
      alice.send('MESSAGE', { to: peer, user: 'b' })
      await alice.expect(404)
      peer.stack.register({ name: 'other', priority: -1, match: () => true, MESSAGE: each => each.reply(299) })
      alice.send('MESSAGE', { to: peer, user: 'b' })
      await alice.expect(299)
    }))

  it('D-1 reach the servlet once, however often they are sent', () =>
    passing(async stage => {
      let times = 0
      class Counting extends SipServlet {
        override doMessage(request: SipServletRequest): void {
          times++
          request.createResponse(200).send()
        }
      }
      const { alice, peer } = await running(stage, Counting)
      alice.send('MESSAGE', { to: peer })
      await alice.expect(200)
      alice.repeat()
      await stage.pause(10)
      expect(times).to.equal(1)
    }))

  it('V-4 have the Route that names the container taken away', () =>
    passing(async stage => {
      class Routed extends SipServlet {
        override doMessage(request: SipServletRequest): void {
          const response = request.createResponse(200)
          response.setHeader(
            'Subject',
            `${request.poppedRoute?.uri.params.get('x')} ${request.getAddressHeaders('Route').length}`,
          )
          response.send()
        }
      }
      const { alice, peer } = await running(stage, Routed)
      const own = `<sip:${peer.place.address}:5060;lr;x=1>`
      for (const [Route, wanted] of [
        [`${own}, <sip:192.0.2.99;lr>`, '1 1'],
        ['<sip:192.0.2.99;lr>', 'undefined 1'],
      ]) {
        alice.send('MESSAGE', { to: peer, headers: { Route: Route ?? '' } })
        const [response] = await alice.expect(200)
        expect(response.get('Subject')).to.equal(wanted)
      }
    }))
})

describe('further requests', () => {
  it('D-4 that are in no dialog get 481, and so do those of a session that is over', () =>
    passing(async stage => {
      class Ending extends SipServlet {
        override doInvite(request: SipServletRequest): void {
          request.createResponse(200).send()
          request.session.invalidateWhenReady = false
        }
      }
      const { alice, peer } = await running(stage, Ending)
      alice.send('INFO', { to: peer, headers: { To: `<${peer.uri()}>;tag=none` } })
      await alice.expect(481)
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      alice.send('BYE')
      await alice.expect(200)
      await stage.pause(1)
      alice.send('INFO')
      await alice.expect(481)
    }))

  it('D-5 a CANCEL has been answered, and its INVITE refused, when the servlet hears of it', () =>
    passing(async stage => {
      const told: unknown[] = []
      class Cancelled extends SipServlet {
        override doInvite(request: SipServletRequest): void {
          request.createResponse(180).send()
          this.servletContext.attributes.set('invite', request)
        }
        override doCancel(cancel: SipServletRequest): void {
          told.push(cancel.method, cancel.isInitial, cancel.session.state)
          expect(() => cancel.createResponse(200)).to.throw('not for ACK and CANCEL')
          expect(() => this.#invite.createResponse(200)).to.throw('has been answered')
        }
        get #invite(): SipServletRequest {
          return this.servletContext.attributes.get('invite') as SipServletRequest
        }
      }
      const { alice, peer, container, log } = await running(stage, Cancelled)
      alice.send('INVITE', { to: peer })
      await alice.expect(180)
      alice.send('CANCEL')
      await alice.expect(200, 487)
      alice.send('ACK')
      await stage.pause(1)
      expect(log).to.deep.equal([])
      expect(told).to.deep.equal(['CANCEL', false, 'EARLY'])
      expect(container.census()).to.include(empty)
    }))
})

describe('one application session', () => {
  it('D-7 serves one message after the other, while others go on', () =>
    passing(async stage => {
      const order: string[] = []
      class Slow extends SipServlet {
        override doInvite(request: SipServletRequest): void {
          request.createResponse(200).send()
        }
        override async doInfo(request: SipServletRequest): Promise<void> {
          order.push(`begin ${request.content}`)
          await stage.pause(request.content === '1' ? 50 : 10)
          order.push(`end ${request.content}`)
          request.createResponse(200).send()
        }
      }
      const { alice, peer } = await running(stage, Slow)
      alice.send('INVITE', { to: peer })
      await alice.expect(200)
      alice.send('ACK')
      const headers = { 'Content-Type': 'text/plain' }
      alice.send('INFO', { body: '1', headers })
      alice.send('INFO', { body: '2', headers })
      const bob = await stage.raw('bob')
      bob.send('INFO', { to: peer, body: '3', headers })
      await bob.expect(200)
      await alice.expect(200, 200)
      expect(order).to.deep.equal(['begin 1', 'begin 3', 'end 3', 'end 1', 'begin 2', 'end 2'])
      alice.send('BYE')
      await alice.expect(200)
    }))
})

/** Sends each INVITE on to where it is for, and its answers back; a name in Subject says through whom it went. */
class Passing extends SipServlet {
  override doInvite(request: SipServletRequest): void {
    const seen = [
      request.getHeader('Subject'),
      this.servletContext.applicationName,
      request.region,
      request.subscriberURI,
    ]
    const headers = { Subject: seen.filter(each => each !== undefined).join(' ') }
    request.b2buaHelper.createRequest(request, { linked: true, headers }).send()
  }
  override doProvisionalResponse(response: SipServletResponse): void {
    this.#back(response)
  }
  override doSuccessResponse(response: SipServletResponse): void {
    if (response.method !== 'INVITE') return
    response.createAck().send()
    this.#back(response)
  }
  override doErrorResponse(response: SipServletResponse): void {
    this.#back(response)
  }
  override doBye(request: SipServletRequest): void {
    const { linked } = request.session
    if (linked?.isValid) request.b2buaHelper.createRequest(request, { session: linked }).send()
  }
  override doCancel(cancel: SipServletRequest): void {
    const { linked } = cancel.session
    if (linked !== undefined) cancel.b2buaHelper.createCancel(linked).send()
  }
  #back({ request, status, session }: SipServletResponse): void {
    const { b2buaHelper } = request
    if (session.linked === undefined || b2buaHelper.getPendingMessages(session.linked, 'UAS').length === 0) return
    b2buaHelper.createResponseToOriginalRequest(session.linked, status).send()
  }
}

describe('application composition', () => {
  for (const [name, router, wanted] of [
    ['JSR 116, by order', undefined, 'first NEUTRAL second NEUTRAL third NEUTRAL'],
    [
      'JSR 289, by a default application router',
      defaultApplicationRouter(
        '# comment\nINVITE: ("third","DAR:From","ORIGINATING","","NO_ROUTE","0"), \\\n ("none","x","NEUTRAL","","NO_ROUTE","1"), ("first","DAR:To","TERMINATING","","NO_ROUTE","2")\n',
      ),
      'third ORIGINATING FROM first TERMINATING TO',
    ],
  ] as const) {
    it(`D-3 V-20 a request goes on from one application to the next, and out at the end (${name})`, () =>
      passing(async stage => {
        const apps = ['first', 'second', 'third'].map(each => ({ name: each, servlets: { main: Passing } }))
        const options = router === undefined ? {} : { router }
        const { alice, peer, container, log } = await running(stage, apps, options)
        const bob = await stage.raw('bob')
        const sent = alice.send('INVITE', { to: peer, uri: bob.uri() })
        const [invite] = await bob.expect('INVITE')
        const subject = invite.get('Subject')?.replace(String(sent.from.uri), 'FROM').replace(String(sent.to.uri), 'TO')
        expect(subject).to.equal(wanted)
        expect(invite.has('Route')).to.equal(false)
        expect(invite.get('Max-Forwards')).to.equal(70 - wanted.split(' ').filter(each => /[a-z]/.test(each)).length)
        bob.send(180)
        await alice.expect(180)
        bob.send(200)
        await Promise.all([bob.expect('ACK'), alice.expect(200)])
        alice.send('ACK')
        await stage.pause(5)
        alice.send('BYE')
        await Promise.all([alice.expect(200), bob.expect('BYE')])
        bob.send(200)
        await stage.pause(10)
        expect(log).to.deep.equal([])
        expect(container.census()).to.include(empty)
      }))
  }

  it('D-3 lets a call that was given up be given up along the way', () =>
    passing(async stage => {
      const apps = ['first', 'second'].map(each => ({ name: each, servlets: { main: Passing } }))
      const { alice, peer, container, log } = await running(stage, apps)
      const bob = await stage.raw('bob')
      alice.send('INVITE', { to: peer, uri: bob.uri() })
      const [invite] = await bob.expect('INVITE')
      bob.send(180)
      await alice.expect(180)
      alice.send('CANCEL')
      const [[cancel]] = await Promise.all([bob.expect('CANCEL'), alice.expect(200, 487)])
      alice.send('ACK')
      bob.send(200, { for: cancel })
      bob.send(487, { for: invite })
      await bob.expect('ACK')
      await stage.pause(10)
      expect(log).to.deep.equal([])
      expect(container.census()).to.include(empty)
    }))

  it('V-17 ends with 483 where no hop is left', () =>
    passing(async stage => {
      const { alice, peer } = await running(stage, Passing)
      alice.send('INVITE', { to: peer, headers: { 'Max-Forwards': '0' } })
      await alice.expect(483)
      alice.send('ACK')
    }))

  it('V-20 what an application begins leaves the container, unless an entry is for OUTBOUND', () =>
    passing(async stage => {
      let context: ServletContext | undefined
      class Beginning extends SipServlet {
        override init(): void {
          context = this.servletContext
        }
      }
      const file =
        'ALL: ("main","DAR:From","NEUTRAL","","NO_ROUTE","0"), ("screen","x","NEUTRAL","","NO_ROUTE","1","DIRECTION=OUTBOUND")'
      const { alice, container } = await running(
        stage,
        [
          { name: 'main', servlets: { main: { class: Beginning, loadOnStartup: 1 } } },
          { name: 'screen', servlets: { main: answering(299) } },
        ],
        { router: defaultApplicationRouter(file) },
      )
      const send = (): void => {
        const session = context?.sipFactory.createApplicationSession()
        if (session !== undefined) context?.sipFactory.createRequest(session, 'OPTIONS', 'sip:a@b', alice.uri()).send()
      }
      send()
      await stage.pause(50)
      await container.undeploy('screen')
      send()
      await alice.expect('OPTIONS')
      alice.send(200)
      await stage.pause(5)
      expect(container.census()).to.include(empty)
    }))

  for (const [text, why] of [
    ['INVITE ("a","b","NEUTRAL","","NO_ROUTE","0")', 'a line is METHOD'],
    ['\nINVITE: "a"', 'line 2: entries are in parentheses'],
    ['INVITE: ("a","b")', 'six values'],
    ['INVITE: ("a","b","NOWHERE","","NO_ROUTE","0")', 'no region NOWHERE'],
    ['INVITE: ("a","b","NEUTRAL","","ROUTE","0")', 'ROUTE needs a proxy'],
  ] as const) {
    it(`V-20 says what is wrong with a file: ${why}`, () => {
      expect(() => defaultApplicationRouter(text)).to.throw(TypeError, why)
    })
  }
})
