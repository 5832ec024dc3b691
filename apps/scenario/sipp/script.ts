/** A scenario of SIPp as a list of steps. */

import { type Action, readAction } from './action.js'
import { type Element, parseXml } from './element.js'
import { SippFault } from './fault.js'
import { pattern } from './pattern.js'
import { Template } from './template.js'

/** Where a step leads when it is done, if not to the next one. */
export interface Branch {
  /** The index of a step. */
  readonly to: number
  /** Only when this variable is set. */
  readonly test: string | undefined
  /** From 0 to 1. */
  readonly chance: number
}

interface Common {
  readonly line: number
  readonly actions: readonly Action[]
  readonly branch: Branch | undefined
}

export interface Send extends Common {
  readonly kind: 'send'
  readonly template: Template
}

export interface Recv extends Common {
  readonly kind: 'recv'
  /** The method of a request, or the status of a response. */
  readonly of: 'request' | 'response'
  readonly wanted: string
  readonly matches: (word: string) => boolean
  readonly optional: boolean
  /** Keeps its Record-Route and its Contact. */
  readonly keepsRoutes: boolean
  /** ms; undefined when it waits as long as anybody does. */
  readonly timeout: number | undefined
  readonly ontimeout: number | undefined
}

export interface Pause extends Common {
  readonly kind: 'pause'
  /** ms, from and to. */
  readonly least: number
  readonly most: number
  /** A variable that says how long. */
  readonly variable: string | undefined
}

export interface Nop extends Common {
  readonly kind: 'nop'
}

export type Step = Send | Recv | Pause | Nop

export interface Script {
  readonly name: string
  readonly steps: readonly Step[]
  /** Its first message is one that it sends. */
  readonly calls: boolean
}

const ignoredElements = ['label', 'ResponseTimeRepartition', 'CallLengthRepartition', 'Reference', 'Global', 'User']
/** What only counts, times or prints. */
const ignored = ['rtd', 'start_rtd', 'repeat_rtd', 'crlf', 'counter', 'display', 'hide', 'retrans', 'ignoresdp']
const branching = ['next', 'test', 'chance']
const attributes: Readonly<Record<Step['kind'], readonly string[]>> = {
  send: [...ignored, ...branching],
  recv: [...ignored, ...branching, 'request', 'response', 'optional', 'regexp_match', 'rrs', 'timeout', 'ontimeout'],
  pause: [...ignored, ...branching, 'milliseconds', 'variable', 'distribution', 'value', 'min', 'max'],
  nop: [...ignored, ...branching],
}

/** Throws TypeError, as `LINE: what is wrong`, for what is no scenario or uses something that is not supported. */
export function readScript(text: string): Script {
  const root = parseXml(text)
  if (root.name !== 'scenario') throw new SippFault(root.line, `<${root.name}> is no <scenario>`)
  const { steps: elements, labels } = numbered(root)
  const steps = elements.map(element => step(element, labels))
  for (const [at, each] of steps.entries()) checkFollowed(each, steps[at + 1])
  const first = steps.find(({ kind }) => kind === 'send' || kind === 'recv')
  if (first === undefined) throw new SippFault(root.line, 'it sends and receives nothing')
  return { name: root.attributes['name'] ?? 'a scenario of SIPp', steps, calls: first.kind === 'send' }
}

/** A label is the number of the step after it. */
function numbered(root: Element): { readonly steps: readonly Element[]; readonly labels: ReadonlyMap<string, number> } {
  const steps: Element[] = []
  const labels = new Map<string, number>()
  for (const element of root.children) {
    if (element.name === 'label') labels.set(element.attributes['id'] ?? '', steps.length)
    else if (!ignoredElements.includes(element.name)) steps.push(element)
  }
  return { steps, labels }
}

function step(element: Element, labels: ReadonlyMap<string, number>): Step {
  const kind = kindOf(element)
  for (const [name, value] of Object.entries(element.attributes)) {
    if (!attributes[kind].includes(name)) {
      throw new SippFault(element.line, `${name}="${value}" of <${element.name}> is not supported`)
    }
  }
  const common: Common = {
    line: element.line,
    actions: actionsOf(element),
    branch: branch(element, labels),
  }
  if (kind === 'send') return { kind, ...common, template: Template.message(textOf(element), element.line) }
  if (kind === 'recv') return { kind, ...common, ...recv(element, labels) }
  return kind === 'pause' ? { kind, ...common, ...pause(element) } : { kind, ...common }
}

function kindOf({ name, line }: Element): Step['kind'] {
  if (name === 'send' || name === 'recv' || name === 'pause' || name === 'nop') return name
  // What SIPp does with a call that is over needs nothing but time.
  if (name === 'timewait') return 'pause'
  throw new SippFault(line, `<${name}> is not supported`)
}

function textOf({ text, line }: Element): string {
  if (text.trim() === '') throw new SippFault(line, '<send> has no message')
  return text
}

function actionsOf({ children }: Element): readonly Action[] {
  return children.flatMap(({ name, line, children: actions }) => {
    if (name !== 'action') throw new SippFault(line, `<${name}> is not supported here`)
    return actions.map(readAction)
  })
}

function branch(element: Element, labels: ReadonlyMap<string, number>): Branch | undefined {
  const { next, test, chance = '1' } = element.attributes
  if (next === undefined) return undefined
  const probability = Number(chance)
  if (!(probability >= 0 && probability <= 1))
    throw new SippFault(element.line, `chance="${chance}" is not from 0 to 1`)
  return { to: labelled(element, next, labels), test, chance: probability }
}

function labelled({ line }: Element, id: string, labels: ReadonlyMap<string, number>): number {
  const at = labels.get(id)
  if (at === undefined) throw new SippFault(line, `there is no label ${id}`)
  return at
}

function recv(
  element: Element,
  labels: ReadonlyMap<string, number>,
): Pick<Recv, 'of' | 'wanted' | 'matches' | 'optional' | 'keepsRoutes' | 'timeout' | 'ontimeout'> {
  const { request, response, optional = 'false', regexp_match, rrs, timeout, ontimeout } = element.attributes
  const wanted = request ?? response
  if (wanted === undefined) throw new SippFault(element.line, '<recv> needs request or response')
  if (optional !== 'true' && optional !== 'false') {
    throw new SippFault(element.line, `optional="${optional}" is not supported`)
  }
  const expression = regexp_match === 'true' ? pattern(`^(?:${wanted})`, element.line) : undefined
  return {
    of: request === undefined ? 'response' : 'request',
    wanted,
    matches: word => (expression === undefined ? word === wanted : expression.test(word)),
    optional: optional === 'true',
    keepsRoutes: rrs === 'true',
    timeout: timeout === undefined ? undefined : milliseconds(element, timeout),
    ontimeout: ontimeout === undefined ? undefined : labelled(element, ontimeout, labels),
  }
}

function pause(element: Element): Pick<Pause, 'least' | 'most' | 'variable'> {
  const { milliseconds: fixed, value, distribution = 'fixed', min, max, variable } = element.attributes
  if (distribution === 'uniform' && min !== undefined && max !== undefined) {
    return { least: milliseconds(element, min), most: milliseconds(element, max), variable: undefined }
  }
  if (distribution !== 'fixed') throw new SippFault(element.line, `distribution="${distribution}" is not supported`)
  const ms = milliseconds(element, fixed ?? value ?? '0')
  return { least: ms, most: ms, variable }
}

function milliseconds({ line }: Element, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new SippFault(line, `"${text}" is no number of milliseconds`)
}

/** As with SIPp itself: what is optional needs something after it that is not. */
function checkFollowed(each: Step, next: Step | undefined): void {
  if (each.kind === 'recv' && each.optional && next?.kind !== 'recv') {
    throw new SippFault(each.line, 'an optional <recv> needs another <recv> after it')
  }
}
