/** Cores: the transaction users that an application registers (§5, §8.2). */

import { type Field, trustedField } from '../syntax/field.js'
import { standardGrammar } from '../syntax/grammar.js'
import type { Request } from '../syntax/message.js'
import type { Uri } from '../syntax/uri.js'
import { type Authenticate, checkAuthenticate } from './auth/digest-server.js'
import type { Features } from './capabilities.js'
import { givenContact } from './contact.js'
import type { Incoming } from './incoming.js'
import { recvInfoLine } from './info-packages.js'
import type { Policy } from './policy.js'
import { type Privacy, privacyText } from './privacy.js'
import { checkSessionTimer } from './session-interval.js'

/** Answers a request, now or later. What it returns does not matter, but that a promise which rejects counts as a throw. */
export type Handler = (incoming: Incoming) => unknown

/**
 * What an application answers requests with. Handlers are named after methods; a request that matches and has no
 * handler gets what the RFC owes: OPTIONS 200 with Allow (§11.2), others 405 (§8.2.1). CANCEL and BYE are answered by
 * the stack, and their handlers only told. What its policy does not take never comes to a handler.
 */
export interface Core extends Policy {
  readonly name: string
  /** Whether a request outside any dialog is for this core. The first that says so gets it, highest priority first. */
  match(request: Request): boolean
  /** 0 unless given; among equals the one registered first is asked first. */
  readonly priority?: number
  /**
   * With threads, where a loaded module serves: `each` thread has a core of its own, which is the default, or `one` has it
   * for all, so that state can span calls.
   */
  readonly placement?: 'each' | 'one'
  /**
   * Who may use it (§22). Requests outside a dialog come to the handlers only with the name of their user, `incoming.user`;
   * others are challenged, or get 403. What is inside a dialog is not asked again.
   */
  readonly authenticate?: Authenticate
  /**
   * The methods that are allowed; those that have handlers, and what the stack answers by itself, unless given. One that
   * is allowed and has no handler gets 501.
   */
  readonly allow?: readonly CoreMethod[]
  /**
   * The status, 300 to 699, that calls get at the moment without `INVITE` being asked, such as 486; undefined for calls
   * that are welcome. OPTIONS without a handler gets the same (§11.2).
   */
  refuses?(request: Request): number | undefined
  /** The event packages that `SUBSCRIBE` and `PUBLISH` know; others get 489, and Allow-Events names them (RFC 6665 §4.4.4). */
  readonly events?: readonly string[]
  /**
   * The packages that `INFO` knows (RFC 6086): calls are told of them in Recv-Info, and an INFO of another one gets 469. Unless
   * given, any INFO comes to the handler, and nothing is told.
   */
  readonly infoPackages?: readonly string[]
  /** What is to be kept secret of us in answers, and in what we send inside the calls (RFC 3323 §4.2, RFC 3325 §7). */
  readonly privacy?: Privacy
  /**
   * Where we are reached in a dialog, instead of the place that the request came to: our GRUU (RFC 5627 §4.4), for instance.
   * It is read anew for each answer and request; with threads, of a core on the main thread, once for all requests.
   */
  readonly contact?: string | Uri
  /**
   * What we are capable of (RFC 3840), as it is registered: what callers say that they want of a target, or do not want, is held
   * against it, and whoever does not want us gets 480 (RFC 3841 §6). Unless given, that is no matter.
   */
  readonly features?: Features
  /** The session description that OPTIONS without a handler is answered with, to tell the media that can be had (§11.2). */
  readonly description?: string
  readonly INVITE?: Handler
  /** The other side wants to change an established call (§14.2); without it such an INVITE gets 488. */
  readonly reINVITE?: Handler
  /** A 2xx of this core was acknowledged: the call is up. */
  readonly ACK?: Handler
  /** The caller gave up before the final answer; the INVITE has been answered with 487. */
  readonly CANCEL?: Handler
  /** The other side ended the call; it has been answered with 200. */
  readonly BYE?: Handler
  readonly OPTIONS?: Handler
  readonly MESSAGE?: Handler
  readonly INFO?: Handler
  readonly REGISTER?: Handler
  readonly SUBSCRIBE?: Handler
  readonly NOTIFY?: Handler
  readonly PUBLISH?: Handler
  readonly REFER?: Handler
  readonly UPDATE?: Handler
  readonly PRACK?: Handler
}

/** Methods that a core can have a handler for. */
export type CoreMethod = Exclude<
  keyof Core,
  | keyof Policy
  | 'name'
  | 'match'
  | 'priority'
  | 'placement'
  | 'authenticate'
  | 'allow'
  | 'refuses'
  | 'events'
  | 'infoPackages'
  | 'contact'
  | 'features'
  | 'privacy'
  | 'description'
  | 'reINVITE'
>

/** What answers the requests of the other side inside a call that we have placed; as the handlers of a core. */
export type CallHandlers = Pick<
  Core,
  'reINVITE' | 'ACK' | 'BYE' | 'OPTIONS' | 'MESSAGE' | 'INFO' | 'SUBSCRIBE' | 'NOTIFY' | 'REFER' | 'UPDATE'
>

const methods: readonly CoreMethod[] = [
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'MESSAGE',
  'INFO',
  'REGISTER',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'REFER',
  'UPDATE',
  'PRACK',
]

/** §13.2.1: what is allowed inside each call of ours. */
const always: readonly CoreMethod[] = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS']

/** A core for one call that we place: nothing outside it is for it. Throws TypeError for what could not be told to the peer. */
export function callCore(
  handlers: CallHandlers,
  {
    sessionTimer,
    infoPackages,
    privacy,
    contact,
  }: Pick<Core, 'sessionTimer' | 'infoPackages' | 'privacy' | 'contact'> = {},
): Core {
  checkSessionTimer(sessionTimer)
  if (infoPackages !== undefined) recvInfoLine(infoPackages)
  if (privacy !== undefined) privacyText(privacy)
  if (contact !== undefined) givenContact(contact)
  const more = methods.filter(method => !always.includes(method) && method in handlers)
  const said = {
    ...(sessionTimer === undefined ? {} : { sessionTimer }),
    ...(infoPackages === undefined ? {} : { infoPackages }),
    ...(privacy === undefined ? {} : { privacy }),
    ...(contact === undefined ? {} : { contact }),
  }
  return { ...handlers, ...said, name: 'call', match: () => false, allow: [...always, ...more] }
}

/** To be called as a method of its core. */
export function handlerOf(core: Core, method: string): Handler | undefined {
  const known = methods.find(each => each === method)
  if (known === undefined || core.allow?.includes(known) === false) return undefined
  return core[known]
}

/** Allow: what has a handler, and what the stack answers by itself (§20.5). */
export function allowLine(core: Core): Field {
  if (core.allow !== undefined) return trustedField(standardGrammar.find('Allow'), core.allow.join(', '))
  const byStack = core.INVITE === undefined ? ['OPTIONS'] : ['OPTIONS', 'ACK', 'CANCEL', 'BYE', 'PRACK']
  const allowed = methods.filter(method => byStack.includes(method) || core[method] !== undefined)
  return trustedField(standardGrammar.find('Allow'), allowed.join(', '))
}

/** Throws TypeError unless the value can serve as a core. */
export function checkCore(value: unknown): asserts value is Core {
  if (typeof value !== 'object' || value === null) throw new TypeError('a core must be an object')
  if (!('name' in value) || typeof value.name !== 'string') throw new TypeError('a core needs a name')
  if (!('match' in value) || typeof value.match !== 'function') {
    throw new TypeError(`the core ${value.name} needs a match function`)
  }
  if ('authenticate' in value && value.authenticate !== undefined) checkAuthenticate(value.authenticate)
}
