/** The drawing of a ladder diagram: time down, names across, an arrow for each message. */

/** Columns between two names, at the least and at the most: in between as many as the longest label needs. */
const APART = [30, 72] as const
const MARGIN = 13

/** Who the columns are, and how far they are apart. */
export interface Rails {
  readonly names: readonly string[]
  readonly apart: number
}

/** As far apart as the labels of all arrows need. */
export function ladderRails(names: readonly string[], labels: readonly string[]): Rails {
  const [least, most] = APART
  const longest = labels.reduce((length, label) => Math.max(length, label.length), 0)
  return { names, apart: Math.min(Math.max(longest + 8, least), most) }
}

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
export function ladderHeader({ names, apart }: Rails): string {
  let line = ''
  for (const [column, name] of names.entries()) {
    const start = MARGIN + column * apart - Math.floor(name.length / 2)
    line = `${line.padEnd(Math.max(start, line.length === 0 ? 0 : line.length + 1))}${name}`
  }
  return line
}

export function ladderArrow(rails: Rails, { at, from, to, label, isLost = false, note = '' }: Arrow): string {
  const { names, apart } = rails
  const [near, far] = [names.indexOf(from), names.indexOf(to)]
  const line = empty(rails, at)
  const left = MARGIN + Math.min(near, far) * apart
  const right = MARGIN + Math.max(near, far) * apart
  const behind = note === '' ? '' : ` (${note})`
  if (left === right) return `${line.join('')}  ${label} to itself${behind}`
  const shown = ` ${label} `.slice(0, apart - 6)
  const start = left + Math.floor((right - left - shown.length) / 2) + 1
  for (let column = left + 1; column < right; column++) line[column] = '-'
  for (const [offset, letter] of [...shown].entries()) line[start + offset] = letter
  if (near < far) line[right - 1] = isLost ? 'x' : '>'
  else line[left + 1] = isLost ? 'x' : '<'
  return line.join('').trimEnd() + behind
}

/** A line without an arrow, with a mark at one of the names if wanted, and a remark behind it. */
export function ladderNote(rails: Rails, at: number, remark: string, marked?: string): string {
  const line = empty(rails, at)
  if (marked !== undefined) line[MARGIN + Math.max(0, rails.names.indexOf(marked)) * rails.apart] = '?'
  return `${line.join('').trimEnd()}  ${remark}`
}

function empty({ names, apart }: Rails, at: number): string[] {
  const line: string[] = [...`${String(Math.round(at)).padStart(8)} ms`.padEnd(MARGIN + (names.length - 1) * apart + 1)]
  for (const column of names.keys()) line[MARGIN + column * apart] = '|'
  return line
}
