/** Which SIP domains a certificate stands for, and whether one of them is whom we wanted: RFC 5922 §7. */

/** The parts of a certificate that say whose it is, as node:tls gives them. */
export interface Certificate {
  /** `DNS:example.com, URI:sip:example.com, IP Address:192.0.2.1`. */
  readonly subjectaltname?: string | undefined
  readonly subject?: { readonly CN?: string | readonly string[] } | undefined
}

/** A name, quoted as JSON where it has odd characters. */
const entry = /(DNS|URI|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/y

/** RFC 5922 §7.1: sip URIs without user; DNS names only where there are none; the CN only without subjectAltName. */
export function sipIdentities({ subjectaltname, subject }: Certificate): readonly string[] {
  if (subjectaltname === undefined) return [subject?.CN ?? []].flat().filter(isPlain)
  const names: Record<string, string[]> = {}
  entry.lastIndex = 0
  for (let at = 0; at < subjectaltname.length; at = entry.lastIndex) {
    const match = entry.exec(subjectaltname)
    // Of a list that cannot be read nothing is believed.
    if (match === null) return []
    const [, type = '', value = ''] = match
    if (isPlain(value)) names[type] = [...(names[type] ?? []), value]
  }
  const domains = (names['URI'] ?? []).flatMap(uri => /^sip:([^@;?:]+)(?::\d+)?(?:[;?].*)?$/i.exec(uri)?.[1] ?? [])
  // DEVIATES RFC 5922 §7.1: an address in the certificate stands for itself, since sips URIs may have one as host.
  return [...(domains.length > 0 ? domains : (names['DNS'] ?? [])), ...(names['IP Address'] ?? [])]
}

/** RFC 5922 §7.2: whole names, without regard to case; a wildcard matches nothing but itself. */
export function isIdentity(name: string, identities: readonly string[]): boolean {
  const wanted = name.toLowerCase()
  return identities.some(identity => identity.toLowerCase() === wanted)
}

/** Node quotes what could be taken for something else; names that need it are none of ours. */
function isPlain(value: string): boolean {
  return value !== '' && !value.startsWith('"') && /^[\x21-\x7e]+$/.test(value)
}
