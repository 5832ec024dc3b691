/** The table of what the container does: each row names a test that there is. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const tests = ['test/servlet', 'test/call-echo'].flatMap(folder =>
  readdirSync(join(root, folder)).map(file => readFileSync(join(root, folder, file), 'utf8')),
)
const rows = [
  ...readFileSync(join(root, 'docs/servlets.md'), 'utf8').matchAll(/^\| ([VDK]-\d+) .*?\| (.*?) \| (.*?)\|$/gm),
]

describe('the table of the servlet container', () => {
  it('has every row of the specification', () => {
    const wanted = [
      ...Array.from({ length: 21 }, (_, at) => `V-${at + 1}`),
      ...Array.from({ length: 12 }, (_, at) => `D-${at + 1}`),
      ...Array.from({ length: 7 }, (_, at) => `K-${at + 1}`),
    ]
    expect(rows.map(([, row]) => row)).to.deep.equal(wanted)
  })

  for (const [, row = '', test = '', leftOut = ''] of rows) {
    it(`${row} is tested, or left out for a reason`, () => {
      if (test === 'left out') return expect(leftOut.trim()).not.to.equal('')
      const [, title = ''] = /^`(.+)`$/.exec(test) ?? []
      // Titles may come from templates: their beginnings are what the table has.
      const quoted = new RegExp(`it\\(\\s*['"\`]${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)
      expect(title).not.to.equal('')
      return expect(tests.filter(text => quoted.test(text)).length, title).to.equal(1)
    })
  }
})
