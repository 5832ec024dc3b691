/** `sipwright message`: sends a text (RFC 3428). */

import { type Command, exitCodes, expectWords, readArguments } from './command.js'
import { dialled, dialler, dialling, diallingHelp, diallingUsage } from './dialler.js'
import { endOf } from './end.js'

export const command: Command = {
  name: 'message',
  summary: 'send a text with MESSAGE',
  usage: `message URI TEXT ${diallingUsage}`,
  help: `URI                   for whom, such as sip:bob@127.0.0.1:5060
TEXT                  what to say, as one word of the command line: quote it
--timeout TIME        how long to wait for the answer (5s)
${diallingHelp}
--json                print one JSON object

A text that somebody sends back, as the echo demo does, is not waited for.
Ends with 0 when the message was accepted (2xx), else with 1.`,
  run,
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...dialling,
  })
  const [text = '', body = ''] = expectWords(positionals, 'URI', 'TEXT')
  const { uri, who, timeout } = dialled(text, values)
  const stack = await dialler(uri, timeout)
  try {
    const outcome = stack.request('MESSAGE', uri, {
      ...who,
      headers: { 'Content-Type': 'text/plain;charset=UTF-8' },
      body: Buffer.from(body, 'utf8').toString('latin1'),
    })
    const end = await endOf(outcome, timeout)
    if (values.json) console.log(JSON.stringify({ uri: text, ...end }))
    else console.log(`${text}: ${end.text}`)
    const { status = 0 } = end
    return status >= 200 && status < 300 ? exitCodes.ok : exitCodes.negative
  } finally {
    await stack.close()
  }
}
