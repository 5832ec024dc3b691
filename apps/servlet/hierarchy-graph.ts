/** A hierarchy as a picture: each name with an arrow to what it is a kind of. */

import type { Hierarchy } from './hierarchy.js'

/** For Graphviz: `dot -Tsvg`. */
export function hierarchyDot(hierarchy: Hierarchy<string>): string {
  const lines = hierarchy.edges.map(([child, parent]) => `  "${child}" -> "${parent}"`)
  return ['digraph hierarchy {', '  rankdir = BT', '  node [shape = box, style = rounded]', ...lines, '}', ''].join(
    '\n',
  )
}

export function hierarchyMermaid(hierarchy: Hierarchy<string>): string {
  const lines = hierarchy.edges.map(([child, parent]) => `  ${child} --> ${parent}`)
  return ['graph BT', ...lines, ''].join('\n')
}
