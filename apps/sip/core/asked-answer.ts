/** The answer of the application to the offer of a response, where our INVITE had none: §13.2.1, §14.2. */

import { errorReason, type Self, showReason } from '../../actor/actor.js'
import type { Response } from '../syntax/message.js'
import type { Exit } from './attempts.js'

/** Answers the offer of a callee, where the INVITE had none: octets in, octets out, as latin1 strings. */
export type AnswerOffer = (offer: string, response: Response) => string | Promise<string>

export type Answer = { readonly kind: 'given'; readonly body: string | undefined } | { readonly kind: 'failed' }

/** The application has answered the offer of a response, or failed to. */
export interface OfferAnswered {
  readonly kind: 'answer'
  readonly response: Response
  readonly answer: Answer
}

/** What is answered at once is told at once; all else comes as a message, also that the application or `tell` has thrown. */
export function askForAnswer(
  answer: AnswerOffer,
  response: Response,
  { context }: Pick<Exit, 'context'>,
  self: Pick<Self<OfferAnswered>, 'ref' | 'send' | 'pipe'>,
  tell: (answer: Answer) => void,
): void {
  const failed = (thrown: unknown): OfferAnswered => {
    const what = `the function for answers threw ${showReason(errorReason(thrown))}`
    context.complain({ core: 'call', callId: response.callId, what })
    return { kind: 'answer', response, answer: { kind: 'failed' } }
  }
  try {
    const body = answer(response.body, response)
    if (!(body instanceof Promise)) return tell({ kind: 'given', body })
    self.pipe(body, given => ({ kind: 'answer', response, answer: { kind: 'given', body: given } }), failed)
  } catch (thrown) {
    self.send(self.ref, failed(thrown))
  }
}
