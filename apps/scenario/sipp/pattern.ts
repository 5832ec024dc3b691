/** The regular expressions of SIPp, which are those of POSIX. */

import { SippFault } from './fault.js'

const classes: Readonly<Record<string, string>> = {
  ...{ alpha: 'A-Za-z', digit: '0-9', alnum: 'A-Za-z0-9', upper: 'A-Z', lower: 'a-z', xdigit: '0-9A-Fa-f' },
  ...{ space: '\\s', blank: ' \\t', punct: '!-\\/:-@\\[-`{-~' },
}

/** Classes are spelt out, and a dot matches line ends as well. Throws SippFault for what is no expression. */
export function pattern(text: string, line: number, flags = ''): RegExp {
  const spelt = text.replace(/\[:(\w+):\]/g, (whole, name: string) => classes[name] ?? whole)
  try {
    return new RegExp(spelt, `s${flags}`)
  } catch (error) {
    throw new SippFault(line, error instanceof Error ? error.message : String(error))
  }
}
