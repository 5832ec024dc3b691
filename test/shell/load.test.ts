import { expect } from 'chai'
import {
  createResponse,
  DigestClient,
  formatMessage,
  type Message,
  parseMessage,
  SipStack,
} from '../../apps/sip/sip.js'
import type { Identity } from '../../shell/dialler.js'
import { Histogram } from '../../shell/histogram.js'
import { LoadMessages } from '../../shell/load-messages.js'
import { bottleneck, type LoadFigures } from '../../shell/load-report.js'
import { LoadRun } from '../../shell/load-run.js'
import { type Ended, sipwright } from './program.js'

const target = { transport: 'UDP', address: '127.0.0.1', port: 5060, name: '127.0.0.1' } as const
const uri = 'sip:bob@127.0.0.1:5060'

function messageOf(text: string): Message {
  const parsed = parseMessage(text, { strict: true })
  if (parsed.kind !== 'ok') throw new Error(`no message: ${text}`)
  return parsed.message
}

/** A load at 1000 ms of a time that goes on when told to, and what it has sent. */
function loading(method: 'OPTIONS' | 'INVITE', isReliable = false, who: Identity = {}) {
  const sent: string[] = []
  const messages = new LoadMessages(uri, who, { target, local: '127.0.0.1:5999' })
  const run = new LoadRun({ method, timeout: 10_000, isReliable }, messages, text => sent.push(text))
  let now = 1000
  run.begin(now)
  const requests = () => sent.map(messageOf)
  return {
    run,
    requests,
    methods: () => requests().map(each => (each.kind === 'request' ? each.method : String(each.status))),
    /** Answers the latest request of a method. */
    answer(status: number, to: string = method, headers: Readonly<Record<string, string>> = {}): void {
      const request = requests().findLast(each => each.kind === 'request' && each.method === to)
      if (request?.kind !== 'request') throw new Error(`no ${to} was sent`)
      run.received(
        formatMessage(createResponse(request, status, { headers, ...(status > 100 ? { toTag: 't' } : {}) })),
        now,
      )
    },
    /** In ms from the start, when something was sent. */
    wait(ms: number): readonly number[] {
      const times: number[] = []
      for (const until = now + ms; now < until; ) {
        const before = sent.length
        now += 50
        run.tick(now)
        if (sent.length > before) times.push(now - 1000)
      }
      return times
    },
  }
}

describe('a load', () => {
  it('counts failures apart while the peer finds a few words for them only', () => {
    const { run } = loading('OPTIONS')
    for (let at = 0; at < 60; at++) {
      run.end(`why ${at}`)
      run.begin(1000)
    }
    expect(run.failures.size).to.equal(51)
    expect(run.failures.get('others')).to.equal(10)
  })

  it('§13.2.2.4 §15.1.1 acknowledges the 2xx to its INVITE, and hangs up at once', () => {
    const { run, answer, requests, methods, wait } = loading('INVITE')
    answer(180)
    answer(200, 'INVITE', { Contact: '<sip:bob@127.0.0.1:5099>', 'Record-Route': '<sip:a;lr>, <sip:b;lr>' })
    expect(methods()).to.deep.equal(['INVITE', 'ACK', 'BYE'])
    const [invite, ack, bye] = requests()
    for (const each of [ack, bye]) {
      expect(each?.kind === 'request' && String(each.uri)).to.equal('sip:bob@127.0.0.1:5099')
      expect(each?.getAll('Route').map(String)).to.deep.equal(['<sip:b;lr>', '<sip:a;lr>'])
      expect(each?.to.tag).to.equal('t')
      expect(each?.from.tag).to.equal(invite?.from.tag)
    }
    expect([invite, ack, bye].map(each => each?.cseq.number)).to.deep.equal([1, 1, 2])
    expect(new Set([invite, ack, bye].map(each => each?.get('Via')?.branch)).size).to.equal(3)
    answer(200, 'BYE')
    expect(run).to.include({ started: 1, done: 1, failed: 0, outstanding: 0, strays: 0 })
    expect(wait(12_000)).to.deep.equal([])
  })

  it('§13.2.2.4 acknowledges each repetition of a 2xx, and counts the call once', () => {
    const { run, answer, methods } = loading('INVITE')
    answer(200)
    answer(200)
    expect(methods()).to.deep.equal(['INVITE', 'ACK', 'BYE', 'ACK'])
    answer(200, 'BYE')
    answer(200)
    expect(methods().slice(4)).to.deep.equal(['ACK', 'BYE'])
    expect(run).to.include({ done: 1, failed: 0, strays: 1 })
  })

  it('§17.1.1.3 acknowledges a refusal with the branch of its INVITE, as often as it comes, and counts it by status', () => {
    const { run, answer, requests, methods } = loading('INVITE')
    answer(486)
    answer(486)
    expect(methods()).to.deep.equal(['INVITE', 'ACK', 'ACK'])
    const [invite, ack] = requests()
    expect(ack?.get('Via')?.branch).to.equal(invite?.get('Via')?.branch)
    expect(run).to.include({ done: 0, failed: 1, outstanding: 0 })
    expect([...run.failures]).to.deep.equal([['486 Busy Here', 1]])
  })

  it('§22.2 §13.2.2.4 answers a challenge with a number and a branch of its own, and its ACK has the same credentials', () => {
    const auth = new DigestClient({ username: 'alice', password: 'secret' })
    const { run, answer, requests, methods, wait } = loading('INVITE', false, { auth })
    const nonce = { 'WWW-Authenticate': 'Digest realm="here", nonce="1", qop="auth"' }
    answer(401, 'INVITE', nonce)
    answer(200)
    expect(methods()).to.deep.equal(['INVITE', 'ACK', 'INVITE', 'ACK', 'BYE'])
    expect(requests().map(each => each.cseq.number)).to.deep.equal([1, 1, 2, 2, 3])
    const proofs = requests().map(each => each.raw('Authorization')[0])
    expect(proofs.map(each => each !== undefined)).to.deep.equal([false, false, true, true, true])
    expect(proofs[3]).to.equal(proofs[2])
    const branches = requests().map(each => each.get('Via')?.branch)
    expect(branches[1]).to.equal(branches[0])
    expect(new Set(branches).size).to.equal(4)
    answer(401, 'BYE', { 'WWW-Authenticate': 'Digest realm="here", nonce="2", qop="auth", stale=true' })
    expect(requests().at(-1)?.cseq.number).to.equal(4)
    answer(200, 'BYE')
    expect(run).to.include({ done: 1, failed: 0, challenges: 2, outstanding: 0 })
    expect(wait(12_000)).to.deep.equal([])
    run.begin(20_000)
    expect(requests().at(-1)?.raw('Authorization').length, 'in advance').to.equal(1)
  })

  it('§22.1 gives up where its credentials are refused, and §9.1 cancels the INVITE that has answered a challenge', () => {
    const auth = new DigestClient({ username: 'alice', password: 'wrong' })
    const { run, answer, methods } = loading('OPTIONS', false, { auth })
    const nonce = (text: string) => ({ 'WWW-Authenticate': `Digest realm="here", nonce="${text}", qop="auth"` })
    answer(401, 'OPTIONS', nonce('1'))
    answer(401, 'OPTIONS', nonce('2'))
    expect(methods()).to.deep.equal(['OPTIONS', 'OPTIONS'])
    expect([...run.failures]).to.deep.equal([['401 Unauthorized', 1]])
    const ringing = loading('INVITE', false, { auth })
    ringing.answer(401, 'INVITE', nonce('1'))
    ringing.answer(180)
    ringing.wait(11_000)
    const [invite, cancel] = ringing.requests().slice(-2)
    expect(ringing.methods().slice(-2)).to.deep.equal(['INVITE', 'CANCEL'])
    expect([cancel?.get('Via')?.branch, cancel?.cseq.number]).to.deep.equal([invite?.get('Via')?.branch, 2])
  })

  it('§17.1.2.2 sends others than INVITE again up to every T2, until it gives up', () => {
    const { run, wait } = loading('OPTIONS')
    expect(wait(12_000)).to.deep.equal([500, 1500, 3500, 7500])
    expect(run).to.include({ retransmissions: 4, failed: 1, outstanding: 0 })
    expect([...run.failures]).to.deep.equal([['no answer', 1]])
  })

  it('§17.1.1.2 §9.1 sends an INVITE that rings not again, and cancels it when it gives up', () => {
    const { run, answer, methods, requests, wait } = loading('INVITE')
    expect(wait(2000)).to.deep.equal([500, 1500])
    answer(180)
    expect(wait(9000)).to.deep.equal([10_000])
    expect(methods()).to.deep.equal(['INVITE', 'INVITE', 'INVITE', 'CANCEL'])
    expect(new Set(requests().map(each => each.get('Via')?.branch)).size).to.equal(1)
    expect(run).to.include({ retransmissions: 2, failed: 1 })
    answer(200, 'CANCEL')
    answer(487)
    expect(methods().at(-1)).to.equal('ACK')
    expect(run.failed).to.equal(1)
  })

  it('§17.1.2.2 sends nothing again over a stream', () => {
    const { run, wait } = loading('OPTIONS', true)
    expect(wait(12_000)).to.deep.equal([])
    expect(run).to.include({ retransmissions: 0, failed: 1 })
  })

  it('passes by what answers nothing of it', () => {
    const { run, requests } = loading('OPTIONS')
    const [request] = requests()
    if (request === undefined) throw new Error('nothing was sent')
    const other = messageOf(formatMessage(request).replaceAll(/z9hG4bK\w+/g, 'z9hG4bK00000000'))
    if (other.kind === 'request') run.received(formatMessage(createResponse(other, 200)), 1000)
    for (const text of ['', 'nonsense', formatMessage(other)]) run.received(text, 1000)
    expect(run).to.include({ strays: 4, outstanding: 1 })
  })
})

describe('the figures of a load', () => {
  it('hold times to 2 %', () => {
    const times = new Histogram()
    for (let ms = 1; ms <= 1000; ms++) times.add(ms)
    expect([times.count, times.mean, times.most]).to.deep.equal([1000, 500.5, 1000])
    for (const share of [0.01, 0.5, 0.9, 0.99]) expect(times.within(share)).to.be.within(1000 * share, 1020 * share)
    expect(times.within(1)).to.equal(1000)
    expect(new Histogram().within(0.5)).to.equal(0)
  })

  it('say whose they are', () => {
    const { run } = loading('OPTIONS')
    const figures: LoadFigures = {
      ...{ run, unit: 'calls', elapsed: 1000, share: 0.2, due: 1, window: 7, full: 0 },
    }
    const said = (changes: Partial<LoadFigures>): string => bottleneck({ ...figures, ...changes })
    expect(said({})).to.equal('the load generator used 20 % of a core: the figure is not its own')
    expect(said({ share: 0.98 })).to.equal('the load generator used 98 % of a core: the figure is its own')
    expect(said({ full: 0.5 })).to.include('all 7 places were taken 50 % of the time: the peer set the pace')
    expect(said({ due: 2 })).to.include('began 1 of 2 calls: this machine was too busy')
  })
})

describe('sipwright load', () => {
  let stack: SipStack
  let udp = ''
  let tcp = ''

  before(async () => {
    stack = await SipStack.start({ listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'], log: () => undefined })
    stack.register({
      name: 'any',
      match: () => true,
      INVITE: invite => invite.reply(invite.request.uri.user === 'busy' ? 486 : 200),
      OPTIONS: options => options.reply(200),
    })
    ;[udp = '', tcp = ''] = stack.listening.map(place => place.slice(4))
  })

  after(() => stack.close())

  for (const transport of ['udp', 'tcp']) {
    it(`§13 §15 places calls over ${transport}, and leaves none behind`, async () => {
      const to = `sip:bob@${transport === 'udp' ? udp : tcp};transport=${transport}`
      const { code, out } = await sipwright(['load', to, '--method', 'INVITE', '--count', '50', '--json'])
      expect(JSON.parse(out)).to.include({ started: 50, done: 50, failed: 0 })
      expect(code).to.equal(0)
      expect(await stack.census()).to.include({ calls: 0, dialogs: 0, servers: 0 })
    })
  }

  const startedOf = (out: string): number => Number(/^ {2}Started +(\d+)$/m.exec(out)?.[1])

  /** The first of five runs that begins so many; a machine that stands still meanwhile lets it begin fewer. */
  async function most(enough: number, args: readonly string[]): Promise<Ended> {
    let run = await sipwright(['load', `sip:bob@${udp}`, ...args])
    for (let tries = 1; tries < 5 && startedOf(run.out) < enough; tries++) {
      run = await sipwright(['load', `sip:bob@${udp}`, ...args])
    }
    return run
  }

  it('keeps to its rate, and prints a table', async () => {
    const { code, out } = await most(45, ['--rate', '100', '--duration', '500ms'])
    expect(startedOf(out)).to.be.within(45, 51)
    expect(out).to.match(/^ {2}Request +Answers +Mean +P50 +P90 +P99 +P99\.9 +Most\n {2}OPTIONS +\d+( +[\d.]+){6}$/m)
    expect(out).to.match(/\d+ requests a second for \d\.\d s; the load generator used \d+ % of a core.*\n$/)
    expect(code).to.equal(0)
  })

  it('comes to its rate by and by when it is told to', async () => {
    const { out } = await most(18, ['--rate', '200', '--ramp', '1s', '--duration', '500ms'])
    expect(startedOf(out)).to.be.within(18, 26)
  })

  it('counts refusals by status, and ends with 1', async () => {
    const { code, out } = await sipwright(['load', `sip:busy@${udp}`, '--method', 'INVITE', '--count', '5'])
    expect(out).to.match(/^ {2}486 Busy Here +5$/m)
    expect(code).to.equal(1)
  })

  it('ends with 1 when nobody is there, and says so', async () => {
    const [refused, nowhere] = await Promise.all([
      sipwright(['load', 'sip:127.0.0.1:9;transport=tcp']),
      sipwright(['load', 'sip:bob@127.0.0.1;transport=sctp']),
    ])
    expect(refused.err).to.match(/^sipwright load: connect ECONNREFUSED 127\.0\.0\.1:9 \(nobody listens there: .*\n$/)
    expect(nowhere.err).to.match(/^sipwright load: sip:bob@127\.0\.0\.1;transport=sctp leads nowhere: .*\n$/)
    expect([refused.code, nowhere.code]).to.deep.equal([1, 1])
  })

  it('leaves other machines alone unless it is told otherwise', async () => {
    const { code, err } = await sipwright(['load', 'sip:bob@192.0.2.1'])
    expect(err).to.include('192.0.2.1 is another machine: with --allow-remote')
    expect(code).to.equal(2)
  })
})
