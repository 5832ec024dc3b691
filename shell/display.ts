/** What the shell prints for a value. */

import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { printable } from '../apps/sip/sip.js'
import { EnvironmentError, UsageError } from './command.js'
import { formatRecord, formatTable, type Row } from './table.js'
import { Refusal } from './word.js'

/** Where it runs from, and where source maps say that it does. */
const ownCode: readonly string[] = ['apps/', 'shell/'].flatMap(folder => [
  new URL(`../${folder}`, import.meta.url).href,
  fileURLToPath(new URL(`../../${folder}`, import.meta.url)),
])

/** Texts as they are, data of the stack as tables, all else as Node shows it. Harmless for a terminal. */
export function display(value: unknown, colors: boolean): string {
  if (typeof value === 'string') return value.split('\n').map(printable).join('\n')
  const isTold = value instanceof UsageError || value instanceof EnvironmentError || value instanceof Refusal
  if (isTold) return display(value.message, colors)
  if (isTable(value)) return formatTable(value)
  if (isRow(value)) return formatRecord(value)
  const text = inspect(value, { colors, depth: 4 })
  const lines = (value instanceof TypeError ? withoutOwnFrames(text) : text).split('\n')
  return lines.map(line => (colors ? harmless(line) : printable(line))).join('\n')
}

/** Whose call made no sense looks at the call, and not into what was called. `_error.stack` has it all. */
function withoutOwnFrames(stack: string): string {
  return stack
    .split('\n')
    .filter(line => !isOwnFrame(line.replace(/\x1b\[\d+m/g, '')))
    .join('\n')
}

function isOwnFrame(line: string): boolean {
  return /^\s+at /.test(line) && ownCode.some(place => line.includes(place))
}

/** With its colours; what else an error may say to a terminal is escaped. */
function harmless(line: string): string {
  return line
    .split(/(\x1b\[\d+m)/)
    .map((part, at) => (at % 2 === 0 ? printable(part) : part))
    .join('')
}

function isTable(value: unknown): value is readonly Row[] {
  return Array.isArray(value) && value.every(isRow)
}

/** Plain objects of this program; what is typed in the shell comes from another realm and is no data of the stack. */
function isRow(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false
  const values = Object.values(value)
  return values.length > 0 && values.every(each => typeof each !== 'object' && typeof each !== 'function')
}
