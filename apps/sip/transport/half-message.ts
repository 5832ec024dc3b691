/** Whether the octets of a WebSocket end in the middle of a message: RFC 6455 §5.2, §5.4. The ws package tells of whole ones alone. */

export class HalfMessage {
  #header: number[] = []
  /** Octets that the frame still lacks. */
  #missing = 0
  /** A message of several frames is to go on. */
  #isFragmented = false
  #latest = 0

  /** A number of its own for each message that has not ended, 0 where there is none. */
  get number(): number {
    return this.#isFragmented || this.#missing > 0 || this.#header.length > 0 ? this.#latest : 0
  }

  /** Octets as they came. */
  push(octets: Uint8Array): void {
    for (let at = 0; at < octets.length; ) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, octets.length - at)
        this.#missing -= taken
        at += taken
        continue
      }
      if (this.#header.length === 0 && !this.#isFragmented) this.#latest++
      this.#header.push(octets[at++] ?? 0)
      if (this.#header.length === lengthOf(this.#header)) this.#begin()
    }
  }

  /** Frames of control may come between those of a message. */
  #begin(): void {
    const [first = 0] = this.#header
    if ((first & 0x08) === 0) this.#isFragmented = (first & 0x80) === 0
    this.#missing = payloadOf(this.#header)
    this.#header = []
  }
}

/** Octets of the header, as far as it is known. */
function lengthOf([, second]: readonly number[]): number {
  if (second === undefined) return 2
  const size = second & 0x7f
  return 2 + (size === 127 ? 8 : size === 126 ? 2 : 0) + (second & 0x80 ? 4 : 0)
}

function payloadOf(header: readonly number[]): number {
  const size = (header[1] ?? 0) & 0x7f
  return size < 126 ? size : header.slice(2, size === 126 ? 4 : 10).reduce((sum, octet) => sum * 256 + octet, 0)
}
