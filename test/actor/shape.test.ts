import { expect } from 'chai'
import fc from 'fast-check'
import { Reader, WHOLE, Writer } from '../../apps/actor/shape.js'
import type { Batch } from '../../apps/actor/wire.js'

describe('shape', () => {
  /** What arrives of these messages, and the values that crossed. */
  function across(messages: readonly unknown[]): { arrived: unknown[]; batch: Batch } {
    const reader = new Reader()
    const writer = new Writer(shape => reader.learn(shape))
    const batch: Batch = []
    for (const message of messages) writer.write(batch, 7, message)
    const arrived: unknown[] = []
    for (let at = 0; at < batch.length; ) {
      const id = Number(batch[at + 1])
      expect(batch[at]).to.equal(7)
      arrived.push(reader.read(batch, id, at + 2))
      expect(reader.size(id)).to.equal(writer.size(id))
      at += 2 + reader.size(id)
    }
    return { arrived, batch }
  }

  it('sends values only, kind and keys known', () => {
    const messages = [
      { kind: 'received', text: 'a', flow: 1 },
      { kind: 'received', text: 'b', flow: 2 },
    ]
    const { arrived, batch } = across(messages)
    expect(arrived).to.deep.equal(messages)
    expect(batch).to.deep.equal([7, 1, 'a', 1, 7, 1, 'b', 2])
  })

  it('clones whole what differs from the first of its kind, or has no kind in front', () => {
    const messages = [
      { kind: 'x', a: 1 },
      { kind: 'x' },
      { kind: 'x', a: 1, b: 2 },
      { kind: 'x', b: 1 },
      { a: 1, kind: 'y' },
      { a: 1 },
      'text',
      undefined,
      null,
      [1],
      new Uint8Array([1, 2]),
    ]
    const { arrived, batch } = across(messages)
    expect(arrived).to.deep.equal(messages)
    expect(batch.slice(3, 6)).to.deep.equal([7, WHOLE, { kind: 'x' }])
  })

  it('does not let a key change the class of a message', () => {
    const message = JSON.parse('{"kind":"evil","__proto__":{"polluted":true}}')
    const { arrived } = across([message])
    expect(arrived[0]).to.equal(message)
  })

  it('stops learning when kinds are made up', () => {
    const messages = Array.from({ length: 5000 }, (_, n) => ({ kind: `k${n}`, n }))
    const { arrived, batch } = across(messages)
    expect(arrived).to.deep.equal(messages)
    expect(batch.at(-1)).to.equal(messages.at(-1))
  })

  it('brings over whatever is sent', () => {
    const kind = fc.constantFrom('a', 'b', 'c')
    const message = fc.oneof(
      fc.record({ kind, x: fc.anything(), y: fc.anything() }),
      fc.record({ kind, y: fc.anything() }, { requiredKeys: ['kind'] }),
      fc.anything(),
    )
    fc.assert(
      fc.property(fc.array(message), messages => {
        const { arrived } = across(messages)
        expect(arrived).to.deep.equal(messages)
      }),
    )
  })
})
