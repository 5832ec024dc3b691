/** `sipwright resolve`: where a request to a URI would go, and how that is found out (RFC 3263). */

import {
  dnsResolver,
  type LocationExplanation,
  locationOf,
  printable,
  type Resolver,
  type Target,
} from '../apps/sip/sip.js'
import { type Command, exitCodes, expectWords, milliseconds, readArguments, UsageError } from './command.js'
import { targetUri } from './dialler.js'
import { inTime } from './in-time.js'

export const command: Command = {
  name: 'resolve',
  summary: 'ask the DNS where requests to a URI go, and show each step',
  usage: 'resolve URI [--server ADDRESS[:PORT]] [--timeout TIME] [--json]',
  help: `URI               such as sip:bob@example.com
--server ADDRESS  the name server to ask, in place of those of this machine; as ADDRESS:PORT or [ADDRESS]:PORT, too
--timeout TIME    how long to wait for the DNS, in ms or such as 5s (as long as it takes to ask every server twice)
--json            print one JSON object

Ends with 0 when there is a target, 1 when there is none, 3 when the DNS does not answer.`,
  run,
}

const reasons = {
  tried: 'none',
  unresolved: 'none: the DNS knows no server',
  unsupported: 'none: there is no such transport',
  failed: 'none: the DNS does not answer',
} as const

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    server: { type: 'string' },
    timeout: { type: 'string' },
    json: { type: 'boolean' },
  })
  const [text = ''] = expectWords(positionals, 'URI')
  const uri = targetUri(text)
  const timeout = milliseconds('--timeout', values.timeout, [1, 600_000])
  const resolver = resolverFor(values.server)
  try {
    const asked = locationOf(uri, resolver)
    const explanation = await (timeout === undefined ? asked : inTime(asked, timeout))
    if (values.json) console.log(JSON.stringify({ uri: text, ...explanation }))
    else console.log(format(explanation))
    if (explanation.targets.length > 0) return exitCodes.ok
    return explanation.why === 'failed' ? exitCodes.environment : exitCodes.negative
  } finally {
    resolver.close()
  }
}

function resolverFor(server: string | undefined): Resolver {
  try {
    return dnsResolver(server === undefined ? {} : { servers: [server] })
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message)
    throw error
  }
}

function format({ steps, targets, why }: LocationExplanation): string {
  const asked = steps.flatMap(({ question, purpose, outcome, records }) => [
    `${question.type} ${question.name}: ${purpose}`,
    `  ${outcome}`,
    ...records.map(record => `    ${record}`),
  ])
  const found =
    targets.length === 0 ? [`targets: ${reasons[why]}`] : ['targets, in the order of trying', ...targets.map(place)]
  return [...(asked.length === 0 ? ['nothing to ask the DNS for'] : asked), ...found].map(printable).join('\n')
}

function place({ transport, address, port }: Target, at: number): string {
  return `  ${at + 1}  ${transport.padEnd(4)} ${address} port ${port}`
}
