/** Single headers by a scan, without parsing: Call-ID, so that the thread with the socket knows which shard owns a message. */

const TAB = 9
const LF = 10
const CR = 13
const SP = 32
const COLON = 58

/** The first Call-ID, long or compact, in any case; undefined when there is none. */
export function scanCallId(text: string): string | undefined {
  const at = scanHeader(text, startOf(text), 'call-id', 'i')
  if (at < 0) return undefined
  const value = scanValue(text, at)
  const blank = value.indexOf(' ')
  return (blank < 0 ? value : value.slice(0, blank)) || undefined
}

/** §7.5: line ends before the start line are skipped, so that the first empty line is the end of the headers. */
export function startOf(text: string): number {
  let at = 0
  while (isLineEnd(text.charCodeAt(at))) at++
  return at
}

/** The index after the colon of the next header of that name below the line that `at` is in; -1 when there is none. */
export function scanHeader(text: string, at: number, name: string, compact: string): number {
  const nameCode = name.charCodeAt(0)
  const compactCode = compact.charCodeAt(0)
  for (;;) {
    at = text.indexOf('\n', at) + 1
    if (at === 0 || isLineEnd(text.charCodeAt(at))) return -1
    const code = text.charCodeAt(at) | 32
    let value = -1
    if (code === nameCode) value = valueAfter(text, at, name)
    if (code === compactCode && value < 0) value = colonAfter(text, at + 1)
    if (value >= 0) return value
  }
}

/** The value from `at` to the end of its line, unfolded, without blanks around it. */
export function scanValue(text: string, at: number): string {
  let end = lineEnd(text, at)
  while (isBlank(text.charCodeAt(end + 1))) end = lineEnd(text, end + 1)
  const value = text.slice(at, end)
  return value.includes('\n') ? value.replaceAll(/\r?\n/g, ' ').trim() : value.trim()
}

function valueAfter(text: string, at: number, name: string): number {
  const end = at + name.length
  // The colon first: most names that begin alike are of another length.
  const value = colonAfter(text, end)
  return value >= 0 && text.substring(at, end).toLowerCase() === name ? value : -1
}

function colonAfter(text: string, at: number): number {
  while (isBlank(text.charCodeAt(at))) at++
  return text.charCodeAt(at) === COLON ? at + 1 : -1
}

function isBlank(code: number): boolean {
  return code === SP || code === TAB
}

function isLineEnd(code: number): boolean {
  return code === CR || code === LF
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}
