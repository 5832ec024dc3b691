/** A cursor over the octets of a DNS message that notes faults instead of throwing: RFC 1035 §3 and §4.1.4. */

/** Pointers in one name: as many as it can have labels. */
const MOST_POINTERS = 127

export class Octets {
  readonly #text: string
  #at = 0
  #isFaulty = false

  constructor(text: string) {
    this.#text = text
  }

  /** Something was missing or wrong; what has been read since means nothing. */
  get isFaulty(): boolean {
    return this.#isFaulty
  }

  get at(): number {
    return this.#at
  }

  uint8(): number {
    if (this.#at >= this.#text.length) return this.fault()
    return this.#text.charCodeAt(this.#at++)
  }

  uint16(): number {
    return this.uint8() * 0x100 + this.uint8()
  }

  uint32(): number {
    return this.uint16() * 0x10000 + this.uint16()
  }

  take(count: number): string {
    const text = this.#text.slice(this.#at, this.#at + count)
    if (text.length < count) this.fault()
    this.#at += text.length
    return text
  }

  /** A character-string: RFC 1035 §3.3. */
  string(): string {
    return this.take(this.uint8())
  }

  /** A name, `.` for the root. A pointer has to lead back, before all that was read of the name, so that none leads round. */
  name(): string {
    const labels: string[] = []
    let end = -1
    let first = this.#at
    let pointers = 0
    let length = 0
    for (let size = this.uint8(); size !== 0 && !this.#isFaulty; size = this.uint8()) {
      if (size >= 0xc0) {
        const to = (size & 0x3f) * 0x100 + this.uint8()
        if (to >= first || ++pointers > MOST_POINTERS) this.fault()
        if (end < 0) end = this.#at
        this.#at = to
        first = to
        continue
      }
      length += size + 1
      if (size > 63 || length > 254) this.fault()
      else labels.push(escaped(this.take(size)))
    }
    if (end >= 0) this.#at = end
    return labels.length === 0 ? '.' : labels.join('.')
  }

  fault(): 0 {
    this.#isFaulty = true
    return 0
  }
}

/** RFC 1035 §5.1: what is no plain character of a label is told by its number, a dot most of all. */
function escaped(label: string): string {
  return label.replace(/[^!-~]|[.\\]/g, char => `\\${String(char.charCodeAt(0)).padStart(3, '0')}`)
}
