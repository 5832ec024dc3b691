/** One TCP connection as an actor: frames in go to the inlet, texts go out in order (§18.3). */

import { type ActorRef, type Behavior, normal } from '../../actor/actor.js'
import type { Fault } from '../syntax/fault.js'
import { faultResponse } from '../syntax/fault-response.js'
import { Framer } from '../syntax/frame.js'
import type { FlowMsg, FlowReport, Source } from './flow.js'
import type { Inlet } from './inlet.js'
import type { StreamEvents, StreamSocket } from './network.js'
import { refusal } from './refusal.js'

export type TcpConnectionMsg =
  | FlowMsg
  | { readonly kind: 'connected' }
  | { readonly kind: 'chunk'; readonly text: string }
  | { readonly kind: 'closed'; readonly error?: Error | undefined }
  | { readonly kind: 'idle' }

export interface StreamLimits {
  /** ms to wait for a connection to be made. */
  readonly connect: number
  /** ms without any octet after which a connection is closed. */
  readonly idle: number
  /** Octets that may wait for a peer that does not read. */
  readonly queued: number
}

export const defaultStreamLimits: StreamLimits = { connect: 4000, idle: 600_000, queued: 1_000_000 }

export interface TcpConnectionArg {
  /** Opens the socket, or takes the accepted one. */
  readonly open: (events: StreamEvents) => StreamSocket
  readonly accepted: boolean
  readonly local: string
  readonly inlet: Inlet
  readonly limits: StreamLimits
}

export const tcpConnection: Behavior<TcpConnectionMsg, TcpConnectionArg> = {
  label: 'tcp connection',
  init({ open, accepted, local, inlet, limits }, self) {
    let connected = accepted
    const waiting: { readonly text: string; readonly owner: ActorRef<FlowReport> | undefined }[] = []
    const socket = open({
      connected: () => self.send(self.ref, { kind: 'connected' }),
      chunk: text => self.send(self.ref, { kind: 'chunk', text }),
      closed: error => self.send(self.ref, { kind: 'closed', error }),
    })
    const source: Source = { transport: 'TCP', address: socket.address, port: socket.port, flow: self.ref, local }
    const framer = new Framer()
    self.defer(() => socket.destroy())
    alive()

    function alive(): void {
      self.startTimer('idle', connected ? limits.idle : limits.connect, { kind: 'idle' })
    }

    function transmit({ text, owner }: FlowMsg): void {
      if (!connected) {
        waiting.push({ text, owner })
        return
      }
      if (owner !== undefined) self.send(owner, { kind: 'onFlow', flow: self.ref })
      socket.send(text)
      // A peer that does not read must not hold our memory.
      if (socket.queued > limits.queued) self.stop()
    }

    /** Whatever still waits for the connection will not go out by it. */
    function lost(reason: string): void {
      for (const { owner } of waiting) if (owner !== undefined) self.send(owner, { kind: 'transportError', reason })
      self.stop(normal)
    }

    function chunk(text: string): void {
      alive()
      for (const event of framer.push(text)) {
        switch (event.kind) {
          case 'message':
            inlet.deal(event.text, source)
            break
          case 'ping':
            socket.send('\r\n')
            break
          case 'pong':
            break
          case 'fault':
            return refuse(event.fault)
        }
      }
    }

    /** Where the next message begins is unknown: what is owed is said, and the connection closed (§18.3). */
    function refuse(fault: Fault): void {
      const response = faultResponse(fault)
      if (response !== undefined) socket.send(refusal(response, source).text)
      socket.end()
      self.stop()
    }

    return message => {
      switch (message.kind) {
        case 'transmit':
          return transmit(message)
        case 'connected':
          connected = true
          alive()
          for (const { text, owner } of waiting.splice(0)) {
            transmit({ kind: 'transmit', text, address: '', port: 0, ...(owner === undefined ? {} : { owner }) })
          }
          return
        case 'chunk':
          return chunk(message.text)
        case 'closed':
          return lost(message.error?.message ?? 'the connection was closed')
        case 'idle':
          return lost(connected ? 'the connection was idle' : 'the connection could not be made in time')
      }
    }
  },
}
