/** TypeScript made runnable: its types become blanks, so that every line and column stays where it was. */

import { transformSync } from '@swc/wasm-typescript'
import { DeploymentError } from './deployment-error.js'

/** What a source file is called once its types are gone: `room.ts` is `room.js`. Other files keep their names. */
export function outputName(path: string): string {
  return path.endsWith('.d.ts') ? path : path.replace(/\.(m?)ts$/, '.$1js')
}

export function isModule(path: string): boolean {
  return /\.m?[jt]s$/.test(path) && !path.endsWith('.d.ts')
}

/** Throws DeploymentError, with the line, for what is no TypeScript, or more than types (enum, namespace). */
export function runnable(path: string, source: string, name: string): string {
  return withOutputNames(outputName(path) === path ? source : stripped(path, source, name))
}

function stripped(path: string, source: string, name: string): string {
  try {
    return transformSync(source, { mode: 'strip-only', module: true, filename: path }).code
  } catch (fault) {
    throw new DeploymentError({ file: `${name}/${path}`, ...placeOf(fault), cause: fault })
  }
}

/** The stripper throws objects that are no errors. */
function placeOf(fault: unknown): { readonly line?: number; readonly why: string } {
  if (typeof fault !== 'object' || fault === null || !('message' in fault)) return { why: String(fault) }
  const why = String(fault.message)
  return 'startLine' in fault && typeof fault.startLine === 'number' ? { line: fault.startLine, why } : { why }
}

/** `import { Room } from './room.ts'` asks for `./room.js` from now on, in as many characters. */
function withOutputNames(code: string): string {
  return code.replaceAll(
    /(\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]*\.m?)ts\2/g,
    (_, before: string, quote: string, path: string) => `${before}${quote}${path}js${quote}`,
  )
}
