/** Values as text tables: two spaces of margin and between columns, numbers to the right, a total below. */

import { printable } from '../apps/sip/sip.js'

export type Row = Readonly<Record<string, string | number | boolean | undefined>>

/** One line per row under the names of the columns. */
export function formatTable(rows: readonly Row[]): string {
  if (rows.length === 0) return '  none'
  const names = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const columns = names.map(name => columnOf(name, rows))
  const lines = ['', ...rows].map((_, line) => columns.map(cells => cells[line] ?? '').join('  '))
  return [...lines.map(line => `  ${line}`.trimEnd()), '', `  ${rows.length} in all`].join('\n')
}

/** One line per entry: name and value. */
export function formatRecord(record: Row): string {
  const entries = Object.entries(record).map(([name, value]) => [title(name), cellOf(value)] as const)
  const left = Math.max(...entries.map(([name]) => name.length))
  const right = Math.max(...entries.map(([, value]) => value.length))
  const isNumeric = Object.values(record).every(value => typeof value === 'number')
  return entries
    .map(([name, value]) => `  ${name.padEnd(left)}  ${isNumeric ? value.padStart(right) : value}`)
    .join('\n')
}

/** The heading and the cells of one column, all of one width. */
function columnOf(name: string, rows: readonly Row[]): string[] {
  const values = rows.map(row => row[name])
  const cells = [title(name), ...values.map(cellOf)]
  const width = Math.max(...cells.map(cell => cell.length))
  const isNumeric = values.every(value => typeof value === 'number')
  return cells.map(cell => (isNumeric ? cell.padStart(width) : cell.padEnd(width)))
}

function cellOf(value: Row[string]): string {
  return typeof value === 'string' ? printable(value) : value === undefined ? '' : String(value)
}

function title(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
