/** The actions of SIPp's XML: looking into messages, variables, and jumps. */

import type { Message } from '../../sip/sip.js'
import type { Element } from './element.js'
import { SippFault } from './fault.js'
import { pattern } from './pattern.js'
import { Template, type Values } from './template.js'

export type Variables = Map<string, string | number | boolean>

export interface Situation {
  readonly variables: Variables
  readonly values: Values
  /** The latest message that came. */
  readonly message: Message | undefined
}

/** What becomes of an action, when it is not simply done. */
export type Turn =
  | { readonly kind: 'failed'; readonly what: string }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'log'; readonly text: string }

export type Action = (situation: Situation) => Turn | undefined

type Compare = (left: number, right: number) => boolean
const comparisons: Readonly<Record<string, Compare>> = {
  equal: (left, right) => left === right,
  not_equal: (left, right) => left !== right,
  greater_than: (left, right) => left > right,
  less_than: (left, right) => left < right,
  greater_than_equal: (left, right) => left >= right,
  less_than_equal: (left, right) => left <= right,
}

const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  assign: (_, right) => right,
  todouble: (_, right) => right,
  add: (left, right) => left + right,
  subtract: (left, right) => left - right,
  multiply: (left, right) => left * right,
  divide: (left, right) => left / right,
}

/** Throws SippFault for what is not supported. */
export function readAction(element: Element): Action {
  const { name } = element
  if (name === 'ereg') return ereg(element)
  if (name === 'log' || name === 'warning') {
    const text = template(element, 'message')
    return ({ values }) => ({ kind: 'log', text: text.line(values) })
  }
  if (name === 'assignstr') {
    const to = attribute(element, 'assign_to')
    const text = template(element, 'value')
    return ({ variables, values }) => void variables.set(to, text.line(values))
  }
  if (name === 'jump') {
    const to = operand(element)
    return situation => ({ kind: 'jump', to: to(situation) })
  }
  if (name === 'test') return test(element)
  if (name === 'strcmp') return strcmp(element)
  const compute = arithmetic[name]
  if (compute !== undefined) return number(element, compute)
  throw new SippFault(element.line, `the action <${name}> is not supported`)
}

/** Whether a variable counts as true for `test`. */
export function isSet(variables: Variables, name: string): boolean {
  const value = variables.get(name)
  return value !== undefined && value !== false
}

/** A pattern over the message, one of its headers, its body or a variable. */
function ereg(element: Element): Action {
  const wanted = pattern(
    attribute(element, 'regexp'),
    element.line,
    element.attributes['case_indep'] === 'true' ? 'i' : '',
  )
  const names = (element.attributes['assign_to'] ?? '').split(',').flatMap(name => name.trim() || [])
  const must = element.attributes['check_it'] === 'true'
  const mustNot = element.attributes['check_it_inverse'] === 'true'
  const { place, read } = source(element)
  return situation => {
    const found = wanted.exec(read(situation) ?? '')
    for (const [at, name] of names.entries()) {
      const value = found?.[at]
      if (value === undefined) situation.variables.delete(name)
      else situation.variables.set(name, value)
    }
    if (must && found === null) return { kind: 'failed', what: `${wanted} is not in ${place}` }
    if (mustNot && found !== null) return { kind: 'failed', what: `${wanted} is in ${place}` }
    return undefined
  }
}

interface Source {
  readonly place: string
  readonly read: (situation: Situation) => string | undefined
}

function source(element: Element): Source {
  const { search_in: where = 'msg', occurrence = '1' } = element.attributes
  if (where === 'msg') return { place: 'the message', read: ({ message }) => message?.source }
  if (where === 'body') return { place: 'the body', read: ({ message }) => message?.body }
  if (where === 'hdr') {
    const name = attribute(element, 'header').replace(/\s*:\s*$/, '')
    const nth = Number(occurrence)
    return { place: name, read: ({ message }) => message?.raw(name).at(nth - 1) }
  }
  if (where === 'var') {
    const name = attribute(element, 'variable')
    return { place: `$${name}`, read: ({ variables }) => textOf(variables.get(name)) }
  }
  throw new SippFault(element.line, `search_in="${where}" is not supported`)
}

function number(element: Element, compute: (left: number, right: number) => number): Action {
  const to = attribute(element, 'assign_to')
  const right = operand(element)
  return situation => {
    const left = Number(situation.variables.get(to) ?? 0)
    situation.variables.set(to, compute(left, right(situation)))
    return undefined
  }
}

function test(element: Element): Action {
  const to = attribute(element, 'assign_to')
  const name = attribute(element, 'variable')
  const word = attribute(element, 'compare')
  const compare = comparisons[word]
  if (compare === undefined) throw new SippFault(element.line, `compare="${word}" is not supported`)
  const second = element.attributes['variable2']
  const right = second === undefined ? operand(element, 'value') : variableAsNumber(second)
  return situation => void situation.variables.set(to, compare(variableAsNumber(name)(situation), right(situation)))
}

/** 0 when both texts are the same. */
function strcmp(element: Element): Action {
  const to = attribute(element, 'assign_to')
  const name = attribute(element, 'variable')
  const second = element.attributes['variable2']
  const text = second === undefined ? template(element, 'value') : undefined
  return ({ variables, values }) => {
    const left = textOf(variables.get(name)) ?? ''
    const right = text?.line(values) ?? textOf(variables.get(second ?? '')) ?? ''
    variables.set(to, left === right ? 0 : left < right ? -1 : 1)
    return undefined
  }
}

/** A number from `value`, or from a variable. */
function operand(element: Element, only?: 'value'): (situation: Situation) => number {
  const { value, variable } = element.attributes
  if (value === undefined && variable !== undefined && only === undefined) return variableAsNumber(variable)
  const fixed = Number(attribute(element, 'value'))
  if (Number.isNaN(fixed)) throw new SippFault(element.line, `value="${value}" is no number`)
  return () => fixed
}

function variableAsNumber(name: string): (situation: Situation) => number {
  return ({ variables }) => Number(variables.get(name))
}

function template(element: Element, name: string): Template {
  return Template.line(attribute(element, name), element.line)
}

function attribute(element: Element, name: string): string {
  const value = element.attributes[name]
  if (value === undefined) throw new SippFault(element.line, `<${element.name}> needs ${name}`)
  return value
}

function textOf(value: string | number | boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}
