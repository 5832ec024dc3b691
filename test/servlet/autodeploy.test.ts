/** Applications that are dropped into a folder: how they come into service, change and go. */

import { cpSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { toUri } from '../../apps/sip/sip.js'
import { archive, chat, DropFolder, xml } from './drop-folder.js'

describe('autodeploy', () => {
  let folder: DropFolder

  beforeEach(() => {
    folder = new DropFolder()
  })

  afterEach(() => folder.remove())

  it('takes what is there already, in the order of names, and says so in marker files', async () => {
    folder.drop('b', {
      'app.js': 'export { default } from "./a.js"',
      'a.js': chat['app.ts']?.replaceAll('chat', 'b') ?? '',
      'servlets/b.ts': 'export class Chat {}',
    })
    folder.drop('a', chat)
    writeFileSync(join(folder.path, 'README.txt'), 'nothing')
    await folder.start()
    expect(folder.container.steps).to.deep.equal(['+chat', '+b'])
    expect(readdirSync(folder.path).sort()).to.deep.equal(['README.txt', 'a', 'a.deployed', 'b', 'b.deployed'])
    expect(folder.autodeploy?.deployed).to.deep.equal(['a', 'b'])
  })

  it('deploys a folder that is dropped, TypeScript as it is', async () => {
    await folder.start()
    folder.drop('chat', chat)
    await folder.deployed('chat')
    expect(folder.container.version('chat')).to.equal(1)
  })

  it('undeploys what is removed', async () => {
    folder.drop('chat', chat)
    await folder.start()
    rmSync(join(folder.path, 'chat'), { recursive: true })
    await folder.until(() => !folder.has('chat.deployed'))
    expect(folder.container.steps).to.deep.equal(['+chat', '-chat'])
  })

  it('swaps what changes, and leaves all others alone', async () => {
    folder.drop('chat', chat)
    folder.drop('other', { 'sip.xml': xml('Other.ts#Other'), 'Other.ts': 'export class Other {}' })
    await folder.start()
    folder.drop('chat', { 'servlets/chat.ts': 'export class Chat { readonly version = 2 }' })
    await folder.until(() => folder.container.version('chat') === 2)
    expect(folder.container.steps).to.deep.equal(['+chat', '+other', '+chat'])
  })

  it('does not let last calls of what goes delay what comes', async () => {
    folder.drop('chat', chat)
    await folder.start()
    let drained = (): void => undefined
    folder.container.drained = new Promise(resolve => {
      drained = resolve
    })
    rmSync(join(folder.path, 'chat'), { recursive: true })
    await folder.until(() => !folder.has('chat.deployed'))
    folder.drop('chat', chat)
    await folder.deployed('chat')
    expect(folder.container.steps).to.deep.equal(['+chat', '-chat', '+chat'])
    drained()
  })

  it('undeploys the old name when an application changes its name', async () => {
    folder.drop('chat', chat)
    await folder.start()
    folder.drop('chat', { 'app.ts': chat['app.ts']?.replace('"chat"', '"talk"').replace("'chat'", "'talk'") ?? '' })
    await folder.until(() => folder.container.running.has('talk') && !folder.container.running.has('chat'))
  })

  it('does nothing when only times change', async () => {
    folder.drop('chat', chat)
    await folder.start()
    folder.drop('chat', chat)
    await new Promise(resolve => setTimeout(resolve, 400))
    expect(folder.container.steps).to.deep.equal(['+chat'])
  })

  it('waits for a folder that is still being copied', async () => {
    await folder.start(2000)
    folder.drop('chat', { 'servlets/chat.ts': chat['servlets/chat.ts'] ?? '' })
    for (let part = 0; part < 5; part++) {
      await new Promise(resolve => setTimeout(resolve, 40))
      folder.drop('chat', { [`notes/${part}.txt`]: 'x' })
    }
    folder.drop('chat', chat)
    await folder.deployed('chat')
    expect(folder.log.filter(line => line.startsWith('not deployed'))).to.deep.equal([])
  })

  it('deploys an archive, with the layout of the specification', async () => {
    await folder.start()
    const files = {
      'WEB-INF/sip.xml': xml('com.example.Echo'),
      'WEB-INF/classes/com/example/Echo.ts': 'export default class { readonly version: number = 7 }',
    }
    folder.drop('echo.sar', archive(files))
    await folder.deployed('echo.sar')
    expect(folder.container.version('echo')).to.equal(7)
  })

  it('knows what an application has thrown where nobody waits for it', async () => {
    await folder.start()
    const ofSocket = Object.assign(new Error(), { stack: 'Error: at connect (node:net:1:1)' })
    expect(folder.autodeploy?.hasThrown('a text')).to.equal(true)
    expect(folder.autodeploy?.hasThrown(ofSocket)).to.equal(true)
    try {
      toUri('of our own')
    } catch (error) {
      expect(folder.autodeploy?.hasThrown(error)).to.equal(false)
      return
    }
    throw new Error('that is no URI')
  })

  it('takes links to folders elsewhere', async () => {
    folder.drop('.elsewhere', chat)
    await folder.start()
    symlinkSync(join(folder.path, '.elsewhere'), join(folder.path, 'chat'))
    await folder.deployed('chat')
  })

  it('gives an application its own packages, but never another sipwright', async () => {
    folder.drop('chat', {
      ...chat,
      'node_modules/greeting/package.json': '{"name":"greeting","type":"module","exports":"./greeting.js"}',
      'node_modules/greeting/greeting.js': 'export const version = 9',
      'node_modules/sipwright/package.json': '{"name":"sipwright","exports":"./no.js"}',
      'servlets/chat.ts': `import { version } from "greeting"\nexport class Chat { readonly version = version }`,
    })
    await folder.start()
    expect(folder.container.version('chat')).to.equal(9)
  })

  it('leaves nothing behind when it is closed', async () => {
    folder.drop('chat', chat)
    await folder.start()
    await folder.autodeploy?.close()
    expect(folder.container.running.size).to.equal(0)
    expect(readdirSync(folder.path)).to.deep.equal(['chat'])
  })

  it('removes what an earlier process said', async () => {
    folder.drop('', { 'gone.deployed': 'application gone', 'gone.failed': 'why' })
    await folder.start()
    expect(readdirSync(folder.path)).to.deep.equal([])
  })

  it('keeps all in service when the folder itself cannot be seen', async () => {
    folder.drop('chat', chat)
    await folder.start()
    cpSync(folder.path, `${folder.path}-away`, { recursive: true })
    rmSync(folder.path, { recursive: true })
    await folder.until(() => folder.log.some(line => line.includes('cannot be read')))
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(folder.container.steps).to.deep.equal(['+chat'])
    rmSync(`${folder.path}-away`, { recursive: true })
  })
})
