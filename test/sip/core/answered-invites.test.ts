import { expect } from 'chai'
import { nobody } from '../../../apps/actor/actor.js'
import { AnsweredInvites, canRest } from '../../../apps/sip/core/answered-invites.js'
import { meansOf } from '../../../apps/sip/core/means.js'
import { formatMessage } from '../../../apps/sip/syntax/format.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'

/** The cores, as far as these records know them: what they send is kept, and time stands where it is put. */
function cores() {
  const sent: { readonly kind: string; readonly route?: object; readonly text?: string }[] = []
  const self = { now: 0, ref: nobody, send: (_to: unknown, message: never) => sent.push(message), startTimer: () => {} }
  const context = { random: { uint32: () => 7 }, timers: { T1: 500, T2: 4000, T4: 5000 }, transport: nobody }
  const exit = { context: context as never, locals: undefined, means: meansOf(undefined) }
  return { sent, self, exit, records: new AnsweredInvites(context as never, self as never) }
}

const parts = { from: '<sips:a@a.invalid>;tag=1', callId: 'x', cseq: 5, via: 'SIP/2.0/TLS a.invalid;branch=z9hG4bK1' }
const invite = createRequest('INVITE', 'sips:b@b.invalid', { ...parts, to: 'sips:b@b.invalid' })
const ack = formatMessage(createRequest('ACK', 'sips:b@192.0.2.2', { ...parts, to: '<sips:b@b.invalid>;tag=2' }))
const route = { transport: 'TLS', address: '192.0.2.2', port: 5061, flow: nobody, name: 'b.invalid' } as const

describe('INVITEs of ours that are answered', () => {
  it('§13.2.2.4 a repeated 2xx gets the same ACK on the same way, to the host that TLS has to prove, for 64*T1', () => {
    const { sent, self, exit, records } = cores()
    const told = (toTag: string): void =>
      records.receive({ kind: 'accepted', response: createResponse(invite, 200, { toTag }) }, exit)
    const answered = { branch: 'z9hG4bK1', invite, ack: { text: ack, route }, isForking: false }
    expect(canRest(answered.ack)).to.equal(true)
    records.receive({ kind: 'rest', answered }, exit)
    told('2')
    expect(sent.splice(0)).to.deep.equal([{ kind: 'send', text: ack, route }])
    // Inside a dialog nobody else may answer.
    told('3')
    expect(sent).to.deep.equal([])
    self.now = 32_001
    records.receive({ kind: 'expireAnswered' }, exit)
    told('2')
    expect(sent).to.deep.equal([])
    expect(records.size).to.equal(0)
  })

  it('§13.2.2.4 one whose ACK is too large for a record is not among them: its actor stays', () => {
    const answered = { branch: 'z9hG4bK1', invite, ack: { text: ack + ' '.repeat(1 << 20), route }, isForking: true }
    expect(canRest(answered.ack)).to.equal(false)
  })
})
