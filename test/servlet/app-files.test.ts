/** How much an application may consist of, in a folder or an archive. */

import { join } from 'node:path'
import { expect } from 'chai'
import { zipSync } from 'fflate'
import { type AppLimits, readAppFiles } from '../../apps/servlet/app-files.js'
import { archive, DropFolder, type Files } from './drop-folder.js'

/** An archive of three entries that are stored, and are the same 600 octets, though the others declare none. */
function sharing(): Buffer {
  const [none, some] = [new Uint8Array(), new Uint8Array(600)]
  const octets = Buffer.from(zipSync({ a: some, b: none, c: none }, { level: 0 }))
  const central = Buffer.from('PK\x01\x02', 'latin1')
  for (let at = octets.indexOf(central); at >= 0; at = octets.indexOf(central, at + 1)) {
    if (octets.readUInt32LE(at + 24) > 0) continue
    octets.writeUInt32LE(600, at + 20)
    octets.writeUInt32LE(0, at + 42)
  }
  return octets
}

describe('the files of an application', () => {
  let folder: DropFolder

  beforeEach(() => {
    folder = new DropFolder()
  })

  afterEach(() => folder.remove())

  it('refuses more than it is told to take, in folders as in archives', async () => {
    const files: Files = { 'app.js': 'x'.repeat(60), 'b.js': 'x'.repeat(60) }
    folder.drop('x', files)
    folder.drop('x.sar', archive(files))
    const refusal = async (name: string, limits: AppLimits): Promise<string> => {
      try {
        await readAppFiles(join(folder.path, name), name, limits)
      } catch (error) {
        return String(error)
      }
      return ''
    }
    const whole = { size: 1000, files: 2 }
    expect([await refusal('x', whole), await refusal('x.sar', whole)]).to.deep.equal(['', ''])
    expect(await refusal('x', { size: 100, files: 2 })).to.equal('DeploymentError: x: more than 100 bytes')
    expect(await refusal('x', { size: 1000, files: 1 })).to.equal('DeploymentError: x: more than 1 files')
    expect(await refusal('x.sar', { size: 100, files: 2 })).to.match(/^DeploymentError: x\.sar: more than 100 bytes/)
    expect(await refusal('x.sar', { size: 1000, files: 1 })).to.equal('DeploymentError: x.sar: more than 1 files')
    folder.drop('shared.sar', sharing())
    expect(await refusal('shared.sar', { size: 1500, files: 9 })).to.match(/unpacks to more than 1500 bytes/)
  })
})
