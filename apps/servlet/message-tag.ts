/** The name that a method or a status code has in the standard hierarchy. */

import type { Hierarchy } from './hierarchy.js'
import type { SipTag } from './sip-hierarchy.js'

const tags: ReadonlyMap<number, SipTag> = new Map<number, SipTag>([
  [100, 'trying'],
  [180, 'ringing'],
  [181, 'call-is-being-forwarded'],
  [182, 'queued'],
  [183, 'session-progress'],
  [199, 'early-dialog-terminated'],
  [200, 'ok'],
  [202, 'accepted'],
  [204, 'no-notification'],
  [300, 'multiple-choices'],
  [301, 'moved-permanently'],
  [302, 'moved-temporarily'],
  [305, 'use-proxy'],
  [380, 'alternative-service'],
  [400, 'bad-request'],
  [401, 'unauthorized'],
  [402, 'payment-required'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [405, 'method-not-allowed'],
  [406, 'not-acceptable'],
  [407, 'proxy-authentication-required'],
  [408, 'request-timeout'],
  [410, 'gone'],
  [412, 'conditional-request-failed'],
  [413, 'request-entity-too-large'],
  [414, 'request-uri-too-long'],
  [415, 'unsupported-media-type'],
  [416, 'unsupported-uri-scheme'],
  [417, 'unknown-resource-priority'],
  [420, 'bad-extension'],
  [421, 'extension-required'],
  [422, 'session-interval-too-small'],
  [423, 'interval-too-brief'],
  [424, 'bad-location-information'],
  [425, 'bad-alert-message'],
  [428, 'use-identity-header'],
  [429, 'provide-referrer-identity'],
  [430, 'flow-failed'],
  [433, 'anonymity-disallowed'],
  [436, 'bad-identity-info'],
  [437, 'unsupported-credential'],
  [438, 'invalid-identity-header'],
  [439, 'first-hop-lacks-outbound-support'],
  [440, 'max-breadth-exceeded'],
  [469, 'bad-info-package'],
  [470, 'consent-needed'],
  [480, 'temporarily-unavailable'],
  [481, 'call-does-not-exist'],
  [482, 'loop-detected'],
  [483, 'too-many-hops'],
  [484, 'address-incomplete'],
  [485, 'ambiguous'],
  [486, 'busy-here'],
  [487, 'request-terminated'],
  [488, 'not-acceptable-here'],
  [489, 'bad-event'],
  [491, 'request-pending'],
  [493, 'undecipherable'],
  [494, 'security-agreement-required'],
  [500, 'server-internal-error'],
  [501, 'not-implemented'],
  [502, 'bad-gateway'],
  [503, 'service-unavailable'],
  [504, 'server-time-out'],
  [505, 'version-not-supported'],
  [513, 'message-too-large'],
  [555, 'push-notification-service-not-supported'],
  [580, 'precondition-failure'],
  [600, 'busy-everywhere'],
  [603, 'decline'],
  [604, 'does-not-exist-anywhere'],
  [606, 'not-acceptable-anywhere'],
  [607, 'unwanted'],
  [608, 'rejected'],
])

const codes: ReadonlyMap<string, number> = new Map([...tags].map(([code, tag]) => [tag, code]))

/** §8.1.3.2: a code that nobody has named is read as 183, 200 or the x00 of its class. */
export function statusTag(status: number): SipTag {
  return tags.get(status) ?? tags.get(classCode(status)) ?? 'sip-response'
}

/** The code that a name stands for; undefined for a class. */
export function statusOf(tag: SipTag): number | undefined {
  return codes.get(tag)
}

/**
 * `invite` for INVITE, and whatever else a hierarchy derives from `sip-request` without deriving anything from it;
 * methods that it does not know are `sip-request`. Names of methods are case-sensitive (§7.1).
 */
export function methodTags(hierarchy: Hierarchy<string>): ReadonlyMap<string, string> {
  const leaves = hierarchy.descendants('sip-request').filter(tag => hierarchy.children(tag).length === 0)
  return new Map(leaves.map(tag => [tag.toUpperCase(), tag]))
}

function classCode(status: number): number {
  return status < 200 ? 183 : Math.trunc(status / 100) * 100
}
