/** Which bodies a core understands, and in which it may answer: §8.2.3, §20.1 to §20.3. */

import { covers, type MediaType, mediaType } from '../syntax/media-type.js'
import type { Request } from '../syntax/message.js'
import { type BodyPart, partsOf } from '../syntax/mime.js'
import type { Refusal } from '../syntax/validate.js'
import type { Policy } from './policy.js'

/** Those that make, change or ask about sessions: SDP describes them unless the policy says otherwise (§13.2.1). */
const sessionMethods: ReadonlySet<string> = new Set(['INVITE', 'OPTIONS', 'UPDATE', 'PRACK'])

export class Acceptance {
  /** As they stand in Accept, Accept-Encoding and Accept-Language. */
  readonly types: readonly string[]
  readonly encodings: readonly string[]
  readonly languages: readonly string[]
  readonly #ranges: readonly MediaType[]
  readonly #largest: number
  /** The types were given: they are for all methods. */
  readonly #isGeneral: boolean

  /** Throws TypeError for what is no media type. */
  constructor({ accept, acceptEncoding, acceptLanguage, largestBody }: Policy, isCallee: boolean) {
    this.types = accept ?? [isCallee ? 'application/sdp' : '*/*']
    this.#ranges = this.types.map(name => mediaType(name))
    this.#isGeneral = accept !== undefined
    this.encodings = acceptEncoding ?? ['identity']
    this.languages = acceptLanguage ?? ['*']
    this.#largest = largestBody ?? Number.POSITIVE_INFINITY
  }

  /** Why the body of a request is not taken: 413, or 415 with all that would be understood in its place (§8.2.3). */
  refusalOf(request: Request): Refusal | undefined {
    if (request.body.length > this.#largest) return { status: 413, reason: 'Request Entity Too Large' }
    const judgesTypes = this.#isGeneral || sessionMethods.has(request.method)
    const lacks = new Set<Lack>()
    if (!this.#judge(request, judgesTypes, lacks, request.grammar.limits.nesting)) {
      return { status: 400, reason: 'Malformed Multipart Body' }
    }
    if (lacks.size === 0) return undefined
    const headers = {
      ...(lacks.has('type') ? { Accept: this.types } : {}),
      ...(lacks.has('encoding') ? { 'Accept-Encoding': this.encodings } : {}),
      ...(lacks.has('language') ? { 'Accept-Language': this.languages } : {}),
    }
    return { status: 415, reason: 'Unsupported Media Type', headers }
  }

  /** Whether a request takes one of our types in the response (§20.1). */
  isTakenBy(request: Request): boolean {
    if (this.types.includes('*/*')) return true
    // Most say it as we do, and need not be read.
    if (request.fields.some(field => field.header.key === 'accept' && this.types.includes(field.raw))) return true
    const ranges = request.getAll('Accept')
    if (request.isMalformed('Accept') || !request.has('Accept')) return true
    return ranges.some(range => this.#ranges.some(own => covers(range, own) || covers(own, range)))
  }

  /** Notes what is not understood of a body and its parts; false when they cannot be told apart. */
  #judge(content: Request | BodyPart, judgesTypes: boolean, lacks: Set<Lack>, depth: number): boolean {
    if (isOptional(content)) return true
    if (!content.getAll('Content-Language').every(language => this.#speaks(language))) lacks.add('language')
    if (!content.getAll('Content-Encoding').every(encoding => includes(this.encodings, encoding, 'identity'))) {
      lacks.add('encoding')
      return true
    }
    const type = content.get('Content-Type')
    if (!judgesTypes || (type !== undefined && this.#ranges.some(range => covers(range, type)))) return true
    if (type?.type.toLowerCase() !== 'multipart') {
      lacks.add('type')
      return true
    }
    const parts = depth > 0 ? partsOf(content) : undefined
    if (parts === undefined) return false
    // RFC 2046 §5.1.4: the parts of an alternative say the same, and one that is understood will do.
    if (type.subtype.toLowerCase() !== 'alternative') {
      return parts.every(part => this.#judge(part, judgesTypes, lacks, depth - 1))
    }
    const each = parts.map(part => {
      const own = new Set<Lack>()
      return { own, isReadable: this.#judge(part, judgesTypes, own, depth - 1) }
    })
    if (!each.some(({ own }) => own.size === 0)) for (const lack of each[0]?.own ?? []) lacks.add(lack)
    return each.every(({ isReadable }) => isReadable)
  }

  /** RFC 4647 §3.3.1: `de` is for `de-AT`, too. */
  #speaks(language: string): boolean {
    const tag = language.toLowerCase()
    return this.languages.some(
      own => own === '*' || tag === own.toLowerCase() || tag.startsWith(`${own.toLowerCase()}-`),
    )
  }
}

type Lack = 'type' | 'encoding' | 'language'

/** §20.11. */
function isOptional(content: Request | BodyPart): boolean {
  return content.get('Content-Disposition')?.params.get('handling')?.toLowerCase() === 'optional'
}

function includes(known: readonly string[], value: string, always: string): boolean {
  const lower = value.toLowerCase()
  return lower === always || known.some(each => each === '*' || each.toLowerCase() === lower)
}
