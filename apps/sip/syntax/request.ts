/** Building requests: §8.1.1. */

import type { Address } from './address.js'
import { Field, formField, formFields, trustedField } from './field.js'
import { type Grammar, standardGrammar } from './grammar.js'
import { callId, cseq, from, maxForwards, to, via } from './header/routing.js'
import type { HeaderInputs } from './header-value.js'
import { mergeFields } from './headers.js'
import { checkBody, checkType, Request } from './message.js'
import { checkMethod, type Method } from './method.js'
import { toUri, type Uri } from './uri.js'
import type { Via } from './via.js'

export interface RequestParts {
  readonly from: Address | string
  readonly to: Address | string
  /** Or its line, where that has been read before. */
  readonly callId: string | Field<string>
  /** The number; the method is that of the request. */
  readonly cseq: number
  readonly via?: Via | string | readonly (Via | string)[]
  /** 70 unless given: §8.1.1.6. */
  readonly maxForwards?: number
  /** Lines behind those, made once for many requests. */
  readonly lines?: readonly Field[] | undefined
  /** All other headers, in the order they are to appear. */
  readonly headers?: HeaderInputs | undefined
  /** One character per octet. */
  readonly body?: string | undefined
  readonly grammar?: Grammar
}

const seventyHops = trustedField(maxForwards, '70')

/**
 * A request. Throws TypeError for CR, LF, NUL and whatever else a field cannot hold, for headers given twice, and for a body
 * without its Content-Type.
 */
export function createRequest(method: Method, uri: Uri | string, parts: RequestParts): Request {
  const grammar = parts.grammar ?? standardGrammar
  const { limits } = grammar
  const fields: Field[] = parts.via === undefined ? [] : [...formFields(via, parts.via, limits)]
  fields.push(
    parts.maxForwards === undefined ? seventyHops : formField(maxForwards, parts.maxForwards, limits),
    formField(from, parts.from, limits),
    formField(to, parts.to, limits),
    parts.callId instanceof Field ? parts.callId : formField(callId, parts.callId, limits),
    formField(cseq, { number: parts.cseq, method }, limits),
  )
  if (parts.lines !== undefined) fields.push(...parts.lines)
  return checkType(
    new Request(
      { method: checkMethod(method), uri: toUri(uri) },
      {
        fields: parts.headers === undefined ? fields : addHeaders(fields, parts.headers, grammar),
        body: parts.body === undefined ? '' : checkBody(parts.body),
        grammar,
      },
    ),
  )
}

/** Adds headers of the application; those that the stack writes are refused. */
export function addHeaders(fields: readonly Field[], headers: HeaderInputs, grammar: Grammar): readonly Field[] {
  for (const name of Object.keys(headers)) {
    if (grammar.find(name).routing !== 0) throw new TypeError(`${name} is not set through headers`)
  }
  return mergeFields(fields, headers, grammar)
}
