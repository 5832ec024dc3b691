/** What is to be kept secret of who sends something: RFC 3323 §4.2, RFC 3325 §7. */

import type { HeaderInputs } from '../syntax/header-value.js'
import type { Request } from '../syntax/message.js'

/**
 * `id`: the identity that the first proxy asserts; `header`: Via, Contact and the like; `session`: addresses in the session
 * description; `critical`: rather not at all than without that; `none`: nothing, whatever a service would do by itself.
 */
export type PrivacyLevel = 'id' | 'header' | 'session' | 'critical' | 'none'

export type Privacy = PrivacyLevel | readonly PrivacyLevel[]

const known: readonly string[] = ['id', 'header', 'session', 'critical', 'none']

/** §4.2, §4.3: who cannot do what is critical has to refuse. Throws TypeError for what makes no sense. */
export function privacyHeaders(privacy: Privacy): HeaderInputs {
  const levels = levelsOf(privacy)
  const demand = levels.includes('critical') ? { 'Proxy-Require': 'privacy' } : {}
  return { Privacy: levels.join(';'), ...demand }
}

/** The value of the header. Throws TypeError for what makes no sense. */
export function privacyText(privacy: Privacy): string {
  return levelsOf(privacy).join(';')
}

/** §4.1.1: whoever wants to be secret does not say in From who he is. */
export function isAnonymous(privacy: Privacy | undefined): boolean {
  return privacy !== undefined && !levelsOf(privacy).includes('none')
}

/** §4.2: it is to be refused where the privacy that it asks for cannot be had. */
export function isPrivacyCritical(request: Request): boolean {
  return request.raw('Privacy').some(value => /(^|[;,])\s*critical\s*($|[;,])/i.test(value))
}

/** §4.2: none stands alone, each of the others once, and critical at the end. */
function levelsOf(privacy: Privacy): readonly PrivacyLevel[] {
  const levels = typeof privacy === 'string' ? [privacy] : privacy
  const unknown = levels.find(level => !known.includes(level))
  if (unknown !== undefined) throw new TypeError(`not a level of privacy: ${unknown} (${known.join(', ')})`)
  const others = levels.filter(level => level !== 'critical')
  const isAlone = !levels.includes('none') || levels.length === 1
  if (others.length === 0 || !isAlone || new Set(levels).size < levels.length) {
    throw new TypeError(`no privacy is ${levels.join(';') || 'asked for'}`)
  }
  return others.length < levels.length ? [...others, 'critical'] : levels
}
