/** The layout that rebarlike.json states, and the sizes and names that keep it findable, held against the sources. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

interface App {
  readonly needs: readonly string[]
  /** Apps whose inner files it may import, not only their face. */
  readonly inside?: readonly string[]
  readonly layers?: Readonly<Record<string, readonly string[]>>
  /** Files and folders without clock, socket, actor or Node. */
  readonly pure?: readonly string[]
  /** The only files that may import node: modules. */
  readonly io?: readonly string[]
}

interface Import {
  /** Both relative to the root, such as apps/sip/stack.ts. */
  readonly from: string
  readonly to: string
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const { apps } = JSON.parse(readFileSync(join(root, 'rebarlike.json'), 'utf8')) as {
  readonly apps: Readonly<Record<string, App>>
}
const files = ['apps', 'shell', 'test', 'specs'].flatMap(sources)
const imports = files.flatMap(importsOf)

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map(name => `${folder}/${name}`)
    .sort()
}

function text(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** Without comments. */
function code(file: string): string {
  return text(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
}

/** Static, type-only and dynamic imports; a module of a package or of Node keeps its name. */
function importsOf(from: string): Import[] {
  const found = text(from).matchAll(
    /(?:^|\s)(?:import|export)\b[^'"`;]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm,
  )
  return [...found].map(match => {
    const name = match[1] ?? match[2] ?? match[3] ?? ''
    const file = relative(root, join(root, dirname(from), name)).replace(/\.js$/, '.ts')
    return { from, to: name.startsWith('.') ? file : name }
  })
}

function appOf(file: string): string | undefined {
  return /^apps\/([^/]+)\//.exec(file)?.[1]
}

function layerOf(file: string): string | undefined {
  const layers = apps[appOf(file) ?? '']?.layers ?? {}
  const folder = /^apps\/[^/]+\/([^/]+)\//.exec(file)?.[1]
  return folder !== undefined && Object.hasOwn(layers, folder) ? folder : undefined
}

function within(app: string): Import[] {
  return imports.filter(each => appOf(each.from) === app)
}

function isIn(file: string, app: string, places: readonly string[]): boolean {
  return places.some(
    place => file === `apps/${app}/${place}` || (place.endsWith('/') && file.startsWith(`apps/${app}/${place}`)),
  )
}

describe('architecture', () => {
  it('is seen as a whole', () => {
    expect(files.length).to.be.greaterThan(150)
    expect(imports.length).to.be.greaterThan(500)
    expect(imports.filter(({ from, to }) => appOf(from) === 'sip' && appOf(to) === 'sip').length).to.be.greaterThan(200)
  })

  it('knows every app', () => {
    const found = new Set(files.flatMap(file => appOf(file) ?? []))
    expect([...found].sort()).to.deep.equal(Object.keys(apps).sort())
  })

  it('imports only files that exist', () => {
    const known = new Set(files)
    const missing = imports.filter(({ to }) => /^(apps|shell|test|specs)\//.test(to) && !known.has(to))
    expect(missing).to.deep.equal([])
  })

  for (const [app, { needs, inside = [], layers = {}, pure = [], io = [] }] of Object.entries(apps)) {
    it(`${app} needs ${needs.join(' and ') || 'nothing'}, through faces`, () => {
      const wrong = within(app).filter(({ to }) => {
        const other = appOf(to)
        if (other === undefined) return /^(shell|test|specs)\//.test(to)
        if (other === app) return to === `apps/${app}/${app}.ts`
        return (
          !needs.includes(other) || (to !== `apps/${other}/${other}.ts` && !inside.includes(other) && !isMachine(to))
        )
      })
      expect(wrong).to.deep.equal([])
    })

    it(`${app} asks Node only where it may`, () => {
      const wrong = within(app).filter(({ from, to }) => to.startsWith('node:') && !isIn(from, app, io))
      expect(wrong).to.deep.equal([])
    })

    it(`${app} keeps its layers`, () => {
      const wrong = within(app).filter(({ from, to }) => {
        const lower = layerOf(from)
        if (lower === undefined || appOf(to) !== app) return false
        const upper = layerOf(to)
        return upper !== lower && (upper === undefined || !layers[lower]?.includes(upper))
      })
      expect(wrong).to.deep.equal([])
    })

    it(`${app} keeps what is pure pure`, () => {
      const wrong = within(app).filter(({ from, to }) => {
        if (!isIn(from, app, pure)) return false
        if (appOf(to) === app) return layerOf(from) !== layerOf(to) && !isIn(to, app, pure)
        return !isMachine(to) && to !== 'sdp-transform'
      })
      expect(wrong).to.deep.equal([])
    })
  }

  /** The guard and the types of a machine carry no runtime of actors with them. */
  function isMachine(file: string): boolean {
    return file === 'apps/actor/machine.ts'
  }

  it('has no cycles', () => {
    expect(cycles()).to.deep.equal([])
  })

  it('keeps files short: 400 lines, tests 600', () => {
    const long = files.filter(file => text(file).split('\n').length > (file.startsWith('test/') ? 601 : 401))
    expect(long).to.deep.equal([])
  })

  it('keeps most files far shorter', () => {
    const lengths = sources('apps').map(file => text(file).split('\n').length)
    lengths.sort((a, b) => a - b)
    expect(lengths[lengths.length >> 1]).to.be.at.most(120)
  })

  it('names files after what they are about', () => {
    const banned = /(^|[-/])(utils?|helpers?|common|misc|manager|base|impl|types|interfaces|constants)([-.]|$)/
    expect(files.filter(file => banned.test(file))).to.deep.equal([])
    expect(files.filter(file => !/^[a-z0-9./-]+$/.test(file))).to.deep.equal([])
  })

  it('says at the top of each file what it is', () => {
    const untold = [...sources('apps'), ...sources('shell')].filter(file => !/^(#!.*\n)?\/\*\*/.test(text(file)))
    expect(untold).to.deep.equal([])
  })

  it('has no type holes', () => {
    const holes = /(:|<|\bas) any\b|@ts-(ignore|expect-error|nocheck)|\bas unknown as\b/
    expect(sources('apps').filter(file => holes.test(code(file)))).to.deep.equal([])
  })

  it('takes time and chance from where they are injected', () => {
    const elsewhere = /\bDate\.now\(|\bMath\.random\(|\bset(Timeout|Interval|Immediate)\(|\bperformance\.now\(/
    const allowed = [
      'apps/actor/clock.ts',
      'apps/actor/node.ts',
      'apps/sip/transport/node-network.ts',
      'apps/scenario/driven-clock.ts',
    ]
    const wrong = sources('apps').filter(file => !allowed.includes(file) && elsewhere.test(code(file)))
    expect(wrong).to.deep.equal([])
  })

  it('does not log in its logic', () => {
    const logic = sources('apps').filter(file => ['actor', 'sip', 'scenario'].includes(appOf(file) ?? ''))
    expect(logic.filter(file => /\bconsole\./.test(code(file)))).to.deep.equal([])
  })
})

/** Each cycle among the imports that are there at run time, as one path. */
function cycles(): string[] {
  const next = new Map<string, string[]>()
  for (const { from, to } of imports) {
    if (files.includes(to) && !isTypeOnly(from, to)) next.set(from, [...(next.get(from) ?? []), to])
  }
  const found: string[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' > '))
    if (done.has(file) || path.includes(file)) return
    path.push(file)
    for (const other of next.get(file) ?? []) visit(other)
    path.pop()
    done.add(file)
  }
  for (const file of files) visit(file)
  return found
}

/** Actors know each other's messages both ways; what is erased at run time makes no cycle. */
function isTypeOnly(from: string, to: string): boolean {
  const name = to.slice(to.lastIndexOf('/') + 1).replace(/\.ts$/, '.js')
  const lines = text(from).matchAll(/^(?:import|export)\b([^;'"]*?)\bfrom '([^']+)'/gms)
  return [...lines]
    .filter(match => match[2]?.endsWith(`/${name}`))
    .every(match => /^\s*type\b/.test(match[1] ?? '') || !/[{,]\s*(?!type\b)[\w$]/.test(match[1] ?? ''))
}
