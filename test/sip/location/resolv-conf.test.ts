/** resolv.conf(5) as text. */

import { expect } from 'chai'
import { parseResolvConf } from '../../../apps/sip/location/resolv-conf.js'

describe('resolv.conf', () => {
  it('is read as the C library reads it', () => {
    const text = `# made by somebody
nameserver 192.0.2.53
nameserver 2001:db8::53 ; second
search corp.example example
options ndots:2 timeout:1 attempts:4 rotate edns0`
    expect(parseResolvConf(text)).to.deep.equal({
      servers: ['192.0.2.53', '2001:db8::53'],
      search: ['corp.example', 'example'],
      ...{ ndots: 2, timeout: 1000, attempts: 4, rotate: true },
    })
  })

  it('may say nothing: the server is this machine', () => {
    expect(parseResolvConf('')).to.deep.equal({
      servers: ['127.0.0.1'],
      search: [],
      ...{ ndots: 1, timeout: 5000, attempts: 2, rotate: false },
    })
  })

  it('is cut to limits', () => {
    const text = 'nameserver 1\nnameserver 2\nnameserver 3\nnameserver 4\noptions timeout:999 attempts:0 ndots:x'
    expect(parseResolvConf(text)).to.deep.include({ servers: ['1', '2', '3'], timeout: 30_000, attempts: 1, ndots: 1 })
  })
})
