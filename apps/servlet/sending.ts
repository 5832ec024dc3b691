/** The way of a servlet's requests to the stack, and of their responses back to the servlet of the session. */

import { type ActiveDialog, type Call, createResponse, type Outcome, type Request, type Response } from '../sip/sip.js'
import type { Runtime } from './runtime.js'
import type { Sending, SipServletRequest } from './sip-servlet-request.js'
import { SipServletResponse } from './sip-servlet-response.js'
import { ownHeaders } from './system-header.js'

type AnswerOffer = (offer: string, response: Response) => Promise<string>

/** How requests outside dialogs are sent. Throws TypeError for what belongs to a call. */
export function outside(runtime: Runtime): Sending {
  return {
    isInDialog: false,
    send(request) {
      const { session, method, auth } = request
      const message = runtime.leaving(request)
      const options = auth === undefined ? {} : { auth }
      if (method !== 'INVITE') {
        const outcome = runtime.stack.request(method, message, options)
        session.opened(request)
        return settle(request, outcome, () => undefined)
      }
      const answer = (_offer: string, response: Response): Promise<string> => session.answers.wanted(response)
      const call = runtime.stack.invite(message, {
        ...options,
        handlers: runtime.handlers,
        ...(message.body === '' ? { answer } : {}),
      })
      session.opened(request)
      request.placed(() => call.cancel())
      void follow(request, call)
    },
  }
}

/** How requests inside the dialog of the session are sent; `whenReady` gives it as soon as there is one. */
export function inside(whenReady: (use: (dialog: ActiveDialog) => void) => void): Sending {
  return {
    isInDialog: true,
    send(request) {
      const { session } = request
      whenReady(dialog => {
        let offering: Response | undefined
        // The exchange ends with the ACK, and the servlet, which makes that, needs the response before.
        const answer = (_offer: string, response: Response): Promise<string> => {
          offering = response
          const given = session.answers.wanted(response)
          deliver(request, response)
          return given
        }
        settle(request, outcomeOf(request, dialog, answer), () => offering)
      })
      // Not what the dialog has refused to take.
      session.opened(request)
    },
  }
}

function outcomeOf(
  { message, method }: SipServletRequest,
  dialog: ActiveDialog,
  answer: AnswerOffer,
): Promise<Outcome> {
  const options = { headers: ownHeaders(message), ...(message.body === '' ? {} : { body: message.body }) }
  switch (method) {
    case 'INVITE':
      return dialog.reinvite(message.body === '' ? { ...options, answer } : options)
    case 'UPDATE':
      return dialog.update(options)
    case 'BYE':
      return dialog.bye(options)
    default:
      return dialog.request(method, options)
  }
}

/** None of these promises rejects. */
function settle(request: SipServletRequest, outcome: Promise<Outcome>, heard: () => Response | undefined): void {
  void outcome.then(how => {
    const response = responseOf(request.message, how)
    if (response !== heard()) deliver(request, response)
  })
}

/** The responses of a call, as they come; its dialog when the stack has acknowledged the 2xx. */
async function follow(request: SipServletRequest, call: Call): Promise<void> {
  const { session } = request
  let last: Response | undefined
  for await (const response of call.responses) {
    last = response
    const early = call.earlyDialogs.find(({ dialog }) => dialog.remoteTag === response.to.tag)
    if (early !== undefined) session.join(early)
    deliver(request, response)
  }
  const outcome = await call.outcome
  if (outcome.kind === 'answered') return session.join(outcome.dialog)
  // It was answered, and nobody acknowledged, or it was given up just then.
  if (last?.isSuccess) return session.over('local')
  const response =
    outcome.kind === 'cancelled'
      ? (outcome.response ?? createResponse(request.message, 487))
      : responseOf(request.message, outcome)
  if (response !== last) deliver(request, response)
}

function deliver(request: SipServletRequest, response: Response): void {
  request.session.hear(new SipServletResponse(request, response, true))
}

/** JSR 289 §11.1.6: what did not come is as if 408 or 503 had come (RFC 3261 §8.1.3.1). */
function responseOf(request: Request, outcome: Outcome): Response {
  switch (outcome.kind) {
    case 'answered':
    case 'rejected':
      return outcome.response
    case 'timeout':
      return createResponse(request, 408)
    case 'transportError':
      return createResponse(request, 503)
  }
}
