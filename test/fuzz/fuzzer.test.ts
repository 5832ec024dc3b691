import { found } from './found.js'
import { exercise, fuzz } from './fuzzer.js'
import { seeds } from './seeds.js'

describe('fuzz', () => {
  it('SYN-29 P4 no mutated message throws, hangs or reads otherwise once written', () => {
    fuzz(1, 20_261)
  })

  for (const [name, text] of Object.entries(found)) {
    it(`P4 found before: ${name}`, () => exercise(text))
  }

  for (const [at, seed] of seeds.entries()) {
    it(`P4 seed ${at} cut off anywhere throws nothing`, () => {
      for (let end = 0; end <= seed.length; end++) exercise(seed.slice(0, end))
    })
  }
})
