/** Whole flows between two stacks of ours over UDP, in which each message in turn is lost, once and three times: they end as ever. */

import { expect } from 'chai'
import type { RunOptions } from '../../../apps/scenario/scenario.js'
import type { ActiveDialog, Authenticate, Core, Incoming, SipStack } from '../../../apps/sip/sip.js'
import { dialogOf } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

type Tell = (what: string) => void
/** What a handler gives to the flow: the dialog as the callee has it. */
type Keep = (incoming: Incoming) => void

interface Flow {
  readonly name: string
  /** The core of the callee. */
  readonly bob: (tell: Tell, keep: Keep) => Omit<Core, 'name' | 'match'>
  readonly alice: (own: Own) => Promise<void>
}

interface Own {
  readonly stack: SipStack
  /** His URI. */
  readonly bob: string
  readonly tell: Tell
  /** What bob has kept. */
  readonly theirs: () => ActiveDialog
  /** ms; long enough for everything to have come, unless given. */
  readonly pause: (time?: number) => Promise<void>
}

const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0\r\n'
/** ms after which nothing comes again: 64*T1 and more. */
const QUIET = 40_000

/** What both ends tell of a flow, whichever message was lost: `isLost` says whether one of these octets is. */
async function told({ bob, alice }: Flow, isLost: (text: string) => boolean = () => false): Promise<readonly string[]> {
  const story: string[] = []
  const options: RunOptions = { transport: 'udp' }
  await passing(async stage => {
    let kept: ActiveDialog | undefined
    const keep = (incoming: Incoming): void => {
      kept = incoming.dialog
    }
    const theirs = (): ActiveDialog => {
      if (kept === undefined) throw new Error('bob has no dialog')
      return kept
    }
    stage.network.drop(isLost)
    const core = { name: 'bob', match: () => true, ...bob(what => story.push(`bob: ${what}`), keep) }
    const callee = await stage.stack('bob', { cores: [core] })
    const { stack } = await stage.stack('alice')
    const pause = (time = QUIET): Promise<void> => stage.pause(time)
    await alice({ stack, bob: callee.uri(), tell: what => story.push(`alice: ${what}`), theirs, pause })
    await pause()
  }, options)
  return story.toSorted()
}

/** What a message is in its flow: `200 BYE`, `ACK`. */
function kindOf(text: string): string {
  const status = /^SIP\/2\.0 (\d{3})/.exec(text)?.[1]
  const [, number = '', method = ''] = /^CSeq: *(\d+) +(\S+)/im.exec(text) ?? []
  return `${status ?? text.slice(0, text.indexOf(' '))} ${method} ${number}`
}

const takes = (invite: Incoming): void => void invite.reply(200, { body: sdp })
const heard =
  (tell: Tell) =>
  ({ request }: Incoming): void =>
    tell(request.method)

const authenticate: Authenticate = { realm: 'biloxi.com', lookup: user => (user === 'alice' ? 'secret' : undefined) }

const flows: readonly Flow[] = [
  {
    name: 'a call that the caller ends',
    bob: tell => ({ INVITE: takes, ACK: heard(tell), BYE: heard(tell) }),
    alice: async ({ stack, bob, tell, pause }) => {
      const dialog = await dialogOf(stack.invite(bob, { body: sdp }))
      await pause()
      tell((await dialog.bye()).kind)
    },
  },
  {
    name: 'a call that the callee ends',
    bob: (_, keep) => ({
      INVITE: invite => {
        invite.reply(180)
        invite.after(1000, () => takes(invite))
      },
      ACK: keep,
    }),
    alice: async ({ stack, bob, tell, pause, theirs }) => {
      const dialog = await dialogOf(stack.invite(bob, { body: sdp, handlers: { BYE: heard(tell) } }))
      await pause()
      tell((await theirs().bye()).kind)
      tell(await dialog.ended)
    },
  },
  {
    name: 'a call that is refused',
    bob: () => ({
      INVITE: invite => {
        invite.reply(180)
        invite.after(1000, () => invite.reply(486))
      },
    }),
    alice: async ({ stack, bob, tell }) => {
      const outcome = await stack.invite(bob).outcome
      tell(outcome.kind === 'rejected' ? String(outcome.response.status) : outcome.kind)
    },
  },
  {
    name: 'a call that is cancelled',
    bob: tell => ({ INVITE: invite => void invite.reply(180), CANCEL: () => tell('cancelled') }),
    alice: async ({ stack, bob, tell, pause }) => {
      const call = stack.invite(bob)
      await pause(1000)
      call.cancel()
      tell((await call.outcome).kind)
    },
  },
  {
    name: 'a reliable provisional response with the answer, and its PRACK (RFC 3262)',
    bob: tell => ({
      INVITE: invite => {
        invite.reply(183, { reliable: true, body: sdp })
        invite.after(10_000, () => invite.reply(200))
      },
      ACK: heard(tell),
    }),
    alice: async ({ stack, bob, tell, pause }) => {
      const dialog = await dialogOf(stack.invite(bob, { body: sdp }))
      await pause()
      tell((await dialog.bye()).kind)
    },
  },
  {
    name: 'an offer in the 200 and the answer in the ACK',
    bob: tell => ({ INVITE: takes, ACK: ({ request }) => tell(`heard ${request.body.length} octets`) }),
    alice: async ({ stack, bob, tell, pause }) => {
      const dialog = await dialogOf(stack.invite(bob, { answer: () => sdp }))
      await pause()
      tell((await dialog.bye()).kind)
    },
  },
  {
    name: 'a re-INVITE of the caller, an INFO and an UPDATE',
    bob: tell => ({
      INVITE: takes,
      ...Object.fromEntries(
        ['reINVITE', 'INFO', 'UPDATE'].map(name => [
          name,
          (incoming: Incoming) => {
            tell(name)
            incoming.reply(200, incoming.request.body === '' ? {} : { body: incoming.request.body })
          },
        ]),
      ),
    }),
    alice: async ({ stack, bob, tell, pause }) => {
      const dialog = await dialogOf(stack.invite(bob, { body: sdp }))
      await pause()
      tell((await dialog.reinvite({ body: sdp })).kind)
      await pause()
      tell((await dialog.request('INFO')).kind)
      tell((await dialog.update({ body: sdp })).kind)
      tell((await dialog.bye()).kind)
    },
  },
  {
    name: 'a re-INVITE of the callee',
    bob: (_, keep) => ({
      INVITE: takes,
      ACK: keep,
    }),
    alice: async ({ stack, bob, tell, pause, theirs }) => {
      const reINVITE = (incoming: Incoming): void => {
        tell('reINVITE')
        incoming.reply(200, { body: sdp })
      }
      const dialog = await dialogOf(stack.invite(bob, { body: sdp, handlers: { reINVITE } }))
      await pause()
      tell((await theirs().reinvite({ body: sdp })).kind)
      await pause()
      tell((await dialog.bye()).kind)
    },
  },
  {
    name: 'a call that needs a password',
    bob: tell => ({ authenticate, INVITE: takes, ACK: heard(tell), BYE: heard(tell) }),
    alice: async ({ stack, bob, tell, pause }) => {
      const own = { from: 'sip:alice@biloxi.com', auth: { username: 'alice', password: 'secret' } }
      const dialog = await dialogOf(stack.invite(bob, { ...own, body: sdp }))
      await pause()
      tell((await dialog.bye()).kind)
    },
  },
  {
    name: 'a MESSAGE outside of calls',
    bob: tell => ({
      MESSAGE: message => {
        tell('MESSAGE')
        message.reply(200)
      },
    }),
    alice: async ({ stack, bob, tell }) => tell((await stack.request('MESSAGE', bob)).kind),
  },
  {
    name: 'a registration',
    bob: tell => ({
      REGISTER: register => {
        const { request } = register
        const [Contact, Expires] = [request.raw('Contact').join(), request.raw('Expires').join()]
        tell(`REGISTER ${Expires}`)
        register.reply(200, { headers: { Contact: `${Contact};expires=${Expires}` } })
      },
    }),
    alice: async ({ stack, bob, tell }) => {
      const registration = stack.keepRegistered('sip:alice@biloxi.com', { registrar: bob, expires: 3600 })
      for await (const { kind } of registration.events) {
        tell(kind)
        break
      }
      tell((await registration.unregister()).kind)
    },
  },
  {
    name: 'a subscription (RFC 6665)',
    bob: tell => ({
      SUBSCRIBE: subscribe => {
        const watcher = subscribe.accept({ contentType: 'text/plain', body: 'first' })
        watcher.closed.then(tell)
      },
    }),
    alice: async ({ stack, bob, tell }) => {
      const subscription = stack.subscribe(bob, { event: 'presence' })
      for await (const notification of subscription) {
        tell(`${notification.state} ${notification.body}`)
        break
      }
      tell((await subscription.unsubscribe()).kind)
    },
  },
]

describe('flows that lose messages', () => {
  for (const flow of flows) {
    it(`FLW-37 §17 ${flow.name}: each message lost once, and three times`, async () => {
      const kinds = new Set<string>()
      const clean = await told(flow, text => {
        kinds.add(kindOf(text))
        return false
      })
      expect(clean).to.not.deep.equal([])
      for (const kind of kinds) {
        for (const copies of [1, 3]) {
          let lost = 0
          const story = await told(flow, text => kindOf(text) === kind && lost++ < copies)
          expect(story, `${kind} lost ${copies} times`).to.deep.equal(clean)
          expect(lost, kind).to.be.at.least(1)
        }
      }
    })
  }
})
