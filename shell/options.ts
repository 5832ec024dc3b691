/** `sipwright options`: asks what somebody can do (§11). */

import { printable, type Response } from '../apps/sip/sip.js'
import { type Command, exitCodes, expectWords, readArguments } from './command.js'
import { dialled, dialler, dialling, diallingHelp, diallingUsage } from './dialler.js'
import { endOf } from './end.js'

export const command: Command = {
  name: 'options',
  summary: 'ask with OPTIONS what somebody can do',
  usage: `options URI ${diallingUsage}`,
  help: `URI                   whom to ask, such as sip:uas@127.0.0.1:5060
--timeout TIME        how long to wait for the answer (5s)
${diallingHelp}
--json                print one JSON object

Prints what the answer says of methods, extensions, bodies and languages, and of the software.
Ends with 0 when the answer was a 2xx, else with 1.`,
  run,
}

const telling = ['Allow', 'Supported', 'Accept', 'Accept-Encoding', 'Accept-Language', 'Allow-Events'] as const
const naming = ['Server', 'User-Agent', 'Organization', 'Contact'] as const

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...dialling,
  })
  const [text = ''] = expectWords(positionals, 'URI')
  const { uri, who, timeout } = dialled(text, values)
  const stack = await dialler(uri, timeout)
  try {
    const asked = stack.request('OPTIONS', uri, who)
    const end = await endOf(asked, timeout)
    if (end.status === undefined) {
      console.log(values.json ? JSON.stringify({ uri: text, ...end }) : `${text}: ${end.text}`)
      return exitCodes.negative
    }
    const outcome = await asked
    const headers = 'response' in outcome ? capabilities(outcome.response) : []
    if (values.json) console.log(JSON.stringify({ uri: text, ...end, headers: Object.fromEntries(headers) }))
    else console.log([`${end.text} from ${text}`, ...headers.map(([name, value]) => line(name, value))].join('\n'))
    return outcome.kind === 'answered' ? exitCodes.ok : exitCodes.negative
  } finally {
    await stack.close()
  }
}

/** Those that the answer has, each as one line. */
function capabilities(response: Response): readonly (readonly [name: string, value: string])[] {
  return [...telling, ...naming].flatMap(name => {
    const values = response.raw(name)
    return values.length === 0 ? [] : [[name, printable(values.join(', '))] as const]
  })
}

function line(name: string, value: string): string {
  return `  ${`${name}:`.padEnd(17)} ${value === '' ? 'none' : value}`
}
