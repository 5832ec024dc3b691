/** The drawing of a ladder diagram: time down, names across, an arrow for each message. */

/** Columns between two names. */
const APART = 30
const MARGIN = 13

export interface Arrow {
  /** ms since the beginning. */
  readonly at: number
  readonly from: string
  readonly to: string
  readonly label: string
  /** It did not arrive. */
  readonly isLost?: boolean
  /** Behind the line. */
  readonly note?: string
}

/** The line of names. */
export function ladderHeader(names: readonly string[]): string {
  let line = ''
  for (const [column, name] of names.entries()) {
    const start = MARGIN + column * APART - Math.floor(name.length / 2)
    line = `${line.padEnd(Math.max(start, line.length === 0 ? 0 : line.length + 1))}${name}`
  }
  return line
}

export function ladderArrow(
  names: readonly string[],
  { at, from, to, label, isLost = false, note = '' }: Arrow,
): string {
  const [near, far] = [names.indexOf(from), names.indexOf(to)]
  const line = rails(names, at)
  const left = MARGIN + Math.min(near, far) * APART
  const right = MARGIN + Math.max(near, far) * APART
  const behind = note === '' ? '' : ` (${note})`
  if (left === right) return `${line.join('')}  ${label} to itself${behind}`
  const shown = ` ${label} `.slice(0, APART - 6)
  const start = left + Math.floor((right - left - shown.length) / 2) + 1
  for (let column = left + 1; column < right; column++) line[column] = '-'
  for (const [offset, letter] of [...shown].entries()) line[start + offset] = letter
  if (near < far) line[right - 1] = isLost ? 'x' : '>'
  else line[left + 1] = isLost ? 'x' : '<'
  return line.join('').trimEnd() + behind
}

/** A line without an arrow, with a mark at one of the names if wanted, and a remark behind it. */
export function ladderNote(names: readonly string[], at: number, remark: string, marked?: string): string {
  const line = rails(names, at)
  if (marked !== undefined) line[MARGIN + Math.max(0, names.indexOf(marked)) * APART] = '?'
  return `${line.join('').trimEnd()}  ${remark}`
}

function rails(names: readonly string[], at: number): string[] {
  const line: string[] = [...`${String(Math.round(at)).padStart(8)} ms`.padEnd(MARGIN + (names.length - 1) * APART + 1)]
  for (const column of names.keys()) line[MARGIN + column * APART] = '|'
  return line
}
