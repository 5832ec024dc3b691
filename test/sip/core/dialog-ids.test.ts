/** The table of dialogs, whoever has chosen the tags in their ids: §12. */

import { expect } from 'chai'
import { TextTable } from '../../../apps/actor/actor.js'
import { SeededRandom } from '../../../apps/scenario/seeded-random.js'
import { dialogId, dialogIdTelling } from '../../../apps/sip/core/dialog.js'
import { newCallId, newTag, type Random } from '../../../apps/sip/syntax/ids.js'

/** ms to put that many dialogs into a table and to find them there, at best. */
function taken(count: number, ownTag: (random: Random) => string): number {
  const random = new SeededRandom(7)
  const ids = Array.from({ length: count }, () => dialogId(newCallId(random), ownTag(random), newTag(random)))
  const times = Array.from({ length: 5 }, () => {
    const table = new TextTable<number>(random.uint32(), dialogIdTelling)
    const began = performance.now()
    for (const [at, id] of ids.entries()) table.set(id, at)
    expect(ids.every((id, at) => table.get(id) === at)).to.equal(true)
    return performance.now() - began
  })
  return Math.min(...times)
}

describe('ids of dialogs', () => {
  it('§12 are found as quickly where an application has all its calls begin with one tag of its own', () => {
    expect(taken(20_000, () => 'the-tag-of-all-our-calls')).to.be.below(20 * taken(20_000, newTag))
  })
})
