/** The smallest exchange: OPTIONS, §11. */

import { request, response, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import { answering } from './answering.js'

const scenarios: readonly Scenario[] = [
  scenario('options_200: §11.2 OPTIONS outside a dialog gets 200 with Allow [3261-11.2-2]', async stage => {
    const bob = await stage.stack('bob', { cores: [answering] })
    const alice = await stage.raw('alice')
    const { address, port } = alice.place
    alice.send('OPTIONS', { to: bob })
    await alice.expect(
      response(200, {
        headers: {
          Via: value => value.includes(` ${address}:${port};`) && value.includes(`;received=${address}`),
          To: /;tag=\w+/,
          CSeq: '1 OPTIONS',
          Allow: value => ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS'].every(method => value.includes(method)),
          'Content-Length': '0',
        },
      }),
    )
  }),

  scenario(
    'options_501: §8.2.1 a method without a handler gets 405 with Allow [3261-8.2.1-2] [3261-8.2.1-3]',
    async stage => {
      const bob = await stage.stack('bob', { cores: [answering] })
      const alice = await stage.raw('alice')
      alice.send('MESSAGE', { to: bob, body: 'hello', headers: { 'Content-Type': 'text/plain' } })
      await alice.expect(response(405, { headers: { Allow: /OPTIONS/ } }))
    },
  ),

  scenario('options_sent: §8.1.1 our OPTIONS has all that a request must have [3261-8.1.1-1]', async stage => {
    const bob = await stage.raw('bob')
    const alice = await stage.stack('alice')
    const outcome = alice.stack.request('OPTIONS', bob.uri())
    await bob.expect(
      request('OPTIONS', {
        uri: bob.uri(),
        headers: {
          Via: /;branch=z9hG4bK/,
          'Max-Forwards': '70',
          From: /;tag=\w+/,
          To: `<${bob.uri()}>`,
          'Call-ID': /^\S+$/,
          CSeq: /^\d+ OPTIONS$/,
        },
      }),
    )
    bob.send(200)
    const { kind } = await outcome
    if (kind !== 'answered') throw new Error(`the request ended as ${kind}`)
  }),
]

export default scenarios
