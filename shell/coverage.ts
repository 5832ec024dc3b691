/** What of a module a run did not reach, by the coverage that V8 writes where NODE_V8_COVERAGE says. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Module } from './checkout.js'

export interface Uncovered {
  /** Of the source. */
  readonly line: number
  readonly text: string
}

/** What a process wrote when it ended. */
interface Report {
  readonly result: readonly {
    readonly url: string
    readonly functions: readonly {
      readonly functionName: string
      readonly ranges: readonly Range[]
    }[]
  }[]
}

interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

export class Coverage {
  readonly #source: readonly string[]
  readonly #compiled: string
  readonly #map: SourceMap
  /** By octet of the compiled module, whether some process has run it; undefined when none has loaded it. */
  readonly #reached: Uint8Array | undefined
  /** Functions by where they begin, with how often all processes together have called them. */
  readonly #calls = new Map<number, { readonly name: string; count: number }>()

  /** Of what all processes wrote that had this `folder`. */
  constructor(folder: string, { source, compiled }: Module) {
    this.#source = readFileSync(source, 'utf8').split('\n')
    this.#compiled = readFileSync(compiled, 'utf8')
    this.#map = new SourceMap(JSON.parse(readFileSync(`${compiled}.map`, 'utf8')))
    const url = pathToFileURL(compiled).href
    const files = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.json')) : []
    for (const file of files) {
      const { result }: Report = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      for (const script of result) if (script.url === url) this.#reached = this.#add(script.functions)
    }
  }

  /** False when no process has loaded the module. */
  get isLoaded(): boolean {
    return this.#reached !== undefined
  }

  /** Lines with something that was not run, in order. */
  lines(): readonly Uncovered[] {
    const found = new Map<number, Uncovered>()
    let begin = 0
    for (const [at, line] of this.#compiled.split('\n').entries()) {
      const column = this.#missing(line, begin)
      begin += line.length + 1
      if (column !== undefined) this.#note(found, at, column)
    }
    return [...found.values()].toSorted((a, b) => a.line - b.line)
  }

  /** Functions that were not called, by the line where they begin. */
  functions(): readonly Uncovered[] {
    const found = [...this.#calls].flatMap(([offset, { name, count }]) => {
      const before = this.#compiled.slice(0, offset)
      const line = this.#original(before.split('\n').length - 1, offset - before.lastIndexOf('\n') - 1)
      return count > 0 || line === undefined ? [] : [{ line: line + 1, text: name === '' ? '(anonymous)' : name }]
    })
    return found.toSorted((a, b) => a.line - b.line)
  }

  /** Ranges are nested: the inner one knows better. */
  #add(functions: Report['result'][number]['functions']): Uint8Array {
    const reached = this.#reached ?? new Uint8Array(this.#compiled.length)
    const run = new Uint8Array(this.#compiled.length)
    const ranges = functions.flatMap(each => each.ranges)
    const outerFirst = ranges.toSorted((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
    for (const { startOffset, endOffset, count } of outerFirst) run.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    for (let at = 0; at < run.length; at++) reached[at] = (reached[at] ?? 0) | (run[at] ?? 0)
    for (const { functionName: name, ranges } of functions) {
      const [whole] = ranges
      if (whole === undefined) continue
      const known = this.#calls.get(whole.startOffset)
      if (known === undefined) this.#calls.set(whole.startOffset, { name, count: whole.count })
      else known.count += whole.count
    }
    return reached
  }

  /** The first column with a word that was not run; brackets and comments do nothing. */
  #missing(line: string, begin: number): number | undefined {
    if (/^\s*(\/\/|\/?\*)/.test(line)) return undefined
    for (const { index } of line.matchAll(/\w+/g)) if (this.#reached?.[begin + index] === 0) return index
    return undefined
  }

  #note(found: Map<number, Uncovered>, at: number, column: number): void {
    const line = this.#original(at, column)
    if (line !== undefined) found.set(line, { line: line + 1, text: (this.#source[line] ?? '').trim() })
  }

  /** The line of the source, from 0 on. */
  #original(line: number, column: number): number | undefined {
    const entry = this.#map.findEntry(line, column)
    return 'originalLine' in entry ? entry.originalLine : undefined
  }
}
