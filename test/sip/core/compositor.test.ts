import { expect } from 'chai'
import { type RawPeer, response, type StackPeer } from '../../../apps/scenario/scenario.js'
import { EventStateTable } from '../../../apps/sip/core/event-state.js'
import { type EventStateChange, EventStates, type EventStatesOptions } from '../../../apps/sip/sip.js'
import { toAddress } from '../../../apps/sip/syntax/address.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { passing } from '../../scenario/passing.js'

const uri = 'sip:alice@example.com'
const pidf = 'application/pidf+xml'

/** A presence server with that table. */
function presence({ stack }: StackPeer, options?: EventStatesOptions): EventStates {
  const states = new EventStates(stack, options)
  stack.register({
    name: 'presence',
    match: ({ uri: { host } }) => host !== 'elsewhere.example',
    events: ['presence', 'dialog'],
    accept: [pidf],
    PUBLISH: publish => void states.take(publish),
  })
  return states
}

/** Somebody who publishes by hand at a server with such a table. */
function published(
  body: (alice: Publisher, states: EventStates, server: StackPeer) => Promise<void>,
  options?: EventStatesOptions,
): Promise<unknown> {
  return passing(async stage => {
    const server = await stage.stack('server')
    const states = presence(server, options)
    const raw = await stage.raw('alice')
    await body(new Publisher(raw, server), states, server)
    await server.stack.close()
  })
}

class Publisher {
  readonly raw: RawPeer
  readonly #server: StackPeer

  constructor(raw: RawPeer, server: StackPeer) {
    this.raw = raw
    this.#server = server
  }

  send(headers: Record<string, string | readonly string[]>, body = '', to: string = uri): void {
    const type = body === '' ? {} : { 'Content-Type': pidf }
    this.raw.send('PUBLISH', { to: this.#server, uri: to, body, headers: { Event: 'presence', ...type, ...headers } })
  }

  /** The tag that a 200 gives, for that many seconds. */
  async granted(seconds: number): Promise<string> {
    const [ok] = await this.raw.expect(response(200, { headers: { Expires: `${seconds}` } }))
    expect(ok.raw('SIP-ETag')).to.have.lengthOf(1)
    return ok.get('SIP-ETag') ?? ''
  }
}

/** Reads no further than what has come. */
async function next(states: EventStates, count: number): Promise<readonly string[]> {
  const seen: string[] = []
  for await (const { kind, states: all } of states.changes) {
    seen.push([kind, ...all.map(({ body }) => body)].join(' '))
    if (seen.length === count) break
  }
  return seen
}

describe('what others publish', () => {
  it('EXT-13 RFC 3903 §6 is published, refreshed, modified and removed, with another tag each time [3903-6-8] [3903-6-11] [3903-6-16] [3903-6-20] [3903-6-21] [3903-6-22] [3903-6-23]', () =>
    published(async (alice, states) => {
      const tags = new Set<string>()
      alice.send({ Expires: '600' }, '<open/>')
      const first = await alice.granted(600)
      alice.send({ Expires: '900', 'SIP-If-Match': first })
      const second = await alice.granted(900)
      expect(states.of(uri, 'presence').map(({ body }) => body)).to.deep.equal(['<open/>'])
      alice.send({ Expires: '600', 'SIP-If-Match': second }, '<busy/>')
      const third = await alice.granted(600)
      expect(states.of(uri, 'presence')).to.deep.equal([
        { resource: uri, event: 'presence', body: '<busy/>', contentType: pidf },
      ])
      alice.send({ Expires: '0', 'SIP-If-Match': third })
      const fourth = await alice.granted(0)
      for (const tag of [first, second, third, fourth]) tags.add(tag)
      expect([tags.size, states.size, states.of(uri, 'presence').length]).to.deep.equal([4, 0, 0])
      expect(await next(states, 3)).to.deep.equal(['published <open/>', 'modified <busy/>', 'removed'])
    }))

  it('EXT-13 RFC 3903 §6 ends when nobody refreshes it, and not before [3903-6-12]', () =>
    published(
      async (alice, states) => {
        alice.send({}, '<open/>')
        const tag = await alice.granted(100)
        await alice.raw.silence(90_000)
        alice.send({ Expires: '5000', 'SIP-If-Match': tag })
        const later = await alice.granted(100)
        await alice.raw.silence(99_000)
        expect(states.size).to.equal(1)
        await alice.raw.silence(2_000)
        expect(states.size).to.equal(0)
        expect(await next(states, 2)).to.deep.equal(['published <open/>', 'expired'])
        alice.send({ 'SIP-If-Match': later })
        await alice.raw.expect(412)
      },
      { expires: 100 },
    ))

  it('EXT-13 RFC 3903 §6 a tag that is unknown, old, of another resource or of another package gets 412 [3903-6-10]', () =>
    published(async (alice, states) => {
      alice.send({ Expires: '600' }, '<open/>')
      const old = await alice.granted(600)
      alice.send({ Expires: '600', 'SIP-If-Match': old })
      const tag = await alice.granted(600)
      alice.send({ 'SIP-If-Match': 'none' })
      await alice.raw.expect(412)
      alice.send({ 'SIP-If-Match': old }, '<busy/>')
      await alice.raw.expect(412)
      alice.send({ 'SIP-If-Match': tag, Event: 'dialog' }, '<busy/>')
      await alice.raw.expect(412)
      alice.send({ 'SIP-If-Match': tag, Expires: '0' }, '', 'sip:bob@example.com')
      await alice.raw.expect(412)
      expect(states.of(uri, 'presence').map(({ body }) => body)).to.deep.equal(['<open/>'])
      // §10.3: neither parameters nor the case of a host make another resource.
      alice.send({ 'SIP-If-Match': tag, Expires: '600' }, '<busy/>', 'sip:%61lice@EXAMPLE.com;transport=udp')
      await alice.granted(600)
      expect(states.of(uri, 'presence').map(({ body }) => body)).to.deep.equal(['<busy/>'])
    }))

  it('EXT-13 RFC 3903 §6 what is too brief gets 423 with Min-Expires, but never what ends it [3903-6-13]', () =>
    published(
      async (alice, states) => {
        alice.send({ Expires: '119' }, '<open/>')
        await alice.raw.expect(response(423, { headers: { 'Min-Expires': '120', 'SIP-ETag': false } }))
        expect(states.size).to.equal(0)
        alice.send({ Expires: '120' }, '<open/>')
        const tag = await alice.granted(120)
        alice.send({ Expires: '1', 'SIP-If-Match': tag })
        await alice.raw.expect(423)
        alice.send({ Expires: '0', 'SIP-If-Match': tag })
        await alice.granted(0)
      },
      { least: 120 },
    ))

  it('EXT-13 RFC 3903 §6 §7 an unknown package gets 489, as does none; Allow-Events names those there are, in OPTIONS, too [3903-6-7]', () =>
    published(async (alice, states, server) => {
      const known = { headers: { 'Allow-Events': 'presence, dialog' } }
      alice.send({ Event: 'odd' }, '<open/>')
      await alice.raw.expect(response(489, known))
      alice.raw.send('PUBLISH', { to: server, uri, headers: { 'Content-Type': pidf }, body: '<open/>' })
      await alice.raw.expect(response(489, known))
      alice.raw.send('OPTIONS', { to: server, uri })
      await alice.raw.expect(response(200, { headers: { ...known.headers, Allow: /\bPUBLISH\b/ } }))
      expect(states.size).to.equal(0)
    }))

  it('EXT-13 RFC 3903 §6 gets 400 without a body or with two tags, 404 and 415 for what is not ours, and is not kept [3903-6-6] [3903-6-9] [3903-6-14] [3903-6-15] [3903-6-17] [3903-6-18]', () =>
    published(async (alice, states) => {
      alice.send({ Expires: '600' })
      await alice.raw.expect(400)
      alice.send({ Expires: '600', 'SIP-If-Match': ['a', 'b'] }, '<open/>')
      await alice.raw.expect(400)
      alice.send({ Expires: '600', 'SIP-If-Match': 'a, b' }, '<open/>')
      await alice.raw.expect(400)
      alice.send({ Expires: '600' }, '<open/>', 'sip:alice@elsewhere.example')
      await alice.raw.expect(404)
      alice.send({ Expires: '600', 'Content-Type': 'text/plain' }, 'open')
      await alice.raw.expect(415)
      alice.send({ Expires: '0' }, '<open/>')
      await alice.granted(0)
      expect(states.size).to.equal(0)
    }))

  it('EXT-13 RFC 3903 §6 takes no notice of Record-Route and Contact [3903-6-1] [3903-6-2] [3903-6-3]', () =>
    published(async (alice, states, { stack }) => {
      const way = { 'Record-Route': '<sip:192.0.2.9;lr>', Contact: '<sip:alice@192.0.2.9>' }
      alice.send({ Expires: '600', ...way }, '<open/>')
      await alice.raw.expect(response(200, { headers: { 'Record-Route': false, Contact: false } }))
      expect([states.size, (await stack.dialogs()).length]).to.deep.equal([1, 0])
    }))

  it('EXT-13 RFC 3903 §5 several publish of one resource, up to as many as there may be; what is refused changes nothing', () =>
    published(
      async (alice, states) => {
        alice.send({ Expires: '600' }, '<desk/>')
        const desk = await alice.granted(600)
        alice.send({ Expires: '600' }, '<mobile/>')
        await alice.granted(600)
        alice.send({ Expires: '600' }, '<third/>')
        await alice.raw.expect(503)
        alice.send({ Expires: '0', 'SIP-If-Match': desk })
        await alice.granted(0)
        expect(await next(states, 3)).to.deep.equal([
          'published <desk/>',
          'published <desk/> <mobile/>',
          'removed <mobile/>',
        ])
      },
      { most: 2 },
    ))

  it('EXT-13 RFC 3903 §6 keeps no more octets than it may, however few publications they are', () =>
    published(
      async (alice, states) => {
        alice.send({}, 'x'.repeat(60))
        const first = await alice.granted(3600)
        alice.send({}, 'x'.repeat(60))
        await alice.raw.expect(503)
        alice.send({ 'SIP-If-Match': first }, 'x'.repeat(101))
        await alice.raw.expect(503)
        alice.send({ 'SIP-If-Match': first }, 'x'.repeat(40))
        const second = await alice.granted(3600)
        alice.send({}, 'y'.repeat(60))
        await alice.granted(3600)
        // Neither a refresh nor the end of one needs room.
        alice.send({ 'SIP-If-Match': second })
        const third = await alice.granted(3600)
        alice.send({ 'SIP-If-Match': third, Expires: '0' })
        await alice.granted(0)
        alice.send({}, 'z'.repeat(40))
        await alice.granted(3600)
        expect(states.of(uri, 'presence').map(({ body }) => body.length)).to.deep.equal([60, 40])
      },
      { octets: 100 },
    ))

  it('EXT-13 RFC 3903 §6 nobody publishes of one resource without end, so that the others wait for it', () => {
    let tags = 0
    const table = new EventStateTable(
      { expires: 3600, least: 60, most: 100_000, octets: 100_000 },
      () => `${++tags}`,
      1,
    )
    const publish = (user: string): string =>
      table.publish(
        createRequest('PUBLISH', `sip:${user}@example.com`, {
          ...{ from: toAddress('<sip:a@example.com>;tag=a'), to: toAddress('sip:a@example.com'), callId: 'a', cseq: 1 },
          headers: { Event: 'presence', 'Content-Type': pidf },
          body: '<open/>',
        }),
      ).kind
    for (let at = 0; at < 1000; at++) expect(publish('alice')).to.equal('published')
    expect([publish('alice'), publish('bob')]).to.deep.equal(['refused', 'published'])
    table.expire('7')
    expect([publish('alice'), publish('alice'), table.size]).to.deep.equal(['published', 'refused', 1001])
  })

  it('EXT-13 RFC 3903 §4 our own publications live there: refreshed, modified, made anew after a loss, and removed', () =>
    passing(async stage => {
      const server = await stage.stack('server')
      const states = presence(server, { expires: 300, least: 120 })
      const changes: EventStateChange[] = []
      const { stack } = await stage.stack('alice')
      const at = `sip:alice@${server.place.address}:${server.place.port}`
      const publication = stack.publish(at, { event: 'presence', contentType: pidf, body: '<open/>', expires: 60 })
      for await (const event of publication.events) {
        expect(event.kind === 'kept' && event.seconds).to.equal(120)
        break
      }
      await stage.pause(1_000_000)
      expect(states.of(at, 'presence').map(({ body }) => body)).to.deep.equal(['<open/>'])
      // The server has lost what it had: the next refresh gets 412.
      const anew = presence(server, { expires: 300, least: 120 })
      await stage.pause(300_000)
      expect(anew.of(at, 'presence').map(({ body }) => body)).to.deep.equal(['<open/>'])
      expect((await publication.modify('<busy/>')).kind).to.equal('answered')
      await publication.remove()
      for await (const change of anew.changes) {
        changes.push(change)
        if (change.kind === 'removed') break
      }
      expect(changes.map(({ kind, resource }) => `${kind} ${resource}`)).to.deep.equal([
        `published ${at}`,
        `modified ${at}`,
        `removed ${at}`,
      ])
      expect(anew.size).to.equal(0)
      await stack.close()
      await server.stack.close()
    }))

  it('refuses what is no PUBLISH, what is answered, and options that make no sense; its changes end with the stack', () =>
    passing(async stage => {
      const server = await stage.stack('server')
      const states = new EventStates(server.stack)
      const wrong: string[] = []
      const attempt = (publish: Parameters<EventStates['take']>[0]): void => {
        try {
          states.take(publish)
        } catch (error) {
          wrong.push(String(error))
        }
      }
      server.stack.register({
        name: 'wrong',
        match: () => true,
        INFO: info => {
          attempt(info)
          info.reply(200)
        },
        PUBLISH: publish => {
          publish.reply(503)
          attempt(publish)
        },
      })
      const alice = await stage.raw('alice')
      alice.send('INFO', { to: server })
      await alice.expect(200)
      alice.send('PUBLISH', { to: server })
      await alice.expect(503)
      expect(wrong).to.deep.equal([
        'TypeError: a INFO publishes nothing',
        'TypeError: the PUBLISH has been answered with 503',
      ])
      for (const options of [
        { expires: 1.5 },
        { expires: 2 ** 32 },
        { least: -1 },
        { expires: 10, least: 60 },
        { expires: 0, least: 0 },
      ]) {
        expect(() => new EventStates(server.stack, options)).to.throw(TypeError)
      }
      await server.stack.close()
      for await (const change of states.changes) expect.fail(change.kind)
    }))
})
