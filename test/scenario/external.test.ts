import { expect } from 'chai'
import { type RunOptions, response, runScenario, scenario } from '../../apps/scenario/scenario.js'
import { type Core, SipStack } from '../../apps/sip/sip.js'

const answering: Core = { name: 'answering', match: () => true }

describe('an element that is not ours', () => {
  let element: SipStack
  let options: RunOptions

  before(async () => {
    element = await SipStack.start({ listen: ['udp:127.0.0.1:0'], log: () => undefined })
    element.register(answering)
    const port = Number(element.listening[0]?.split(':').at(-1))
    options = { mode: 'loopback', target: { address: '127.0.0.1', port, user: 'service', from: '127.0.0.1' } }
  })

  after(() => element.close())

  it('takes the place of the stack peer, and its messages are in the ladder', async () => {
    const result = await runScenario(
      scenario('a question', async stage => {
        const bob = await stage.stack('bob')
        expect(bob.uri()).to.equal(`sip:service@127.0.0.1:${bob.place.port}`)
        const alice = await stage.raw('alice')
        alice.send('OPTIONS', { to: bob })
        await alice.expect(response(200))
      }),
      options,
    )
    expect(result.failure).to.equal(undefined)
    expect(result.ladder).to.match(/alice +bob\n.*\|-+ OPTIONS -+>\|\n.*\|<-+ 200 OK \(OPTIONS\) -+\|$/)
  })

  it('is called as the user that was given for it, whomever the scenario names', async () => {
    const result = await runScenario(
      scenario('a question', async stage => {
        const bob = await stage.stack('bob')
        const alice = await stage.raw('alice')
        alice.send('OPTIONS', { to: bob, user: 'recorded' })
        await alice.expect(response(200, { headers: { To: /sip:service@/ } }))
      }),
      { ...options, seed: 2 },
    )
    expect(result.failure).to.equal(undefined)
  })

  it('shows nothing of its inside', async () => {
    const result = await runScenario(
      scenario('a look inside', async stage => void (await stage.stack('bob')).stack.listening),
      options,
    )
    expect(result.failure).to.contain('bob is not ours')
  })
})
