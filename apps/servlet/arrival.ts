/** What the container makes of a message before a servlet has it. */

import { type Address, parseUri, type Request, type Uri } from '../sip/sip.js'

/** Without the Route that names one of these places, `udp:127.0.0.1:5060` or `127.0.0.1:5060`, as the first hop (JSR 289 §15.5.1). */
export function withoutOwnRoute(
  request: Request,
  places: readonly string[],
): { readonly message: Request; readonly poppedRoute: Address | undefined } {
  const poppedRoute = request.get('Route')
  if (poppedRoute === undefined || !places.some(place => isPlace(poppedRoute.uri, place))) {
    return { message: request, poppedRoute: undefined }
  }
  return { message: request.removeFirst('Route'), poppedRoute }
}

function isPlace(uri: Uri, place: string): boolean {
  const own = parseUri(`sip:${hostPortOf(place)}`)
  return own !== undefined && own.host === uri.host && (own.port ?? 5060) === (uri.port ?? (uri.isSecure ? 5061 : 5060))
}

function hostPortOf(place: string): string {
  return place.replace(/^[a-z]+:(?=.+:\d+$)/, '')
}

/** A Route that leads back here; undefined where we listen neither on UDP nor on TCP. */
export function ownRoute(listening: readonly string[]): string | undefined {
  const place = listening.find(each => /^(udp|tcp):/.test(each))
  const [, transport = '', host = '', port = ''] = /^(udp|tcp):(.+):(\d+)$/.exec(place ?? '') ?? []
  if (transport === '') return undefined
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '[::]' ? '[::1]' : host
  return `<sip:${reachable}:${port};transport=${transport};lr>`
}

/** The CANCEL for an INVITE that came: the stack has seen the one of the caller, and kept nothing of it. */
export function cancelOf(invite: Request): Request {
  const { number } = invite.cseq
  return invite.with({ method: 'CANCEL', body: '' }).set('CSeq', `${number} CANCEL`).remove('Content-Type')
}
