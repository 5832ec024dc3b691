/** The ladder diagram of a scenario, with what failed in it. */

import { ladderArrow, ladderHeader, ladderNote, ladderRails } from '../sip/trace/ladder.js'
import { summary } from '../sip/trace/summary.js'
import type { FailureParts } from './failure.js'
import type { Trace } from './trace.js'

/** One line per message; the arrow of the failure is marked, or what is missing drawn at the end. */
export function ladder({ passages, now }: Trace, peers: readonly string[], failure?: FailureParts): string {
  const names = [...new Set([...peers, ...passages.flatMap(({ from, to }) => [from, to])])]
  const failing = failure?.culprit
  const marked = passages.findLastIndex(({ text, to }) => text === failing && to === failure?.peer)
  const labels = passages.map(({ text, isNote }) => (isNote === true ? '' : summary(text)))
  const rails = ladderRails(names, labels)
  const lines = [ladderHeader(rails)]
  for (const [index, { at, from, to, text, fate, isNote }] of passages.entries()) {
    if (isNote === true) {
      lines.push(ladderNote(rails, at, `${from}: ${text}`))
      continue
    }
    const isLost = fate === 'lost'
    const note = fate === 'delivered' ? '' : isLost ? 'lost' : 'comes twice'
    const line = ladderArrow(rails, { at, from, to, label: labels[index] ?? '', isLost, note })
    lines.push(line + (index === marked ? '  <<< here' : ''))
  }
  if (failure !== undefined && marked < 0) {
    lines.push(ladderNote(rails, now, `<<< here: ${failure.what}`, failure.peer))
  }
  return lines.join('\n')
}
