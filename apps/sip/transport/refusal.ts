/** The text of an answer to what could not become a request, with the Via stamped as for any other (§18.2.1). */

import { formatMessage } from '../syntax/format.js'
import type { Response } from '../syntax/message.js'
import type { Route, Source } from './flow.js'
import { responseRoute } from './response-route.js'
import { stampedVia } from './via-received.js'

export function refusal(response: Response, source: Source): { readonly text: string; readonly route: Route } {
  const via = stampedVia(response.via, source)
  return { text: formatMessage(response.updateFirst('Via', () => via)), route: responseRoute(via, source) }
}
