import { expect } from 'chai'
import fc from 'fast-check'
import { HalfMessage } from '../../../apps/sip/transport/half-message.js'

interface FrameShape {
  readonly isLast: boolean
  readonly opcode: number
  readonly size: number
  readonly isMasked: boolean
}

/** As RFC 6455 §5.2 draws it; the octets of the payload do not matter. */
function frame({ isLast, opcode, size, isMasked }: FrameShape): Buffer {
  const length = size < 126 ? [size] : size < 65_536 ? [126, size >> 8, size & 255] : [127, 0, 0, 0, 0]
  const rest = size < 65_536 ? [] : [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]
  const [first = 0, ...more] = [...length, ...rest]
  const header = [(isLast ? 0x80 : 0) | opcode, (isMasked ? 0x80 : 0) | first, ...more]
  return Buffer.concat([Buffer.from(header), Buffer.alloc(isMasked ? 4 : 0, 0x83), Buffer.alloc(size, 0x81)])
}

const size = fc.constantFrom(0, 1, 125, 126, 300, 65_535, 65_536)
const control = fc.record({
  isLast: fc.constant(true),
  opcode: fc.constantFrom(9, 10),
  size: fc.constantFrom(0, 4, 125),
  isMasked: fc.boolean(),
})
/** Some frames, with others of control between them. */
const message = fc
  .array(fc.tuple(size, fc.boolean(), fc.array(control, { maxLength: 2 })), { minLength: 1, maxLength: 3 })
  .map(parts =>
    parts.flatMap(([octets, isMasked, between], at): FrameShape[] => {
      const isLast = at === parts.length - 1
      return [{ isLast, opcode: at === 0 ? 1 : 0, size: octets, isMasked }, ...(isLast ? [] : between)]
    }),
  )

describe('RFC 6455 §5.4 half a message over WebSocket', () => {
  it('is known as one at whichever octet it is cut, and each by a number of its own', () => {
    const alone = control.map(each => [each])
    const several = fc.array(fc.oneof(message, alone), { minLength: 1, maxLength: 5 })
    const property = fc.property(several, fc.integer({ min: 1, max: 300 }), (messages, least) => {
      const texts = messages.map(frames => Buffer.concat(frames.map(frame)))
      const ends = texts.map((_, at) => texts.slice(0, at + 1).reduce((sum, { length }) => sum + length, 0))
      const all = Buffer.concat(texts)
      const step = Math.max(least, Math.ceil(all.length / 1000))
      const half = new HalfMessage()
      const numbers = new Map<number, number>()
      for (let at = 0; at < all.length; at += step) {
        half.push(all.subarray(at, at + step))
        const read = Math.min(at + step, all.length)
        const of = ends.findIndex(end => read < end)
        const isHalf = read !== (ends[of - 1] ?? 0) && of >= 0
        expect(half.number !== 0).to.equal(isHalf)
        if (isHalf) numbers.set(of, numbers.get(of) ?? half.number)
        if (isHalf) expect(half.number).to.equal(numbers.get(of))
      }
      expect(new Set(numbers.values()).size).to.equal(numbers.size)
    })
    fc.assert(property, { numRuns: 200 })
  })
})
