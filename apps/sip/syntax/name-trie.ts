/** Header names found letter by letter, in any case, without cutting them out or hashing them: §7.3.1. */

import { isToken } from './char-class.js'

export class NameTrie {
  /** The column of each octet that occurs in a name, upper and lower case alike; 0 for all others. */
  private readonly column = new Uint8Array(256)
  private readonly width: number
  /** The next node by node and column; 0 when no name goes on like that. */
  private readonly next: Uint16Array
  private readonly depths: Uint8Array
  /** One more than the index of the name that ends in the node. */
  private readonly ends: Uint16Array

  /** Names are tokens of at most 255 octets; each stands for the index at the same place. */
  constructor(names: readonly (readonly [name: string, index: number])[]) {
    let columns = 0
    let letters = 1
    for (const [name] of names) {
      if (!isToken(name) || name.length > 255) throw new TypeError(`not a header name: ${JSON.stringify(name)}`)
      letters += name.length
      for (const letter of name.toLowerCase()) {
        if (this.columnOf(letter) > 0) continue
        columns++
        this.column[letter.charCodeAt(0)] = columns
        this.column[letter.toUpperCase().charCodeAt(0)] = columns
      }
    }
    this.width = columns + 1
    this.next = new Uint16Array(letters * this.width)
    this.depths = new Uint8Array(letters)
    this.ends = new Uint16Array(letters)
    let nodes = 1
    for (const [name, index] of names) nodes = this.add(name.toLowerCase(), index, nodes)
  }

  /** The node of the name that starts at `at` and ends at a colon; 0 when there is none. */
  find(text: string, at: number): number {
    const { column, next, width } = this
    let node = 0
    for (;;) {
      const code = text.charCodeAt(at++)
      if (code === 58) return node
      node = next[node * width + (column[code] ?? 0)] ?? 0
      if (node === 0) return 0
    }
  }

  /** The index that the name of the node stands for; -1 when it is only the beginning of names. */
  indexOf(node: number): number {
    return (this.ends[node] ?? 0) - 1
  }

  /** The length of the name. */
  lengthOf(node: number): number {
    return this.depths[node] ?? 0
  }

  private columnOf(letter: string): number {
    return this.column[letter.charCodeAt(0)] ?? 0
  }

  private add(name: string, index: number, nodes: number): number {
    let node = 0
    for (const [depth, letter] of [...name].entries()) {
      const at = node * this.width + this.columnOf(letter)
      let following = this.next[at] ?? 0
      if (following === 0) {
        following = nodes++
        this.next[at] = following
        this.depths[following] = depth + 1
      }
      node = following
    }
    this.ends[node] = index + 1
    return nodes
  }
}
