import { expect } from 'chai'
import fc from 'fast-check'
import { RunQueue } from '../../apps/actor/run-queue.js'

describe('run queue', () => {
  it('is first in, first out through any pushes and drops, growing as it must', () => {
    const steps = fc.array(fc.oneof(fc.constant('push'), fc.constant('drop')), { maxLength: 300 })
    fc.assert(
      fc.property(steps, list => {
        const queue = new RunQueue<{ id: number }>(4)
        const model: number[] = []
        let pushed = 0
        for (const step of list) {
          if (step === 'push') {
            model.push(pushed)
            queue.push({ id: pushed }, `message ${pushed++}`)
          } else {
            const expected = model.shift()
            expect(queue.cell?.id).to.equal(expected)
            if (expected !== undefined) expect(queue.message).to.equal(`message ${expected}`)
            if (expected !== undefined) queue.drop()
          }
          expect(queue.size).to.equal(model.length)
        }
        queue.clear()
        expect([queue.size, queue.cell, queue.message]).to.deep.equal([0, undefined, undefined])
      }),
    )
  })
})
