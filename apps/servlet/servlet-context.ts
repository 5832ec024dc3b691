/** What all servlets of an application share: its parameters and attributes, and what makes messages, sessions and timers. */

import { Attributes } from './attributes.js'
import type { ServletApplication } from './servlet-application.js'
import { TimerService } from './servlet-timer.js'
import type { SipApplicationSession } from './sip-application-session.js'
import { SipFactory } from './sip-factory.js'

/** Finds sessions that somebody knows the name of (SipSessionsUtil, JSR 289 §15.11). */
export interface SipSessionsUtil {
  getApplicationSessionById(id: string): SipApplicationSession | undefined
  /** `create` makes one where there is none of that key. */
  getApplicationSessionByKey(key: string, create?: 'create'): SipApplicationSession | undefined
}

export class ServletContext {
  readonly applicationName: string
  readonly initParams: Readonly<Record<string, string>>
  readonly attributes: Attributes = new Attributes()
  readonly sipFactory: SipFactory
  readonly timerService: TimerService = new TimerService()
  readonly sipSessionsUtil: SipSessionsUtil
  /** Extensions that the container knows (`javax.servlet.sip.supported`). */
  readonly supported: readonly string[] = ['100rel']
  readonly supportedRfcs: readonly string[] = ['2617', '3261', '3262', '3263', '3311', '3428', '6026', '7616']
  readonly #application: ServletApplication

  constructor(application: ServletApplication) {
    this.#application = application
    this.applicationName = application.name
    this.initParams = application.descriptor.contextParams
    this.sipFactory = new SipFactory(application)
    this.sipSessionsUtil = {
      getApplicationSessionById: id => application.sessionById(id),
      getApplicationSessionByKey: (key, create) =>
        application.sessionByKey(key) ?? (create === undefined ? undefined : application.createSession(key)),
    }
  }

  getInitParameter(name: string): string | undefined {
    return Object.hasOwn(this.initParams, name) ? this.initParams[name] : undefined
  }

  /** Where the container listens, as `udp:127.0.0.1:5060` (`javax.servlet.sip.outboundInterfaces`). */
  get outboundInterfaces(): readonly string[] {
    return this.#application.runtime.stack.listening
  }

  log(text: string): void {
    this.#application.runtime.log({
      level: 'info',
      module: 'servlets',
      text: `application ${this.applicationName}: ${text}`,
    })
  }
}
