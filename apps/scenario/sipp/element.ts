/** XML as a tree that knows its lines. */

import { SaxesParser } from 'saxes'

export interface Element {
  readonly name: string
  /** From 1. */
  readonly line: number
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  /** Its text and CDATA, without that of its children. */
  readonly text: string
}

/** An element that is still open. */
interface Open extends Element {
  readonly children: Element[]
  text: string
}

/** The root element. Throws TypeError, as `LINE:COLUMN: what is wrong`, for what is no well-formed XML. */
export function parseXml(text: string): Element {
  const parser = new SaxesParser()
  const document: Open = { name: '', line: 1, attributes: {}, children: [], text: '' }
  const open: Open[] = [document]
  const take = (part: string): void => {
    const element = open.at(-1)
    if (element !== undefined) element.text += part
  }
  let line = 1
  parser.on('error', error => {
    throw new TypeError(error.message)
  })
  parser.on('opentagstart', () => {
    line = parser.line
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element: Open = { name, line, attributes, children: [], text: '' }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  parser.on('closetag', () => void open.pop())
  parser.on('text', take)
  parser.on('cdata', take)
  parser.write(text.trimStart()).close()
  const [root] = document.children
  if (root === undefined) throw new TypeError('1:0: there is no element')
  return root
}
