/** What somebody may have meant whose line is neither JavaScript nor a word that is known. */

import { Recoverable } from 'node:repl'
import { commandNames } from './command-names.js'
import { didYouMean } from './did-you-mean.js'
import { spoken, words } from './words.js'

/** What JavaScript begins lines with. */
const RESERVED =
  /^(?:async|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|finally|for|function|if|import|let|new|return|static|super|switch|this|throw|try|typeof|var|void|while|with|yield)$/

/** One line that says so; undefined where `error` says it better: what was meant as JavaScript. `isValue` knows its names. */
export function misspoken(line: string, error: Error, isValue: (name: string) => boolean): string | undefined {
  if (error instanceof Recoverable) return undefined
  const pasted = /^\s*(?:npx\s+)?\S*\bsipwright\s+(\S.*?)\s*$/.exec(line)?.[1]
  if (pasted !== undefined) {
    return spoken(pasted) === undefined
      ? `that is for another terminal; help lists what can be typed here`
      : `without sipwright it is a word of this shell: ${pasted}`
  }
  const [, name = '', rest = ''] = /^\s*([A-Za-z]\w*)\s+(['"\w].*?)\s*$/.exec(line) ?? []
  if (name === '' || RESERVED.test(name) || /^(?:in|instanceof)\b/.test(rest)) return undefined
  if (words.some(each => each.name === name)) return 'a quote is not closed'
  return isValue(name) ? undefined : unknownWord(name)
}

/** JavaScript for a line that is one name: its value or, where it has none, the word that is meant. */
export function valueOrWord(line: string): string | undefined {
  const [, name = ''] = /^\s*([A-Za-z]\w*)\s*$/.exec(line) ?? []
  const complaint = /^(?:exit|quit|bye)$/.test(name)
    ? '.exit leaves, as Ctrl-D does'
    : name === '' || RESERVED.test(name)
      ? undefined
      : unknownWord(name)
  return complaint && `typeof ${name} === 'undefined' ? ${JSON.stringify(complaint)} : ${name}\n`
}

function unknownWord(name: string): string | undefined {
  if (commandNames.some(each => each === name)) return `${name} is for another terminal: sipwright ${name} --help`
  const meant = didYouMean(
    name,
    words.map(each => each.name),
  )
  return meant === '' ? undefined : `there is no word ${name}${meant}: help lists them`
}
