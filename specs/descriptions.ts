/** The session descriptions of these scenarios. */

/** One audio stream, `direction` as sendonly where it is not sendrecv; the version says how often it has changed. */
export function audio(owner: string, version: number, direction?: string): string {
  const lines = [
    'v=0',
    `o=${owner} 1 ${version} IN IP4 192.0.2.9`,
    's=-',
    'c=IN IP4 192.0.2.9',
    't=0 0',
    'm=audio 4000 RTP/AVP 0',
    ...(direction === undefined ? [] : [`a=${direction}`]),
  ]
  return `${lines.join('\r\n')}\r\n`
}

export const typed: { readonly 'Content-Type': string } = { 'Content-Type': 'application/sdp' }
