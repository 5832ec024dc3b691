/** Sockets of our port to single peers: §18.4. */

import { expect } from 'chai'
import type { FlowMsg } from '../../../apps/sip/transport/flow.js'
import type { UdpSocket } from '../../../apps/sip/transport/network.js'
import { UdpPeers } from '../../../apps/sip/transport/udp-peers.js'

describe('the sockets to single peers', () => {
  it('§18.4 are one for each peer, and made anew after those that nobody uses have been closed', () => {
    const log: string[] = []
    const by: UdpSocket = {
      send: () => undefined,
      close: () => undefined,
      connected: (address, port) => {
        const name = `${address}:${port}`
        log.push(`open ${name}`)
        return { send: text => log.push(`${text} to ${name}`), close: () => log.push(`close ${name}`) }
      },
    }
    const peers = new UdpPeers({ most: 4, datagram: () => undefined, failed: () => undefined })
    const send = (text: string, address: string, port = 5060): void => {
      const message: FlowMsg = { kind: 'transmit', text, address, port }
      expect(peers.send(by, message)).to.equal(true)
    }
    send('a', '192.0.2.1')
    send('b', '192.0.2.1')
    send('c', '192.0.2.2')
    send('d', '192.0.2.1', 5070)
    send('e', '192.0.2.1')
    expect(log.splice(0)).to.deep.equal([
      ...['open 192.0.2.1:5060', 'a to 192.0.2.1:5060', 'b to 192.0.2.1:5060'],
      ...['open 192.0.2.2:5060', 'c to 192.0.2.2:5060', 'open 192.0.2.1:5070', 'd to 192.0.2.1:5070'],
      'e to 192.0.2.1:5060',
    ])
    expect(peers.sweep()).to.equal(true)
    expect(peers.sweep()).to.equal(false)
    log.length = 0
    send('f', '192.0.2.1')
    expect(log).to.deep.equal(['open 192.0.2.1:5060', 'f to 192.0.2.1:5060'])
    peers.close()
    expect(peers.size).to.equal(0)
  })
})
