/** A call as a Mermaid sequence diagram, for documents and issue trackers. */

import type { CallSteps } from './call-steps.js'

export function mermaid({ names, steps }: CallSteps): string {
  const alias = (name: string): string => `p${names.indexOf(name)}`
  return [
    'sequenceDiagram',
    ...names.map(name => `  participant ${alias(name)} as ${plain(name)}`),
    ...steps.map(({ from, to, label, note, transport }) => {
      if (label === '') return `  Note over ${names.includes(from) ? alias(from) : 'p0'}: ${plain(note)}`
      const extra = note === transport ? '' : ` (${note})`
      return `  ${alias(from)}->>${alias(to)}: ${plain(label + extra)}`
    }),
    '',
  ].join('\n')
}

/** What peers wrote must not end a line or become markup. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]|[#;<>&"]/g, char => `#${char.charCodeAt(0)};`)
}
