/** `where`: the places in the sources, tests and scenarios that speak of something, with the section that they cite. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readArguments, UsageError, wholeNumber } from './command.js'
import { Refusal, type Word } from './word.js'

interface Mention {
  /** As it is cited: `§17.2.1`, `RFC 6026 §7.1`; empty where nothing is. */
  readonly section: string
  readonly place: string
  readonly text: string
}

/** Of a checkout, or of what a package has in place of it. */
const root = fileURLToPath(new URL('../../', import.meta.url))
/** Lines above a mention in which the section it belongs to is looked for. */
const NEAR = 12
const LISTED = 40
const citation = /(?:RFC \d{4} )?§[\d.]*\d(?:\.\d+)*/

export const where: Word = {
  name: 'where',
  takes: 'WORDS [--most N]',
  what: "in which section, files and tests something is: where 'Timer G'",
  run(args) {
    const { values, positionals } = readArguments(args, { most: { type: 'string' } })
    const wanted = positionals.join(' ').trim()
    if (wanted === '') throw new UsageError("where is what? where 'Timer G'")
    const found = mentions(wanted)
    if (found.length === 0) throw new Refusal(`nothing speaks of ${wanted}`)
    return found.slice(0, wholeNumber('--most', values.most, [1, 10_000]) ?? LISTED)
  },
}

/** In sources first, then in the titles of tests and scenarios. */
function mentions(wanted: string): readonly Mention[] {
  const word = /^\w/.test(wanted) ? '\\b' : ''
  // The table of timers has them by letter.
  const [, timer] = /^timer (\w)$/i.exec(wanted) ?? []
  const entry = timer === undefined ? '' : `|^\\s*${timer}: \\{$`
  const pattern = new RegExp(`${word}${wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\w)${entry}`, 'im')
  const hasSources = existsSync(join(root, 'apps'))
  const sources = hasSources ? filesIn('apps', '.ts') : filesIn('dist/apps', '.js')
  const titles = hasSources
    ? [...filesIn('test', '.test.ts'), ...filesIn('specs', '.ts')]
    : filesIn('dist/specs', '.js')
  return [
    ...sources.flatMap(file => mentionsIn(file, pattern, () => true)),
    ...titles.flatMap(file => mentionsIn(file, pattern, isTitle)),
  ]
}

function filesIn(folder: string, suffix: string): readonly string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith(suffix))
    .map(path => join(root, folder, path))
    .toSorted()
}

function isTitle(line: string): boolean {
  return /^\s*(it|describe|scenario)\(|^\s*['"`].*§/.test(line)
}

function mentionsIn(file: string, pattern: RegExp, isMeant: (line: string) => boolean): readonly Mention[] {
  const text = readFileSync(file, 'utf8')
  if (!pattern.test(text)) return []
  const lines = text.split('\n')
  return lines.flatMap((line, at) => {
    if (!pattern.test(line) || !isMeant(line)) return []
    const above = lines.slice(Math.max(0, at - NEAR), at + 1).reverse()
    const inside = line.endsWith('{') ? [lines[at + 1] ?? ''] : []
    const cited = [...inside, ...above, lines[0] ?? ''].find(each => citation.test(each))
    const section = citation.exec(cited ?? '')?.[0] ?? ''
    return [{ section, place: `${relative(root, file)}:${at + 1}`, text: line.trim() }]
  })
}
