/** Sessions on hold, and answers to offers: RFC 3264 §5.1, §6, §8. */

import { expect } from 'chai'
import { type RawPeer, response, type Stage } from '../../../apps/scenario/scenario.js'
import type { Agreement } from '../../../apps/sip/core/offer-answer.js'
import { isHeld, isSame, standing, turned, unforced } from '../../../apps/sip/core/revision.js'
import { answerTo } from '../../../apps/sip/core/session-answer.js'
import type { ActiveDialog, CallHandlers, Core } from '../../../apps/sip/sip.js'
import { dialogOf, hungUp, hungUpBy, placed } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

/** One with these streams: a direction or nothing, PCMU at port 4000 and so on. */
function sdp(version: number | bigint, directions: readonly string[], more = ''): string {
  const media = directions.flatMap((direction, at) => [
    `m=audio ${4000 + 2 * at} RTP/AVP 0`,
    ...(direction === '' ? [] : [`a=${direction}`]),
  ])
  return `${['v=0', `o=- 9 ${version} IN IP4 192.0.2.1`, 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...media].join('\r\n')}\r\n${more}`
}

/** `latest` is `local` unless given. */
function agreed(local: string, remote: string, by: 'local' | 'remote', latest = local): Agreement {
  return { local, remote, by, latest }
}

const typed = { 'Content-Type': 'application/sdp' }

interface Called {
  readonly bob: RawPeer
  readonly dialog: ActiveDialog
}

async function called(stage: Stage, handlers: CallHandlers = {}): Promise<Called> {
  const { bob, call } = await placed(stage, { body: sdp(1, ['']), handlers })
  bob.send(200, { headers: typed, body: sdp(7, ['']) })
  await bob.expect('ACK')
  return { bob, dialog: await dialogOf(call) }
}

/** What the next re-INVITE offers; it is answered with that. */
async function offered(bob: RawPeer, answer: string): Promise<string> {
  const [invite] = await bob.expect('INVITE')
  bob.send(200, { headers: typed, body: answer })
  await bob.expect('ACK')
  return invite.body
}

describe('a session on hold', () => {
  for (const [was, is, again] of [
    ['', 'sendonly', 'sendrecv'],
    ['sendrecv', 'sendonly', 'sendrecv'],
    ['recvonly', 'inactive', 'recvonly'],
    ['sendonly', 'sendonly', 'sendrecv'],
  ] as const) {
    it(`INV-24 RFC 3264 §8.4 ${was || 'no direction'} becomes ${is}, and ${again} when it is resumed; the version goes up [3264-5.1-1] [3264-5.1-3] [3264-8-1] [3264-8.4-2]`, () => {
      const held = turned(agreed(sdp(1, [was]), sdp(7, ['']), 'local'), false)
      const version = was === is ? 1 : 2
      expect(held).to.equal(sdp(version, [is]))
      const resumed = turned(agreed(held ?? '', sdp(8, ['']), 'local'), true)
      expect(resumed).to.equal(sdp(version + 1, [again]))
    })
  }

  it('RFC 6337 §5.3 the hold of the other side does not change what we want: sendonly crosses sendonly, and ends so', () => {
    const forced = agreed(sdp(2, ['recvonly']), sdp(8, ['sendonly']), 'remote')
    expect(turned(forced, false)).to.equal(sdp(3, ['sendonly']))
    expect(unforced(forced)).to.equal(sdp(2, ['sendrecv']))
    const both = agreed(sdp(2, ['inactive']), sdp(8, ['sendonly']), 'remote')
    expect(turned(both, true)).to.equal(sdp(3, ['sendrecv']))
    expect(unforced(both)).to.equal(sdp(2, ['sendonly']))
  })

  it('RFC 3264 §8 streams that are not in use stay as they are; a version may be as large as 64 bits are [3264-5-2] [3264-8-6]', () => {
    const closed = sdp(9007199254740993n, ['']).replace('audio 4000', 'audio 0')
    const local = closed + sdp(1, ['', '']).split('\r\n').slice(6).join('\r\n')
    const held = turned(agreed(local, '', 'local'), false) ?? ''
    expect(held).to.include('o=- 9 9007199254740994 ').and.include('m=audio 0 RTP/AVP 0\r\nm=')
    expect(held.match(/a=sendonly/g)).to.have.length(1)
    expect(turned(agreed('hello', '', 'local'), false)).to.equal(undefined)
    expect(standing(agreed(sdp(3, ['']), '', 'local', sdp(5, ['sendonly'])))).to.equal(sdp(6, ['']))
    expect(standing(agreed('hello', '', 'local', sdp(5, [''])))).to.equal('hello')
    expect(isSame(sdp(3, ['']), sdp(3, ['', '']))).to.equal(true)
    expect(isSame(sdp(3, ['']), sdp(4, ['']))).to.equal(false)
  })

  it('RFC 3264 §8.4 all streams sendonly or inactive, or at 0.0.0.0, is held; recvonly in answer to our hold is not [3264-8.4-3]', () => {
    const of = (remote: string, by: 'local' | 'remote' = 'remote', local = sdp(1, ['', ''])): boolean =>
      isHeld(agreed(local, remote, by))
    expect(of(sdp(7, ['sendonly']))).to.equal(true)
    expect(of(sdp(7, ['inactive', 'sendonly']))).to.equal(true)
    expect(of(sdp(7, ['sendonly', '']))).to.equal(false)
    expect(of(sdp(7, ['sendonly', '']).replace('4002', '0'))).to.equal(true)
    expect(of(sdp(7, ['']).replace('c=IN IP4 192.0.2.1', 'c=IN IP4 0.0.0.0'))).to.equal(true)
    expect(of(sdp(7, ['recvonly']))).to.equal(false)
    expect(of(sdp(7, ['sendonly']), 'local')).to.equal(true)
    expect(of(sdp(7, ['sendonly']), 'local', sdp(1, ['recvonly']))).to.equal(false)
    expect(of('a=sendonly')).to.equal(false)
    expect(of(sdp(7, ['sendonly']).replace('4000', '0'))).to.equal(false)
  })

  it('INV-24 RFC 3264 §8.4 hold() and resume() offer what we described latest, and settle as the re-INVITE does', () =>
    passing(async stage => {
      const { bob, dialog } = await called(stage)
      const held = dialog.hold()
      expect(await offered(bob, sdp(8, ['recvonly']))).to.equal(sdp(2, ['sendonly']))
      expect((await held).kind).to.equal('answered')
      const resumed = dialog.resume()
      expect(await offered(bob, sdp(9, ['']))).to.equal(sdp(3, ['sendrecv']))
      expect((await resumed).kind).to.equal('answered')
      await hungUp(bob, dialog)
      expect((await dialog.hold()).kind).to.equal('transportError')
    }))

  it('INV-24 §13.2.1 what the 2xx to our INVITE answers is what we offered in that, though it has rung before [3261-13.2.1-11]', () =>
    passing(async stage => {
      const { bob, call } = await placed(stage, { body: sdp(1, ['']) })
      bob.send(180)
      bob.send(200, { headers: typed, body: sdp(7, ['']) })
      await bob.expect('ACK')
      const dialog = await dialogOf(call)
      expect((await dialog.snapshot())?.agreement).to.deep.equal(agreed(sdp(1, ['']), sdp(7, ['']), 'local'))
      void dialog.hold()
      expect(await offered(bob, sdp(8, ['recvonly']))).to.equal(sdp(2, ['sendonly']))
      await hungUp(bob, dialog)
    }))

  it('INV-13 INV-16 §14.1 a hold that gets 491 comes again after 2.1 to 4 s; one that is refused has changed nothing', () =>
    passing(async stage => {
      const { bob, dialog } = await called(stage)
      const held = dialog.hold()
      const [first] = await bob.expect('INVITE')
      const refused = stage.now
      bob.send(491)
      await bob.expect('ACK')
      const [second] = await bob.expect('INVITE')
      expect(stage.now - refused).to.be.within(2100, 4100)
      expect(second.body).to.equal(first.body)
      bob.send(488)
      await bob.expect('ACK')
      expect((await held).kind).to.equal('rejected')
      const resumed = dialog.resume()
      expect(await offered(bob, sdp(8, ['']))).to.equal(sdp(3, ['sendrecv']))
      await resumed
      await hungUp(bob, dialog)
    }))

  it('a call without session descriptions cannot be held', () =>
    passing(async stage => {
      const { bob, dialog } = await established(stage)
      expect(await dialog.hold()).to.deep.equal({
        kind: 'transportError',
        reason: 'there is no session description to change',
      })
      await hungUp(bob, dialog)
    }))

  it('INV-24 RFC 3264 §6.1 the other side holds us and resumes: it is answered in kind, and the application is told [3264-6.1-3] [3264-8.4-1]', () =>
    passing(async stage => {
      const told: boolean[] = []
      let dialog: ActiveDialog | undefined
      const core: Core = {
        name: 'bob',
        match: () => true,
        INVITE: invite => void invite.reply(200, { body: sdp(1, ['']) }),
        reINVITE: invite => {
          const body = invite.answer()
          invite.reply(body === undefined ? 488 : 200, body === undefined ? {} : { body })
        },
        ACK: ack => {
          dialog ??= ack.dialog
        },
      }
      const bob = await stage.stack('bob', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob, headers: typed, body: sdp(7, ['']) })
      await alice.expect(200)
      alice.send('ACK')
      await stage.pause(100)
      const { holds } = dialog ?? {}
      const reading = (async () => {
        for await (const isOnHold of holds ?? []) told.push(isOnHold)
      })()
      for (const [offer, answer] of [
        [sdp(8, ['sendonly']), sdp(2, ['recvonly'])],
        [sdp(9, ['inactive']), sdp(3, ['inactive'])],
        [sdp(10, ['']), sdp(4, ['sendrecv'])],
      ] as const) {
        alice.send('INVITE', { headers: typed, body: offer })
        const [ok] = await alice.expect(response(200, { of: 'INVITE' }))
        expect(ok.body).to.equal(answer)
        alice.send('ACK')
        await stage.pause(100)
      }
      alice.send('INVITE', { headers: typed, body: sdp(11, ['']).replace('RTP/AVP 0', 'RTP/AVP 3') })
      await alice.expect(response(488, { of: 'INVITE' }))
      alice.send('ACK')
      await hungUpBy(alice)
      await reading
      expect(told).to.deep.equal([true, false])
    }))

  it('whoever asks late whether it is held is told at once', () =>
    passing(async stage => {
      const { bob, dialog } = await called(stage)
      const resumed = dialog.resume()
      await offered(bob, sdp(8, ['sendonly']))
      await resumed
      const [first] = await Promise.all([dialog.holds[Symbol.asyncIterator]().next(), stage.pause(10)])
      expect(first).to.deep.equal({ value: true, done: false })
      await hungUp(bob, dialog)
      const rest = await dialog.holds[Symbol.asyncIterator]().next()
      expect(rest.done).to.equal(true)
    }))
})

describe('an answer to an offer', () => {
  const ours = sdp(1, [''], 'a=ptime:20\r\n')

  it('INV-24 RFC 3264 §6 has as many streams in the same order; what does not fit is refused with port 0 [3264-6-1] [3264-6-2] [3264-6-3] [3264-6-5] [3264-6-7] [3264-5.1-4] [3264-6.1-2] [3264-6.1-8] [3264-6.1-18] [3264-8.2-1] [3261-13.2.1-11]', () => {
    const offer = [
      sdp(7, []).replace('t=0 0', 't=5 9'),
      'm=video 5000 RTP/AVP 31\r\n',
      'm=audio 5002 RTP/AVP 3\r\n',
      'm=audio 0 RTP/AVP 0\r\n',
      'm=audio 5004 RTP/AVP 8 0\r\n',
    ].join('')
    const lines = (answerTo(offer, ours) ?? '').split('\r\n')
    expect(lines.filter(line => line.startsWith('m='))).to.deep.equal([
      'm=video 0 RTP/AVP 31',
      'm=audio 0 RTP/AVP 3',
      'm=audio 0 RTP/AVP 0',
      'm=audio 4000 RTP/AVP 0',
    ])
    expect(lines).to.include('t=5 9').and.include('a=ptime:20').and.include('o=- 9 1 IN IP4 192.0.2.1')
  })

  it('RFC 3264 §6 an offer without streams is answered without any [3264-6-4]', () => {
    expect(answerTo(sdp(7, []), ours)).to.equal(sdp(1, []))
  })

  it('RFC 3264 §6 when nothing fits, or somebody describes nothing, there is none', () => {
    expect(answerTo(sdp(7, ['']).replace('AVP 0', 'AVP 3'), ours)).to.equal(undefined)
    expect(answerTo('hello', ours)).to.equal(undefined)
    expect(answerTo(sdp(7, ['']), 'hello')).to.equal(undefined)
  })

  for (const [offered, wanted, answer] of [
    ['', '', 'sendrecv'],
    ['sendonly', '', 'recvonly'],
    ['recvonly', '', 'sendonly'],
    ['inactive', '', 'inactive'],
    ['', 'sendonly', 'sendonly'],
    ['sendonly', 'sendonly', 'inactive'],
    ['recvonly', 'recvonly', 'inactive'],
  ] as const) {
    it(`INV-24 RFC 3264 §6.1 ${offered || 'sendrecv'} where we want ${wanted || 'sendrecv'} is answered with ${answer} [3264-6.1-3] [3264-6.1-4] [3264-6.1-5] [3264-6.1-6] [3264-6.1-7]`, () => {
      expect(answerTo(sdp(7, [offered]), sdp(1, [wanted]))).to.equal(sdp(1, [answer]))
      // Of what is offered the answer takes what is ours, and nothing else.
      const more = (description: string, formats: string): string => description.replace('AVP 0', `AVP ${formats}`)
      const taken = answerTo(more(sdp(7, [offered]), '9 8 3'), more(sdp(1, [wanted]), '0 3 8'))
      expect(taken).to.equal(more(sdp(1, [answer]), '8 3'))
      expect(answerTo(more(sdp(7, [offered]), '9'), more(sdp(1, [wanted]), '0 3 8'))).to.equal(undefined)
    })
  }

  const many = (version: number, more = '', stream = 'audio 4000 RTP/AVP 0 8'): string =>
    `${sdp(version, [])}m=${stream}\r\nc=IN IP4 224.2.17.12/127\r\n${more}`

  it('RFC 3264 §6.2 a stream of a group is answered as it is offered, with the formats that we have [3264-6.2-1] [3264-6.2-2] [3264-6.2-3] [3264-6.2-4]', () => {
    const offer = many(7, 'b=AS:64\r\na=ptime:40\r\na=recvonly\r\n')
    const answer = answerTo(offer, many(1, 'a=ptime:20\r\n', 'audio 4000 RTP/AVP 3 8')) ?? ''
    const lines = answer.slice(answer.indexOf('m=')).trim().split('\r\n')
    expect(lines).to.have.members([
      'm=audio 4000 RTP/AVP 8',
      'c=IN IP4 224.2.17.12/127',
      'b=AS:64',
      'a=ptime:40',
      'a=recvonly',
    ])
  })

  it('RFC 3264 §6.1 §6.2 what is for a group is refused where that is not ours; what is for us is not answered for a group [3264-6.1-1]', () => {
    expect(answerTo(many(7), ours)).to.equal(undefined)
    expect(answerTo(many(7), many(1).replace('224.2.17.12', '224.2.17.13'))).to.equal(undefined)
    expect(answerTo(many(7), many(1, '', 'audio 4002 RTP/AVP 0 8'))).to.equal(undefined)
    expect(answerTo(sdp(7, ['']), many(1))).to.equal(undefined)
    const six = (address: string): string => many(7).replace('IP4 224.2.17.12/127', `IP6 ${address}`)
    expect(answerTo(six('FF15::101'), six('ff15::101'))).to.include('m=audio 4000 ')
  })

  it('RFC 3264 §6.1 formats are as they are offered: order, payload types, rtpmap and fmtp [3264-6.1-12] [3264-6.1-10] [3264-6.1-11] [3264-6.1-14] [3264-6.1-16]', () => {
    const offer = `${sdp(7, ['']).replace('AVP 0', 'AVP 110 0 101')}a=rtpmap:110 opus/48000/2\r\na=fmtp:110 useinbandfec=1\r\na=rtpmap:101 telephone-event/8000\r\n`
    const own = `${sdp(1, ['']).replace('AVP 0', 'AVP 0 8 96')}a=rtpmap:96 OPUS/48000/2\r\na=fmtp:96 useinbandfec=0\r\n`
    const answer = answerTo(offer, own) ?? ''
    expect(answer).to.include('m=audio 4000 RTP/AVP 110 0\r\n')
    expect(answer).to.include('a=rtpmap:110 opus/48000/2\r\n').and.include('a=fmtp:110 useinbandfec=1\r\n')
    expect(answer).not.to.match(/:(101|96) /)
    const twice = offer.replace('a=fmtp', 'a=rtpmap:110 other/8000\r\na=fmtp')
    expect(answerTo(twice, own)).to.include('m=audio 4000 RTP/AVP 110 0\r\n')
  })

  it('RFC 3264 §6.1 an offer of thousands of formats and names for them takes little time', () => {
    const formats = Array.from({ length: 20_000 }, (_, at) => 1000 + at).join(' ')
    const offer = `${sdp(1, [])}m=audio 9 RTP/AVP 0 ${formats}\r\n${'a=rtpmap:96 x/8\r\n'.repeat(10_000)}`
    const began = performance.now()
    expect(answerTo(offer, `${sdp(1, [])}m=audio 4000 RTP/AVP 0\r\n`)).to.match(/^m=audio 4000 RTP\/AVP 0\r$/m)
    expect(performance.now() - began).to.be.below(3000)
  })

  it('RFC 3264 §8 one that has changed has the next version, one that has not is the same again [3264-8-2] [3264-8-4]', () => {
    const latest = sdp(5, ['sendrecv'])
    expect(answerTo(sdp(7, ['']), ours, latest)).to.equal(answerTo(sdp(7, ['']), ours)?.replace('9 1 ', '9 6 '))
    expect(answerTo(sdp(7, ['']), sdp(1, ['']), latest)).to.equal(latest)
  })
})
