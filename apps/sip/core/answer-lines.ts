/** The lines that the stack adds to an answer by itself: §12.1.1, §13.3.1.4, RFC 6665 §4.2.1.1. */

import { sdpLine } from '../syntax/content.js'
import { type Field, trustedField } from '../syntax/field.js'
import { standardGrammar } from '../syntax/grammar.js'
import { recordRoute } from '../syntax/header/routing.js'
import { isOf } from '../syntax/headers.js'
import type { Request } from '../syntax/message.js'
import { ownContact } from './contact.js'
import { isToldPackages } from './info-packages.js'
import { isReliably } from './reliable-response.js'
import type { ServerArg } from './server.js'

const requires100rel = trustedField(standardGrammar.find('Require'), '100rel')

/** What makes dialogs when it is accepted (§12.1, RFC 6665 §4.1.2, RFC 3515 §2). */
const opening: readonly string[] = ['INVITE', 'SUBSCRIBE', 'REFER']

interface Answer {
  readonly status: number
  readonly body: string | undefined
  /** It is to be repeated until it is acknowledged, where that can be (RFC 3262). */
  readonly reliable: boolean
}

export function answerLines(
  { service, received }: Pick<ServerArg, 'service' | 'received'>,
  { status, body, reliable }: Answer,
): readonly Field[] {
  const { request } = received
  const told = service.linesOf(request.method, status)
  const isOpening = opening.includes(request.method) && status > 100 && status < 300
  const isTarget = isOpening || isSessionAnswer(request, status)
  if (!isTarget && body === undefined) return told
  const lines: Field[] = []
  // §12.1.1: the record of the way is copied into whatever opens the dialog.
  if (isOpening) for (const field of request.fields) if (isOf(field, recordRoute)) lines.push(field)
  if (isOpening && status < 200 && isReliably(request, reliable)) lines.push(requires100rel)
  if (isTarget) lines.push(ownContact(service.core, received))
  if (service.recvInfo !== undefined && isToldPackages(request, status, reliable)) lines.push(service.recvInfo)
  lines.push(...told)
  if (body?.startsWith('v=')) lines.push(sdpLine)
  return lines
}

/** §14, RFC 3311 §5.2: it agrees to a session, and says where we are. */
export function isSessionAnswer({ method }: Request, status: number): boolean {
  return status >= 200 && status < 300 && (method === 'INVITE' || method === 'UPDATE')
}
