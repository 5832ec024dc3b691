/** What a user agent is capable of, as it stands in its Contact: RFC 3840 §5, §9. */

import { refuseControls } from '../syntax/quoted.js'

/**
 * By the names of the Contact: `{ audio: true, mobility: 'fixed', methods: 'INVITE,BYE', '+sip.message': true }`. A text is a list of
 * values, or one string in angle brackets.
 */
export type Features = Readonly<Record<string, string | boolean>>

/** Those that are written without a plus sign (RFC 3840 §9). */
const base: ReadonlySet<string> = new Set(
  'audio automata class duplex data control mobility description events priority methods extensions schemes application video language type isfocus actor text'.split(
    ' ',
  ),
)

/** The feature tag that a parameter of a Contact is for, in lower case; undefined where it is for none. */
export function featureTag(parameter: string): string | undefined {
  const name = parameter.toLowerCase()
  if (base.has(name)) return `sip.${name}`
  return name.startsWith('+') ? name.slice(1) : undefined
}

/** As parameters of a Contact. Throws TypeError for what is no feature, or cannot be written. */
export function featuresText(features: Features): string {
  return Object.entries(features).map(parameterText).join('')
}

function parameterText([name, value]: readonly [string, string | boolean]): string {
  if (featureTag(name) === undefined || !/^\+?[A-Za-z][\w!'.%-]*$/.test(name))
    throw new TypeError(`not a feature: ${name}`)
  if (value === true) return `;${name}`
  const text = value === false ? 'FALSE' : value
  refuseControls(text, `the feature ${name}`)
  if (text === '' || /["\\]/.test(text))
    throw new TypeError(`not a value of the feature ${name}: ${JSON.stringify(text)}`)
  return `;${name}="${text}"`
}
