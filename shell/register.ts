/** `sipwright register`: stays registered, or says or removes what is registered (§10.2). */

import { type Outcome, printable, type Registration, type Response, type SipStack, type Uri } from '../apps/sip/sip.js'
import { type Command, exitCodes, expectWords, readArguments, UsageError, wholeNumber } from './command.js'
import { dialled, dialler, dialling, diallingHelp, diallingUsage, targetUri } from './dialler.js'
import { describe, endOf } from './end.js'
import { signalled } from './foreground.js'

export const command: Command = {
  name: 'register',
  summary: 'stay registered until Ctrl-C; or list or remove what is registered',
  usage: `register URI [--registrar URI] [--contact URI ...] [--expires S] [--once | --list | --remove-all] ${diallingUsage}`,
  help: `URI                   who is to be reached, such as sip:alice@example.com
--registrar URI       where to register (the host of URI)
--contact URI         where calls are to go, may be given again (where we send from)
--expires S           seconds to ask for (3600)
--once                end when the registrar has answered, and leave the registration there
--list                only print what is registered
--remove-all          remove what is registered, by whatever device
--timeout TIME        how long --once, --list and --remove-all wait for the answer (5s)
${diallingHelp}
--json                print one JSON object per event

Unless told otherwise it registers again in time, and after failures, until Ctrl-C takes the registration back. A refusal that
would be the same the next time ends it: credentials that are not accepted, 403, 404, 405, 501 and 6xx.
Ends with 0 when the registrar accepted, else with 1.`,
  run,
}

type Tell = (event: string, text: string, response?: Response) => void

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    registrar: { type: 'string' },
    contact: { type: 'string', multiple: true },
    expires: { type: 'string' },
    once: { type: 'boolean' },
    list: { type: 'boolean' },
    'remove-all': { type: 'boolean' },
    ...dialling,
  })
  const { once = false, list = false, 'remove-all': removeAll = false, contact = [] } = values
  if ([once, list, removeAll].filter(Boolean).length > 1) {
    throw new UsageError('--once, --list and --remove-all are three things: choose one')
  }
  const [text = ''] = expectWords(positionals, 'URI')
  const aor = targetUri(text)
  if (aor.user === undefined) throw new UsageError(`"${text}" names nobody: write sip:USER@HOST`)
  const { uri: registrar, who, timeout } = dialled(values.registrar ?? text, values)
  const expires = wholeNumber('--expires', values.expires, [1, 999_999_999]) ?? 3600
  const contacts = contact.map(targetUri)
  const from = values.from ?? text
  const tell = teller(values.json === true)
  const interrupted = signalled()
  const stack = await dialler(registrar, timeout)
  try {
    if (list || removeAll) {
      const headers = removeAll ? { Contact: '*', Expires: 0 } : {}
      const asked = stack.request('REGISTER', domain(registrar), { ...who, from, to: aor, headers })
      return await answered(asked, timeout, tell, removeAll ? 'removed' : 'registered')
    }
    const registration = stack.keepRegistered(aor, { ...who, from, registrar, contacts, expires })
    if (once) return await answered(firstOf(registration), timeout, tell, 'registered')
    return await stay(registration, stack, interrupted, tell)
  } finally {
    await stack.close()
  }
}

async function firstOf({ events }: Registration): Promise<Outcome> {
  for await (const event of events) {
    return event.kind === 'kept' ? { kind: 'answered', response: event.response } : event.outcome
  }
  return { kind: 'transportError', reason: 'the stack was closed' }
}

/** §10.2: the Request-URI names no user. */
function domain(registrar: Uri): Uri {
  return registrar.with({ user: undefined })
}

async function answered(asked: Promise<Outcome>, timeout: number, tell: Tell, done: string): Promise<number> {
  const end = await endOf(asked, timeout)
  if (end.status === undefined) {
    tell('failed', end.text)
    return exitCodes.negative
  }
  const outcome = await asked
  const isDone = outcome.kind === 'answered'
  tell(isDone ? done : 'failed', end.text, isDone ? outcome.response : undefined)
  return isDone ? exitCodes.ok : exitCodes.negative
}

/** Until the user has had enough. Success is what the latest answer was. */
async function stay(
  registration: Registration,
  stack: SipStack,
  interrupted: Promise<void>,
  tell: Tell,
): Promise<number> {
  let wasKept = false
  const end = interrupted.then(async () => {
    if (wasKept) return registration.unregister()
    await stack.close()
    return undefined
  })
  for await (const event of registration.events) {
    wasKept = event.kind === 'kept'
    if (event.kind === 'kept') tell('registered', `for ${event.seconds} s`, event.response)
    else if (isFinal(event.outcome)) {
      tell('failed', describe(event.outcome).text)
      return exitCodes.negative
    } else tell('failed', `${describe(event.outcome).text}; tried again in ${Math.round(event.retryIn / 1000)} s`)
  }
  const outcome = await end
  if (outcome !== undefined) tell('removed', describe(outcome).text)
  return wasKept ? exitCodes.ok : exitCodes.negative
}

/** Whether asking again would get the same answer. */
function isFinal(outcome: Outcome): boolean {
  if (outcome.kind !== 'rejected') return false
  const { status } = outcome.response
  return [401, 403, 404, 405, 407, 501].includes(status) || status >= 600
}

function teller(json: boolean): Tell {
  return (event, text, response) => {
    const contacts = (response?.getAll('Contact') ?? []).map(({ uri, expires }) => ({ uri: String(uri), expires }))
    if (json) return console.log(JSON.stringify({ event, text, ...(response === undefined ? {} : { contacts }) }))
    console.log(`${event.padEnd(10)}  ${text}`)
    if (event === 'registered' && contacts.length === 0) console.log('            no address')
    for (const { uri, expires } of contacts) {
      console.log(`            ${printable(uri)}${expires === undefined ? '' : ` for ${expires} s`}`)
    }
  }
}
