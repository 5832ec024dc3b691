/** A small XML document as a tree that knows its lines. No entity but the five of XML is ever expanded, nothing is fetched. */

import { SaxesParser } from 'saxes'
import { DeploymentError } from './deployment-error.js'

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Directly inside, without the space around it. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

export interface XmlLimits {
  /** In bytes. */
  readonly size: number
  /** How many elements may be inside one another. */
  readonly depth: number
}

export const defaultXmlLimits: XmlLimits = { size: 1024 * 1024, depth: 64 }

interface Open {
  readonly name: string
  readonly attributes: Map<string, string>
  readonly children: XmlElement[]
  text: string
  readonly line: number
}

/** Throws DeploymentError, with the line, for what is not well-formed, declares entities, or is too large or too deep. */
export function readXml(octets: Uint8Array, file: string, limits: XmlLimits = defaultXmlLimits): XmlElement {
  if (octets.length > limits.size) {
    throw new DeploymentError({ file, why: `larger than ${limits.size} bytes` })
  }
  const parser = new SaxesParser({ xmlns: true })
  const open: Open[] = []
  let root: XmlElement | undefined
  let startLine = 1
  const fail = (why: string, line = parser.line): never => {
    throw new DeploymentError({ file, line, why })
  }
  const take = (text: string): void => {
    const element = open.at(-1)
    if (element !== undefined) element.text += text
  }
  parser.on('error', ({ message }) => fail(message.replace(/^\d+:\d+: |\.$/g, '')))
  parser.on('doctype', text => {
    if (text.includes('[')) fail('a document type of its own: entities and the like are not read')
  })
  parser.on('text', take)
  parser.on('cdata', take)
  parser.on('opentagstart', () => {
    startLine = parser.line
  })
  parser.on('opentag', ({ local, attributes }) => {
    if (open.length >= limits.depth) fail(`more than ${limits.depth} elements inside one another`)
    const given = Object.values(attributes).map(({ name, value }) => [name, value] as const)
    open.push({ name: local, attributes: new Map(given), children: [], text: '', line: startLine })
  })
  parser.on('closetag', () => {
    const last = open.pop()
    if (last === undefined) return
    const element: XmlElement = { ...last, text: last.text.trim() }
    const parent = open.at(-1)
    if (parent === undefined) root = element
    else parent.children.push(element)
  })
  parser.write(decoded(octets, file)).close()
  return root ?? fail('there is no element')
}

/** XML 1.0 §4.3.3: what the octets begin with says how they are to be read, then the declaration does. */
function decoded(octets: Uint8Array, file: string): string {
  const encoding = encodingOf(octets)
  const label = labels.get(encoding.toLowerCase())
  if (label === undefined) throw new DeploymentError({ file, line: 1, why: `unknown encoding ${encoding}` })
  try {
    return new TextDecoder(label, { fatal: true }).decode(octets)
  } catch (cause) {
    throw new DeploymentError({ file, why: `not ${encoding}`, cause })
  }
}

const labels: ReadonlyMap<string, string> = new Map([
  ['utf-8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['iso-8859-1', 'latin1'],
  ['utf-16', 'utf-16le'],
  ['utf-16be', 'utf-16be'],
])

function encodingOf(octets: Uint8Array): string {
  const [first, second] = octets
  if (first === 0xff && second === 0xfe) return 'UTF-16'
  if (first === 0xfe && second === 0xff) return 'UTF-16BE'
  const start = new TextDecoder('latin1').decode(octets.subarray(0, 200))
  return /^(?:\u00ef\u00bb\u00bf)?<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']*)["']/.exec(start)?.[1] ?? 'UTF-8'
}
