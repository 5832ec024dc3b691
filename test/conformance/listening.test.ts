import { expect } from 'chai'
import { stackConfig } from '../../apps/sip/stack-options.js'

describe('§18.2.1 where a stack listens unless told', () => {
  it('TRP-01 over UDP and over TCP, at the same address and port [3261-18-3] [3261-18.2.1-3]', () => {
    const [udp, tcp, ...others] = stackConfig({}).points
    expect(others).to.deep.equal([])
    expect([udp?.transport, tcp?.transport]).to.deep.equal(['UDP', 'TCP'])
    expect(udp?.port).to.equal(tcp?.port)
    expect(udp?.address).to.equal(tcp?.address)
  })
})
