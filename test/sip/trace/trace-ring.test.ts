import { expect } from 'chai'
import fc from 'fast-check'
import { type TraceRecord, TraceRing } from '../../../apps/sip/trace/trace-ring.js'

describe('the ring of the trace', () => {
  function kept(ring: TraceRing): TraceRecord[] {
    const records: TraceRecord[] = []
    for (let seq = ring.first; seq < ring.next; seq++) {
      const record = ring.at(seq)
      if (record !== undefined) records.push(record)
    }
    return records
  }

  it('gives back what was recorded, octet by octet', () => {
    let now = 5
    const ring = new TraceRing({ entries: 4, bytes: 65_536 }, () => now)
    const flow = ring.flow('UDP', '192.0.2.1', 5060)
    ring.record('in', flow, '192.0.2.2', 65_535, 'A\xff\0B')
    now = 6.5
    ring.record('shut', flow, '', 0, '')
    expect(kept(ring)).to.deep.equal([
      {
        ...{ seq: 0, at: 5, kind: 'in', flow, octets: 4 },
        ...{ remote: { address: '192.0.2.2', port: 65_535 }, text: 'A\xff\0B' },
      },
      { seq: 1, at: 6.5, kind: 'shut', flow, octets: 0, remote: { address: '', port: 0 }, text: '' },
    ])
    expect(ring.at(2)).to.equal(undefined)
  })

  it('keeps the latest, as many as fit by number and by octets, whatever their sizes', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 200 })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 200, max: 2000 }),
        sizes,
        (entries, bytes, all) => {
          const ring = new TraceRing({ entries, bytes }, () => 0)
          const flow = ring.flow('UDP', '', 0)
          const texts = all.map((size, index) => String.fromCharCode(index % 256).repeat(size))
          for (const text of texts) ring.record('out', flow, '192.0.2.1', 5060, text)
          const records = kept(ring)
          const longest = bytes >> 3
          expect(records.map(({ text }) => text)).to.deep.equal(
            texts.slice(texts.length - records.length).map(text => text.slice(0, longest)),
          )
          expect(records.map(({ octets }) => octets)).to.deep.equal(all.slice(all.length - records.length))
          expect(records.every(({ remote }) => remote.address === '192.0.2.1')).to.equal(true)
          expect(records.length).to.be.at.most(entries)
          // Less than one text is lost where the storage begins anew.
          const fits = Math.floor((bytes - longest - 9) / (longest + 9))
          expect(records.length).to.be.at.least(Math.min(entries, fits, all.length))
        },
      ),
    )
  })

  it('records nothing while it is off', () => {
    const ring = new TraceRing({ entries: 4, bytes: 65_536 }, () => 0)
    ring.on = false
    ring.record('in', ring.flow('UDP', '', 0), '', 0, 'lost')
    ring.on = true
    ring.record('in', ring.flow('UDP', '', 0), '', 0, 'kept')
    expect(kept(ring).map(({ text }) => text)).to.deep.equal(['kept'])
  })
})
