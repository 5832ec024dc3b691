/** A core in service: what is made once for it, and the lines that tell what it can do (§8.2.6, §11.2, §13.3.1.4). */

import { type Address, toAddress } from '../syntax/address.js'
import { type Field, formField } from '../syntax/field.js'
import { standardGrammar } from '../syntax/grammar.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import type { Random } from '../syntax/ids.js'
import type { Request } from '../syntax/message.js'
import type { Refusal } from '../syntax/validate.js'
import { Acceptance } from './acceptance.js'
import { DigestServer } from './auth/digest-server.js'
import { hasPreferences, preferred } from './caller-preferences.js'
import { featuresText } from './capabilities.js'
import { givenContact } from './contact.js'
import { allowLine, type Core, callCore, checkCore } from './core.js'
import { eventRefusal } from './event-policy.js'
import { infoRefusal, recvInfoLine } from './info-packages.js'
import { type Circumstances, type Policy, refusalOf } from './policy.js'
import { privacyText } from './privacy.js'
import { checkSessionTimer, grantedHeaders } from './session-interval.js'

export class Service {
  readonly core: Core
  readonly allow: Field
  /** Finds out who asks, where that matters; knows the nonces that it has given out. */
  readonly guard: DigestServer | undefined
  /** Whether INVITEs may take the place of dialogs (RFC 3891 §6.2). */
  readonly isReplacing: boolean
  /** The INFO packages that it knows, where it knows of packages (RFC 6086 §5.2.2). */
  readonly recvInfo: Field | undefined
  /** Requests outside dialogs that it got. */
  requests = 0
  readonly #policy: Policy
  readonly #acceptance: Acceptance
  /** Ourselves, as callers may want or not want us (RFC 3841 §6). */
  readonly #capable: Address | undefined
  readonly #server: readonly Field[]
  readonly #forOptions: readonly Field[]
  readonly #forInvite: readonly Field[]
  readonly #forMethods: readonly Field[]

  /** In place of `former`, if any. Throws TypeError for a policy that cannot be told to anybody. */
  constructor(core: Core, defaults: Policy, random: Random, former?: Service) {
    const policy = withTimer({ ...defaults, ...policyOf(core) }, core)
    this.core = core
    this.allow = allowLine(core)
    this.guard = core.authenticate && new DigestServer(core.authenticate, random, former?.guard)
    this.isReplacing = policy.supported?.some(tag => tag.toLowerCase() === 'replaces') === true
    this.#capable = core.features && toAddress(`<sip:self.invalid>${featuresText(core.features)}`)
    if (core.contact !== undefined) givenContact(core.contact)
    this.recvInfo = core.infoPackages && recvInfoLine(core.infoPackages)
    this.#policy = policy
    this.#acceptance = new Acceptance(policy, core.INVITE !== undefined)
    const { types, encodings, languages } = this.#acceptance
    const server = [
      ...(policy.server === undefined ? [] : [line('Server', policy.server)]),
      ...(core.privacy === undefined ? [] : [line('Privacy', privacyText(core.privacy))]),
    ]
    // An empty line says that nothing is supported; without one nobody knows (§20.37).
    const supported = line('Supported', (policy.supported ?? []).join(', '))
    this.#server = server
    this.#forMethods = [this.allow, ...server]
    // RFC 6665 §4.4.4.
    const events = core.events === undefined ? [] : [line('Allow-Events', core.events.join(', '))]
    this.#forInvite = [this.allow, supported, ...events, ...server]
    this.#forOptions = [
      this.allow,
      line('Accept', types.join(', ')),
      line('Accept-Encoding', encodings.join(', ')),
      line('Accept-Language', languages.join(', ')),
      supported,
      ...events,
      ...server,
    ]
  }

  /** RFC 3841 §6: as a proxy would judge that has us as its only target. */
  isUnwanted(request: Request): boolean {
    const self = this.#capable
    return self !== undefined && hasPreferences(request) && preferred([self], request).length === 0
  }

  refusalOf(request: Request, circumstances: Circumstances): Refusal | undefined {
    const { events, infoPackages } = this.core
    return (
      refusalOf(request, this.#policy, this.#acceptance, circumstances) ??
      eventRefusal(request, events) ??
      infoRefusal(request, infoPackages)
    )
  }

  /** What the 2xx to an INVITE or UPDATE says of the session timer; undefined for nothing. */
  timerHeadersFor(request: Request): HeaderInputs | undefined {
    return grantedHeaders(request, this.#policy.sessionTimer)
  }

  /** The body of the 200 to an OPTIONS that the core does not answer itself; none for who does not take it (§11.2). */
  descriptionFor(request: Request): string | undefined {
    return this.#acceptance.isTakenBy(request) ? this.core.description : undefined
  }

  /** What it says of itself with an answer. */
  linesOf(method: string, status: number): readonly Field[] {
    if (status === 405 || status === 501) return this.#forMethods
    if (status < 200 || status >= 300) return this.#server
    if (method === 'OPTIONS') return this.#forOptions
    return method === 'INVITE' ? this.#forInvite : this.#forMethods
  }
}

/** Throws TypeError unless the value can serve as a core, with a policy that can be told to others. */
export function checkService(value: unknown): asserts value is Core {
  checkCore(value)
  new Service(value, {}, { uint32: () => 0 })
}

/** Throws TypeError for what goes for all cores and can be told to nobody. */
export function checkPolicy(policy: Policy): void {
  new Service(callCore({}), policy, { uint32: () => 0 })
}

function line(name: string, value: string): Field {
  return formField(standardGrammar.find(name), value, standardGrammar.limits)
}

/** RFC 4028 §7.1, §9: whoever has calls knows their timers, unless it says that it does not. */
function withTimer(policy: Policy, { INVITE, allow }: Core): Policy {
  const { sessionTimer, supported = [] } = policy
  checkSessionTimer(sessionTimer)
  const hasCalls = INVITE !== undefined || allow?.includes('INVITE') === true
  if (sessionTimer === false || !hasCalls || supported.includes('timer')) return policy
  return { ...policy, supported: [...supported, 'timer'] }
}

/** What the core says of itself; spreading it would miss what its class has. */
function policyOf(core: Core): Policy {
  const { schemes, supported, accept, acceptEncoding, acceptLanguage, largestBody, server } = core
  const { sessionTimer, takesMerged } = core
  const given = {
    ...{ schemes, supported, accept, acceptEncoding, acceptLanguage, largestBody, server, sessionTimer, takesMerged },
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
