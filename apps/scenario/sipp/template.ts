/** The text of a SIPp message, with its keywords in brackets. */

import { SippFault } from './fault.js'

/** What is known while a call goes on. */
export interface Values {
  /** A keyword such as `local_ip`; `offset` as in [branch-2]. */
  keyword(name: Keyword, offset: number): string
  variable(name: string): string
  /** `name` with a colon gives whole lines, without it the value. Undefined when the latest message has none. */
  last(name: string): string | undefined
  /** A column of the line of the file that this call has. */
  field(column: number): string
}

const keywords = [
  'auto_media_port',
  'branch',
  'call_id',
  'call_number',
  'cseq',
  'last_cseq_number',
  'local_ip',
  'local_ip_type',
  'local_port',
  'media_ip',
  'media_ip_type',
  'media_port',
  'msg_index',
  'next_url',
  'peer_tag_param',
  'pid',
  'remote_host',
  'remote_ip',
  'remote_port',
  'routes',
  'service',
  'transport',
] as const
export type Keyword = (typeof keywords)[number]

type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'keyword'; readonly name: Keyword; readonly offset: number }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'last'; readonly name: string }
  | { readonly kind: 'field'; readonly column: number }
  | { readonly kind: 'length'; readonly offset: number }

type Line = readonly Part[]

export class Template {
  readonly #head: readonly Line[]
  readonly #body: readonly Line[]

  private constructor(head: readonly Line[], body: readonly Line[]) {
    this.#head = head
    this.#body = body
  }

  /** A whole message: indentation goes, lines end with CRLF. Throws SippFault for a keyword that is not known. */
  static message(text: string, line: number): Template {
    const lines = text
      .trim()
      .split('\n')
      .map(each => each.trim())
    const end = lines.indexOf('')
    const read = (each: string): Line => partsOf(each, line)
    return end < 0
      ? new Template(lines.map(read), [])
      : new Template(lines.slice(0, end).map(read), lines.slice(end + 1).map(read))
  }

  /** One line of text. */
  static line(text: string, line: number): Template {
    return new Template([partsOf(text, line)], [])
  }

  /** The start line as written, for those who want to know its method. */
  get start(): string {
    return (this.#head[0] ?? []).map(part => (part.kind === 'literal' ? part.text : '')).join('')
  }

  message(values: Values): string {
    const body = this.#body.map(line => `${expand(line, values, 0) ?? ''}\r\n`).join('')
    const head = this.#head.flatMap(line => {
      const text = expand(line, values, body.length)
      // A line that only had a keyword without a value is none.
      return text === undefined || text === '' ? [] : [`${text}\r\n`]
    })
    return `${head.join('')}\r\n${body}`
  }

  line(values: Values): string {
    return this.#head.map(line => expand(line, values, 0) ?? '').join('')
  }
}

/** A part without a value takes the rest of its line with it, as SIPp does. */
function expand(line: Line, values: Values, length: number): string | undefined {
  let text = ''
  for (const part of line) {
    const value = textOf(part, values, length)
    if (value === undefined) return text === '' ? undefined : text
    text += value
  }
  return text
}

function textOf(part: Part, values: Values, length: number): string | undefined {
  switch (part.kind) {
    case 'literal':
      return part.text
    case 'keyword':
      return values.keyword(part.name, part.offset)
    case 'variable':
      return values.variable(part.name)
    case 'last':
      return values.last(part.name)
    case 'field':
      return values.field(part.column)
    case 'length':
      return String(length + part.offset)
  }
}

function partsOf(text: string, line: number): Line {
  return text
    .split(/(\[[^\][]+\])/)
    .filter(piece => piece !== '')
    .map(piece => (/^\[.*\]$/.test(piece) ? bracketed(piece, line) : { kind: 'literal', text: piece }))
}

function bracketed(piece: string, line: number): Part {
  // An IPv6 address is one as it stands.
  if (/^\[[\da-f.]*:[\da-f:.]*\]$/i.test(piece)) return { kind: 'literal', text: piece }
  const [, word = '', sign = ''] = /^\[(.*?)([+-]\d+)?\]$/.exec(piece) ?? []
  const offset = Number(sign)
  if (word === 'len') return { kind: 'length', offset }
  const known = keywords.find(name => name === word)
  if (known !== undefined) return { kind: 'keyword', name: known, offset }
  if (word.startsWith('$')) return { kind: 'variable', name: word.slice(1) }
  const column = /^field(\d+)$/.exec(word)?.[1]
  if (column !== undefined) return { kind: 'field', column: Number(column) }
  const name = /^\[last_([A-Za-z-]+:?)\]$/.exec(piece)?.[1]
  if (name !== undefined && name !== 'message') return { kind: 'last', name }
  throw new SippFault(line, `the keyword ${piece} is not supported`)
}
