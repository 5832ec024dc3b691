/** Calls that were recorded, played again from the text that is exported. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { recordedScenario, runScenario, scenariosOf } from '../../apps/scenario/scenario.js'
import { SipStack, type TraceEntry } from '../../apps/sip/sip.js'

describe('a recorded call', () => {
  // Inside the package, so that it is found by its name.
  const folder = mkdtempSync(join(fileURLToPath(new URL('../../', import.meta.url)), 'recorded-'))
  let bob: SipStack
  let alice: SipStack
  let uri: string
  let files = 0

  before(async () => {
    bob = await SipStack.start({ listen: ['udp:127.0.0.1:0'] })
    alice = await SipStack.start({ listen: ['udp:127.0.0.1:0'] })
    uri = `sip:bob@${bob.listening[0]?.slice(4)}`
    bob.register({
      name: 'bob',
      match: () => true,
      MESSAGE: message => message.reply(202),
      INVITE: invite => {
        invite.reply(180)
        if (invite.request.uri.user === 'bob') invite.after(100, () => invite.reply(200, { body: 'v=0\r\n' }))
      },
    })
  })

  after(async () => {
    await Promise.all([alice.close(), bob.close()])
    rmSync(folder, { recursive: true })
  })

  function latest({ trace }: SipStack): readonly [entries: readonly TraceEntry[], callId: string] {
    const callId = trace?.calls(1)[0]?.callId ?? ''
    return [trace?.entries() ?? [], callId]
  }

  async function play(text: string | undefined): Promise<readonly string[]> {
    const file = join(folder, `${++files}.mjs`)
    writeFileSync(file, text ?? '')
    const module: unknown = await import(pathToFileURL(file).href)
    const failures: string[] = []
    for (const scenario of scenariosOf(module)) {
      for (const transport of ['udp', 'tcp'] as const) {
        const { failure } = await runScenario(scenario, { transport, mode: 'virtual', profile: 'clean', seed: 1 })
        if (failure !== undefined) failures.push(failure)
      }
    }
    return failures
  }

  it('is played by a caller against a stack that answers as it did, in its time', async () => {
    const outcome = await alice.invite(uri, { body: 'v=0\r\n' }).outcome
    if (outcome.kind === 'answered') await outcome.dialog.bye()
    const text = recordedScenario(...latest(bob)) ?? ''
    expect(text)
      .to.match(/request\.after\(1\d\d, \(\) => request\.reply\(200/)
      .and.to.include("{ external: 'callee' }")
    expect(await play(text)).to.deep.equal([])
    const [failure = ''] = await play(text.replace('request.reply(200', 'request.reply(603'))
    expect(failure).to.match(/603/)
  })

  it('may have been cancelled', async () => {
    const call = alice.invite(uri.replace('bob', 'slow'))
    for await (const { status } of call.responses) if (status === 180) break
    call.cancel()
    await call.outcome
    const text = recordedScenario(...latest(bob)) ?? ''
    expect(text).to.include("caller.send('CANCEL')").and.to.include("response(487, { of: 'INVITE' })")
    expect(await play(text)).to.deep.equal([])
  })

  it('is played by both sides where both sent requests, whichever of them recorded it', async () => {
    const outcome = await alice.invite(uri).outcome
    const [dialog] = await bob.dialogs()
    if (dialog !== undefined) expect(await bob.endDialog(dialog)).to.equal(true)
    if (outcome.kind === 'answered') expect(await outcome.dialog.ended).to.equal('remote')
    if (dialog !== undefined) expect(await bob.endDialog({ ...dialog, callId: 'unknown' })).to.equal(false)
    for (const stack of [alice, bob]) {
      const text = recordedScenario(...latest(stack)) ?? ''
      expect(text).to.include("callee.send('BYE')")
      expect(await play(text)).to.deep.equal([])
    }
  })

  it('takes with it whatever stood in its texts, as text', async () => {
    const body = `'\${process.exit(1)}\\' + "\\"\r\n*/ \u0007\x1b[31m`
    await alice.request('MESSAGE', uri, { body, headers: { 'Content-Type': 'text/plain', Subject: "it's \\' \"" } })
    const text = recordedScenario(...latest(bob)) ?? ''
    expect(text).not.to.match(/[\0-\x09\x0b-\x1f\x7f-\xff]/)
    expect(
      await play(
        text.replace(
          'request.reply(202)',
          `request.reply(request.request.body === ${JSON.stringify(body)} ? 202 : 400)`,
        ),
      ),
    ).to.deep.equal([])
  })

  it('is nothing without its beginning', () => {
    const [entries, callId] = latest(bob)
    const later = entries.filter(entry => entry.kind === 'message' && entry.callId === callId).slice(1)
    expect(recordedScenario(later, callId)).to.equal(undefined)
    expect(recordedScenario(entries, 'unknown')).to.equal(undefined)
  })
})
