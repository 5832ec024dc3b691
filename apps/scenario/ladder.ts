/** The ladder diagram of a scenario: time down, peers across, an arrow for each message. */

import type { FailureParts } from './failure.js'
import { type Passage, summary, type Trace } from './trace.js'

/** Columns between two peers. */
const APART = 30
const MARGIN = 13

/** One line per message; the arrow of the failure is marked, or what is missing drawn at the end. */
export function ladder({ passages, now }: Trace, peers: readonly string[], failure?: FailureParts): string {
  const names = [...new Set([...peers, ...passages.flatMap(({ from, to }) => [from, to])])]
  const failing = failure?.culprit
  const marked = passages.findLastIndex(({ text, to }) => text === failing && to === failure?.peer)
  const lines = [header(names)]
  for (const [at, passage] of passages.entries()) {
    lines.push(arrow(names, passage) + (at === marked ? '  <<< here' : ''))
  }
  if (failure !== undefined && marked < 0) lines.push(missing(names, now, failure))
  return lines.join('\n')
}

function header(names: readonly string[]): string {
  let line = ''
  for (const [column, name] of names.entries()) {
    const start = MARGIN + column * APART - Math.floor(name.length / 2)
    line = `${line.padEnd(Math.max(start, line.length === 0 ? 0 : line.length + 1))}${name}`
  }
  return line
}

function arrow(names: readonly string[], { at, from, to, text, fate }: Passage): string {
  const [near, far] = [names.indexOf(from), names.indexOf(to)]
  const line = rails(names, at)
  const left = MARGIN + Math.min(near, far) * APART
  const right = MARGIN + Math.max(near, far) * APART
  if (left === right) return `${line.join('')}  ${summary(text)} to itself`
  const label = ` ${summary(text)} `.slice(0, APART - 6)
  const start = left + Math.floor((right - left - label.length) / 2) + 1
  for (let column = left + 1; column < right; column++) line[column] = '-'
  for (const [offset, letter] of [...label].entries()) line[start + offset] = letter
  if (near < far) line[right - 1] = fate === 'lost' ? 'x' : '>'
  else line[left + 1] = fate === 'lost' ? 'x' : '<'
  const note = fate === 'delivered' ? '' : ` (${fate === 'lost' ? 'lost' : 'comes twice'})`
  return line.join('').trimEnd() + note
}

function missing(names: readonly string[], now: number, { peer, what }: FailureParts): string {
  const line = rails(names, now)
  const column = MARGIN + Math.max(0, names.indexOf(peer)) * APART
  line[column] = '?'
  return `${line.join('').trimEnd()}  <<< here: ${what}`
}

function rails(names: readonly string[], at: number): string[] {
  const line: string[] = [...`${String(Math.round(at)).padStart(8)} ms`.padEnd(MARGIN + (names.length - 1) * APART + 1)]
  for (const column of names.keys()) line[MARGIN + column * APART] = '|'
  return line
}
