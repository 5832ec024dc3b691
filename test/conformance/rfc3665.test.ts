import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { formatMessage, parseMessage } from '../../apps/sip/sip.js'

interface Example {
  /** Such as `§3.1 F2`. */
  readonly name: string
  readonly text: string
}

/** The messages of RFC 3665 as they are printed. */
const examples: readonly Example[] = readFileSync('test/conformance/rfc3665.txt', 'utf8')
  .split(/^=== /m)
  .filter(part => part !== '')
  .map(part => {
    const end = part.indexOf('\n')
    return { name: part.slice(0, end), text: part.slice(end + 1).replace(/\n/g, '\r\n') }
  })

/** What is wrong with them in print: bodies that are missing, and a header line that is not continued. */
const misprinted: Readonly<Record<string, string>> = {
  '§3.8 F2': 'Body Shorter Than Content-Length',
  '§3.9 F1': 'Body Shorter Than Content-Length',
  '§3.10 F4': 'Line Is Not a Header',
}

describe('the messages of RFC 3665', () => {
  it('are all there', () => {
    expect(examples).to.have.length(178)
  })

  it('SYN-30 RFC 3665 parse, and have the body that their Content-Length says', () => {
    const faults = examples.flatMap(({ name, text }) => {
      const parsed = parseMessage(text)
      if (parsed.kind === 'fault') return [[name, parsed.fault.reason]]
      if (parsed.kind !== 'ok') return [[name, parsed.kind]]
      const printed = /^Content-Length: *(\d+)/m.exec(text)?.[1] ?? '0'
      return parsed.message.body.length === Number(printed) ? [] : [[name, 'another length']]
    })
    expect(Object.fromEntries(faults)).to.deep.equal(misprinted)
  })

  it('SYN-30 are the same, octet for octet, when they are written again', () => {
    let written = 0
    for (const { name, text } of examples) {
      const parsed = parseMessage(text)
      if (parsed.kind !== 'ok' || !parsed.message.has('Content-Length')) continue
      expect(formatMessage(parsed.message.with({})), name).to.equal(text)
      written++
    }
    expect(written).to.equal(174)
  })
})
