/** How much of anything a peer may send before it is refused; §21.5.7 is the usual answer. */

export interface Limits {
  /** Octets of the start line. */
  readonly startLine: number
  /** Octets of the whole header section, start line included. */
  readonly headerBytes: number
  /** Header lines, folded ones counted once. */
  readonly headerCount: number
  /** Values in one comma-separated header line. */
  readonly values: number
  /** Parameters of one value or URI, and headers of a URI. */
  readonly params: number
  /** Comments in comments, multiparts in multiparts. */
  readonly nesting: number
  /** Parts of one multipart body. */
  readonly parts: number
  /** Octets of the body. */
  readonly body: number
}

export type LimitName = keyof Limits

export const defaultLimits: Limits = {
  startLine: 8192,
  headerBytes: 65_536,
  headerCount: 512,
  values: 4096,
  params: 128,
  nesting: 16,
  parts: 64,
  body: 1_048_576,
}
