/** What a core says in each request inside its calls: RFC 3323 §4.2, RFC 5627 §4.4. */

import type { HeaderInputs } from '../syntax/header-value.js'
import type { Core } from './core.js'
import { isTargetRefresh } from './dialog.js'
import { privacyText } from './privacy.js'

/** The headers of a request, with those. */
export function standingHeaders(
  { privacy, contact }: Core,
  method: string,
  headers: HeaderInputs | undefined,
): HeaderInputs | undefined {
  if (privacy === undefined && contact === undefined) return headers
  return {
    ...(privacy === undefined ? {} : { Privacy: privacyText(privacy) }),
    // §12.2.1.1: who moves our end of a dialog says where it is, and where that is does not change by itself.
    ...(contact === undefined || !isTargetRefresh(method) ? {} : { Contact: `<${contact}>` }),
    ...headers,
  }
}
