import { expect } from 'chai'
import { dot, type MachineGraph, mermaid, transactionGraphs } from '../../apps/scenario/scenario.js'

const graphs = transactionGraphs()

function graphOf(name: string): MachineGraph {
  const graph = graphs.find(each => each.name === name)
  if (graph === undefined) throw new Error(`there is no ${name}`)
  return graph
}

function edges(name: string): string[] {
  return graphOf(name).edges.map(({ from, to, label }) => `${from} > ${to}: ${label}`)
}

describe('the graphs of the transaction machines', () => {
  it('§17.1.1 RFC 6026 §8.4 INVITE client, figure 5', () => {
    expect(graphOf('INVITE client').states).to.have.members([
      'Calling',
      'Proceeding',
      'Completed',
      'Accepted',
      'Terminated',
    ])
    expect(edges('INVITE client')).to.include.members([
      'Calling > Calling: start / sendRequest, start A, start B (UDP)',
      'Calling > Calling: start / sendRequest, start B (streams)',
      'Calling > Calling: Timer A / sendRequest, start A (UDP)',
      'Calling > Terminated: Timer B / inform timeout',
      'Proceeding > Accepted: 2xx / start M, inform response',
      'Proceeding > Completed: 300-699 / sendAck, start D, inform response (UDP)',
      'Proceeding > Terminated: 300-699 / sendAck, inform response (streams)',
      'Completed > Completed: 300-699 / repeatAck (UDP)',
      'Completed > Terminated: Timer D (UDP)',
      'Accepted > Terminated: Timer M',
    ])
  })

  it('§17.2 no state leads out of Terminated, and every other state leads somewhere', () => {
    for (const { states, edges } of graphs) {
      const left = states.filter(state => !edges.some(({ from }) => from === state))
      expect(left).to.deep.equal(['Terminated'])
    }
  })

  it('§17.2.1 §17.2.2 the server machines know their timers', () => {
    expect(edges('INVITE server')).to.include.members([
      'Completed > Confirmed: ACK / start I (UDP)',
      'Completed > Terminated: ACK (streams)',
      'Accepted > Accepted: ACK / inform ack',
      'Accepted > Terminated: Timer L',
    ])
    expect(edges('non-INVITE server')).to.include('Completed > Terminated: Timer J (UDP)')
  })

  it('are written for Mermaid and for Graphviz', () => {
    const graph = graphOf('non-INVITE client')
    expect(mermaid(graph)).to.match(/^---\ntitle: non-INVITE client\n---\nstateDiagram-v2\n {2}\[\*\] --> Trying\n/)
    expect(mermaid(graph)).to.contain('\n  Completed --> Terminated: Timer K (UDP)\n')
    expect(dot(graph)).to.match(/^digraph "non-INVITE client" \{\n/)
    expect(dot(graph)).to.contain('\n  Completed -> Terminated [label = "Timer K (UDP)"]\n')
    // A label with a colon ends a Mermaid diagram early.
    for (const { edges } of graphs) for (const { label } of edges) expect(label).not.to.match(/[:;\n"]/)
  })
})
