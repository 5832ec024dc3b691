/** Which page a request comes from: one of another site must not act as whoever looks at it (Fetch standard, §3.2 and §3.8). */

/** Those that say where a request comes from, as Node names them. */
interface Origins {
  readonly host?: string | undefined
  readonly origin?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
}

/** What changes nothing, so that any page may send it; what is answered, a browser keeps from those of other origins. */
const harmless: readonly (string | undefined)[] = ['GET', 'HEAD', 'OPTIONS']

/** Whether a page of another origin sends it that is not among `origins`, such as `https://desk.example.com`. Programs send no origin. */
export function isFromElsewhere(method: string | undefined, headers: Origins, origins: readonly string[]): boolean {
  const { host, origin, 'sec-fetch-site': site } = headers
  if (harmless.includes(method) || (origin !== undefined && origins.includes(origin))) return false
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host?.toLowerCase())
}
