/** INFO that belongs to a package, and who says that it understands which: RFC 6086. */

import { type Field, formField } from '../syntax/field.js'
import { standardGrammar } from '../syntax/grammar.js'
import type { Request } from '../syntax/message.js'
import type { Refusal } from '../syntax/validate.js'
import { isReliably } from './reliable-response.js'

const recvInfo = standardGrammar.find('Recv-Info')

/** Recv-Info; an empty one says that packages are known, and none of them wanted. Throws TypeError for what is no package. */
export function recvInfoLine(packages: readonly string[]): Field {
  return formField(recvInfo, packages.join(', '), standardGrammar.limits)
}

/** RFC 6086 §4.2.2: why an INFO is not taken. One without a package is from before there were any. */
export function infoRefusal(request: Request, packages: readonly string[] | undefined): Refusal | undefined {
  if (request.method !== 'INFO' || packages === undefined || !request.has('Info-Package')) return undefined
  const asked = request.get('Info-Package')?.value.toLowerCase()
  if (packages.some(known => known.toLowerCase() === asked)) return undefined
  return { status: 469, reason: 'Bad Info Package', headers: { 'Recv-Info': [packages.join(', ')] } }
}

/** RFC 6086 §5.2.3: a 2xx or reliable 18x tells ours to who has told his, and to nobody else. */
export function isToldPackages(request: Request, status: number, reliable: boolean): boolean {
  return (status >= 200 ? status < 300 : isReliably(request, reliable)) && request.has('Recv-Info')
}
