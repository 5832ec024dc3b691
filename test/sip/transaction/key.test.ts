import { expect } from 'chai'
import { hashOf } from '../../../apps/actor/actor.js'
import { SeededRandom } from '../../../apps/scenario/seeded-random.js'
import { newBranch } from '../../../apps/sip/syntax/ids.js'
import {
  clientKey,
  clientKeyTelling,
  hasCookie,
  type MatchedRequest,
  serverKey,
  showKey,
} from '../../../apps/sip/transaction/key.js'

const via = { transport: 'UDP', host: 'client.example.com', port: 5060, branch: 'z9hG4bK776asdhds' }
const invite: MatchedRequest = {
  method: 'INVITE',
  via,
  uri: 'sip:bob@example.com',
  callId: 'a84b4c76e66710',
  cseq: { number: 314_159, method: 'INVITE' },
  from: { tag: '1928301774' },
  to: {},
}
const ack: MatchedRequest = {
  ...invite,
  method: 'ACK',
  cseq: { number: 314_159, method: 'ACK' },
  to: { tag: 'a6c85cf' },
}

describe('transaction keys', () => {
  describe('§17.1.3 a response matches its client transaction', () => {
    it('§17.1.3 §9.1 §7.3.1 TCI-07 by the branch, which has no case, and which only the CANCEL of an INVITE shares', () => {
      const own = clientKey('z9hG4bKabc', 'INVITE')
      expect(clientKey('z9hG4bKabc', 'BYE')).to.equal(own)
      for (const written of ['Z9HG4BKABC', 'z9hg4bkabc', 'z9hG4bKaBc']) {
        expect(clientKey(written, 'INVITE')).to.equal(own)
        expect(clientKey(written, 'CANCEL')).to.equal(clientKey('z9hG4bKabc', 'CANCEL'))
      }
      for (const letter of ['A', 'M', 'Z']) {
        expect(clientKey(`z9hG4bK1${letter}`, 'INVITE')).to.equal(
          clientKey(`z9hG4bK1${letter.toLowerCase()}`, 'INVITE'),
        )
      }
      for (const [branch, method] of [
        ['z9hG4bKabc', 'CANCEL'],
        ['z9hG4bKabd', 'INVITE'],
        ['z9hG4bK', 'INVITE'],
        ['abc', 'INVITE'],
        ['', 'INVITE'],
      ] as const) {
        expect(clientKey(branch, method)).not.to.equal(own)
      }
      expect(clientKey('ABCz9hG4bK', 'INVITE')).to.equal(clientKey('abcZ9hG4bK', 'INVITE'))
    })

    it('§17.1.3 is shown as the branch and the method', () => {
      for (const method of ['INVITE', 'CANCEL']) {
        expect(showKey(clientKey('z9hG4bKabc', method), method)).to.equal(`z9hG4bKabc ${method}`)
      }
    })

    it('§8.1.1.7 branches of ours differ in what tells their keys apart [3261-8.1.1.7-1]', () => {
      const random = new SeededRandom(1)
      const hashes = new Set<number>()
      const { from, to } = clientKeyTelling
      for (let count = 0; count < 1000; count++) {
        hashes.add(hashOf(clientKey(newBranch(random), 'INVITE'), 7, from, to))
      }
      expect(hashes.size).to.equal(1000)
    })

    it('§17.1.3 the branch of a server transaction is never taken for one of ours', () => {
      for (const method of ['INVITE', 'CANCEL']) {
        for (const branch of [via.branch, via.branch.toLowerCase(), serverKey(invite).split(' ')[0] ?? '']) {
          expect(clientKey(branch, method)).not.to.equal(serverKey(invite))
        }
      }
    })
  })

  describe('§17.2.3 a request matches its server transaction', () => {
    const differs = (other: Partial<MatchedRequest>): void => {
      expect(serverKey({ ...invite, ...other })).not.to.equal(serverKey(invite))
    }

    it('§17.2.3 TSI-06 TSI-08 by branch, sent-by and method', () => {
      differs({ via: { ...via, branch: 'z9hG4bK776asdhdt' } })
      differs({ via: { ...via, host: 'other.example.com' } })
      differs({ via: { ...via, port: 5061 } })
      differs({ via: { ...via, port: undefined } })
      differs({ method: 'CANCEL' })
    })

    it('§17.2.3 TSI-06 and by nothing else', () => {
      const other = {
        ...invite,
        uri: 'sip:x',
        callId: 'x',
        cseq: { number: 1, method: 'INVITE' },
        from: {},
        to: { tag: 'x' },
      }
      expect(serverKey(other)).to.equal(serverKey(invite))
    })

    it('§17.2.3 branch and host compare without case', () => {
      const shouted = { ...invite, via: { ...via, branch: 'Z9hg4Bk776ASDHDS', host: 'CLIENT.example.COM' } }
      expect(serverKey(shouted)).to.equal(serverKey(invite))
    })

    it('§17.2.3 TSI-06 an ACK has the key of its INVITE, a CANCEL finds what it cancels §9.2', () => {
      expect(serverKey(ack)).to.equal(serverKey(invite))
      const cancel = { ...invite, method: 'CANCEL', cseq: { number: 314_159, method: 'CANCEL' } }
      expect(serverKey(cancel, 'INVITE')).to.equal(serverKey(invite))
    })
  })

  describe('§17.2.3 TSI-07 without the magic cookie', () => {
    const old = { ...via, branch: '1' }
    const first: MatchedRequest = { ...invite, via: old }
    const variants: Record<string, Partial<MatchedRequest>> = {
      'Request-URI': { uri: 'sip:carol@example.com' },
      'From tag': { from: { tag: 'x' } },
      'Call-ID': { callId: 'x' },
      'CSeq number': { cseq: { number: 2, method: 'INVITE' } },
      'branch of the top Via': { via: { ...old, branch: '2' } },
      'absent branch': { via: { ...old, branch: undefined } },
      'sent-by host': { via: { ...old, host: 'x' } },
      'sent-by port': { via: { ...old, port: 5070 } },
      transport: { via: { ...old, transport: 'TCP' } },
      method: { method: 'OPTIONS' },
    }
    for (const [name, other] of Object.entries(variants)) {
      it(`§17.2.3 TSI-07 the ${name} tells transactions apart`, () => {
        expect(serverKey({ ...first, ...other })).not.to.equal(serverKey(first))
      })
    }

    it('§17.2.3 TSI-07 a repetition matches, and an ACK whatever its To tag', () => {
      expect(serverKey({ ...first })).to.equal(serverKey(first))
      expect(serverKey({ ...ack, via: old })).to.equal(serverKey(first))
    })

    it('§17.2.3 §7.3.1 the host in sent-by compares without case in this form, too', () => {
      const upper = { ...first, via: { ...old, host: old.host.toUpperCase() } }
      expect(serverKey(upper)).to.equal(serverKey(first))
    })

    it('§17.2.3 TSI-07 for other methods the To tag counts', () => {
      const bye = { ...first, method: 'BYE', to: { tag: 'a' } }
      expect(serverKey({ ...bye, to: { tag: 'b' } })).not.to.equal(serverKey(bye))
    })

    it('RFC 4475 §3.2.1 a branch that is nothing but the cookie tells no transactions apart', () => {
      const bare = { ...invite, via: { ...via, branch: 'z9hG4bK' } }
      expect(hasCookie(bare.via)).to.equal(false)
      expect(serverKey({ ...bare, callId: 'x' })).not.to.equal(serverKey(bare))
      expect(serverKey({ ...bare })).to.equal(serverKey(bare))
    })

    it('§8.1.1.7 the cookie is the first seven characters, in any case', () => {
      expect(hasCookie(via)).to.equal(true)
      expect(hasCookie({ ...via, branch: 'Z9HG4BKx' })).to.equal(true)
      expect(hasCookie({ ...via, branch: 'xz9hG4bK' })).to.equal(false)
      expect(hasCookie({ ...via, branch: undefined })).to.equal(false)
    })
  })
})
