/** Where a response goes by its Via when the way back is lost: RFC 3263 §5. */

import { expect } from 'chai'
import { a, locateResponse, srv, type Zone } from './plan-run.js'

describe('plan for responses', () => {
  const zone: Zone = {
    'SRV _sip._udp.client.example': srv([0, 0, 5070, 'a.client.example'], [1, 0, 5080, 'b.client.example']),
    'SRV _sips._tcp.client.example': srv([0, 0, 5071, 'a.client.example']),
    'A a.client.example': a('192.0.2.1', '192.0.2.2'),
    'A b.client.example': a('192.0.2.3'),
    'A client.example': a('192.0.2.9'),
  }

  it('RFC 3263 §5 LOC-17 numeric sent-by: that address, port of sent-by or default', () => {
    expect(locateResponse('TCP', '192.0.2.1', 5070).targets).to.deep.equal(['TCP 192.0.2.1 5070'])
    expect(locateResponse('TLS', '192.0.2.1').targets).to.deep.equal(['TLS 192.0.2.1 5061'])
  })

  it('RFC 3263 §5 LOC-17 name and port: its addresses one after the other', () => {
    expect(locateResponse('UDP', 'a.client.example', 5062, zone)).to.deep.include({
      asked: ['A a.client.example'],
      targets: ['UDP 192.0.2.1 5062', 'UDP 192.0.2.2 5062'],
    })
  })

  it('RFC 3263 §5 LOC-17 name only: SRV of the transport of the Via, _sips and TCP for TLS [3263-5-1]', () => {
    expect(locateResponse('UDP', 'client.example', undefined, zone).targets).to.deep.equal([
      'UDP 192.0.2.1 5070',
      'UDP 192.0.2.2 5070',
      'UDP 192.0.2.3 5080',
    ])
    expect(locateResponse('TLS', 'client.example', undefined, zone)).to.deep.include({
      asked: ['SRV _sips._tcp.client.example', 'A a.client.example'],
      targets: ['TLS 192.0.2.1 5071', 'TLS 192.0.2.2 5071'],
    })
  })

  it('RFC 2782 no SRV: the addresses of the name', () => {
    expect(locateResponse('TCP', 'client.example', undefined, zone).targets).to.deep.equal(['TCP 192.0.2.9 5060'])
  })

  it('RFC 3263 §5 a transport that we do not have', () => {
    expect(locateResponse('SCTP', 'client.example', undefined, zone)).to.deep.include({ asked: [], why: 'unsupported' })
  })
})
