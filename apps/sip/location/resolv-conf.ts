/** How this machine asks the DNS: the text of resolv.conf(5). */

export interface ResolvConf {
  /** Addresses, IPv6 without brackets. */
  readonly servers: readonly string[]
  readonly search: readonly string[]
  /** A name with fewer dots is looked for in the search domains first. */
  readonly ndots: number
  /** ms for one attempt with one server. */
  readonly timeout: number
  /** Rounds over all servers. */
  readonly attempts: number
  /** Each question begins with another server. */
  readonly rotate: boolean
}

/** Its limits are those of the C library: values beyond them are cut. */
export function parseResolvConf(text: string): ResolvConf {
  let search: readonly string[] = []
  const servers: string[] = []
  const options = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [word, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    const [first] = values
    if (first === undefined) continue
    if (word === 'nameserver' && servers.length < 3) servers.push(first)
    else if (word === 'search' || word === 'domain') search = values.slice(0, 6)
    else if (word === 'options') for (const option of values) options.set(...splitOption(option))
  }
  return {
    servers: servers.length > 0 ? servers : ['127.0.0.1'],
    search,
    ndots: numeric(options.get('ndots'), 1, [0, 15]),
    timeout: 1000 * numeric(options.get('timeout'), 5, [1, 30]),
    attempts: numeric(options.get('attempts'), 2, [1, 5]),
    rotate: options.has('rotate'),
  }
}

/** The names to ask for in order. A service name counts as the domain that it is a service of. */
export function candidates(name: string, { search, ndots }: ResolvConf): readonly string[] {
  if (name.endsWith('.')) return [name]
  const dots = name.split('.').filter(label => !label.startsWith('_')).length - 1
  // Unlike the C library, a name with dots enough is never looked for elsewhere: the domain of a SIP URI is complete.
  return dots >= ndots ? [name] : [...search.map(domain => `${name}.${domain}`), name]
}

function splitOption(option: string): [string, string] {
  const colon = option.indexOf(':')
  return colon < 0 ? [option, ''] : [option.slice(0, colon), option.slice(colon + 1)]
}

function numeric(text: string | undefined, otherwise: number, [least, most]: readonly [number, number]): number {
  if (text === undefined || !/^\d{1,6}$/.test(text)) return otherwise
  return Math.min(Math.max(Number(text), least), most)
}
