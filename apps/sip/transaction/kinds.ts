/** The four kinds of transaction under one set of timer values: awake as actors, asleep as a number and a text. */

import { type ActorRef, type ExitReason, isQuiet, type Self } from '../../actor/actor.js'
import type { Response } from '../syntax/message.js'
import { type ClientArg, clientTransaction } from './client-transaction.js'
import type { AckEffect, AckReceived, ClientEffect, ServerEffect } from './effect.js'
import { type InviteClientTimer, inviteClient, inviteClientDormant, inviteClientInitial } from './invite-client.js'
import { type InviteServerTimer, inviteServer, inviteServerDormant, inviteServerInitial } from './invite-server.js'
import {
  type NonInviteClientTimer,
  nonInviteClient,
  nonInviteClientDormant,
  nonInviteClientInitial,
} from './non-invite-client.js'
import {
  type NonInviteServerTimer,
  nonInviteServer,
  nonInviteServerDormant,
  nonInviteServerInitial,
} from './non-invite-server.js'
import { type ServerArg, serverTransaction } from './server-transaction.js'
import type { MachineName, TimerConfig } from './timers.js'
import type { ClientTransactionMsg, ServerTransactionMsg, TransactionsMsg } from './transactions.js'

/** What stands for a state in which a transaction sleeps. */
const asleep = {
  acceptedInviteServer: 0,
  confirmedInviteServer: 1,
  completedServer: 2,
  completedInviteClient: 3,
  acceptedInviteClient: 4,
  completedClient: 5,
} as const

const sleepers: Readonly<Record<number, Sleeper>> = {
  [asleep.acceptedInviteServer]: { kind: 'INVITE server', state: 'Accepted' },
  [asleep.confirmedInviteServer]: { kind: 'INVITE server', state: 'Confirmed' },
  [asleep.completedServer]: { kind: 'non-INVITE server', state: 'Completed' },
  [asleep.completedInviteClient]: { kind: 'INVITE client', state: 'Completed' },
  [asleep.acceptedInviteClient]: { kind: 'INVITE client', state: 'Accepted' },
  [asleep.completedClient]: { kind: 'non-INVITE client', state: 'Completed' },
}

export interface Sleeper {
  readonly kind: MachineName
  readonly state: string
}

/** What sleeps under that number. */
export function sleeperOf(code: number): Sleeper | undefined {
  return sleepers[code]
}

export interface Kinds {
  readonly spawnServer: (self: Self<TransactionsMsg>, arg: ServerArg) => ActorRef<ServerTransactionMsg>
  readonly spawnClient: (self: Self<TransactionsMsg>, arg: ClientArg) => ActorRef<ClientTransactionMsg>
  /** What a sleeping server transaction does about a repeated request or an ACK. */
  readonly wakeServer: (
    code: number,
    wire: string,
    event: 'request' | 'ack',
  ) => readonly (ServerEffect<string> | AckReceived)[]
  /** What a sleeping client transaction does about one more response. */
  readonly wakeClient: (
    code: number,
    response: Response,
  ) => readonly (ClientEffect<string, Response> | AckEffect<Response>)[]
}

export function kindsOf(config: TimerConfig): Kinds {
  const machines = {
    inviteServer: inviteServer(config),
    server: nonInviteServer(config),
    inviteClient: inviteClient<Response>(config),
    client: nonInviteClient<Response>(config),
  }
  const server = serverTransaction<ReturnType<typeof nonInviteServerInitial>, NonInviteServerTimer, never>({
    name: 'non-INVITE server',
    machine: machines.server,
    initial: nonInviteServerInitial,
    ack: undefined,
    dormant: [{ state: 'Completed', timer: nonInviteServerDormant.Completed, code: asleep.completedServer }],
  })
  const inviting = serverTransaction<
    ReturnType<typeof inviteServerInitial>,
    InviteServerTimer,
    { readonly kind: 'ack' }
  >({
    name: 'INVITE server',
    machine: machines.inviteServer,
    initial: inviteServerInitial,
    ack: { kind: 'ack' },
    dormant: [
      { state: 'Accepted', timer: inviteServerDormant.Accepted, code: asleep.acceptedInviteServer },
      { state: 'Confirmed', timer: inviteServerDormant.Confirmed, code: asleep.confirmedInviteServer },
    ],
  })
  const client = clientTransaction<ReturnType<typeof nonInviteClientInitial>, NonInviteClientTimer>({
    name: 'non-INVITE client',
    machine: machines.client,
    initial: nonInviteClientInitial,
    dormant: [{ state: 'Completed', timer: nonInviteClientDormant.Completed, code: asleep.completedClient }],
  })
  const calling = clientTransaction<ReturnType<typeof inviteClientInitial>, InviteClientTimer>({
    name: 'INVITE client',
    machine: machines.inviteClient,
    initial: inviteClientInitial,
    dormant: [
      { state: 'Completed', timer: inviteClientDormant.Completed, code: asleep.completedInviteClient },
      { state: 'Accepted', timer: inviteClientDormant.Accepted, code: asleep.acceptedInviteClient },
    ],
  })
  return {
    spawnServer: (self, arg) => {
      const down = { down: () => ({ kind: 'ended', key: arg.key }) as const }
      return arg.request.method === 'INVITE' ? self.spawn(inviting, arg, down) : self.spawn(server, arg, down)
    },
    spawnClient: (self, arg) => {
      const { key, user } = arg
      const down = {
        down: (reason: ExitReason) => ({ kind: 'ended', key, bereft: isQuiet(reason) ? undefined : user }) as const,
      }
      return arg.request.method === 'INVITE' ? self.spawn(calling, arg, down) : self.spawn(client, arg, down)
    },
    wakeServer: (code, wire, event) => {
      switch (code) {
        case asleep.acceptedInviteServer:
          return machines.inviteServer({ name: 'Accepted' }, { kind: event }).effects
        case asleep.confirmedInviteServer:
          return machines.inviteServer({ name: 'Confirmed' }, { kind: event }).effects
        case asleep.completedServer:
          return event === 'ack' ? [] : machines.server({ name: 'Completed', wire }, { kind: event }).effects
        default:
          return []
      }
    },
    wakeClient: (code, response) => {
      // §17.1.3: the branch alone is not enough; in the state of the others nothing happens anyway.
      if (code !== asleep.completedClient && response.cseq.method !== 'INVITE') return []
      const event = { kind: 'response', status: response.status, response } as const
      switch (code) {
        case asleep.completedInviteClient:
          return machines.inviteClient({ name: 'Completed' }, event).effects
        case asleep.acceptedInviteClient:
          return machines.inviteClient({ name: 'Accepted' }, event).effects
        case asleep.completedClient:
          return machines.client({ name: 'Completed' }, event).effects
        default:
          return []
      }
    },
  }
}
