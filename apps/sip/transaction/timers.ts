/** Every timer of RFC 3261 table 4, with L and M of RFC 6026 §8.11 and the two delays of the automatic 100. All times in ms. */

export interface TimerConfig {
  /** Estimate of the round-trip time. */
  readonly T1: number
  /** Longest interval between retransmissions of a non-INVITE request or an INVITE response. */
  readonly T2: number
  /** How long a message may stay in the network. */
  readonly T4: number
}

export const defaultTimers: TimerConfig = { T1: 500, T2: 4000, T4: 5000 }

/** Fills what is not given from §17.1.1.1 and §17.1.2.2. Throws TypeError unless every value is a positive, finite number. */
export function timerConfig(given: Partial<TimerConfig> = {}): TimerConfig {
  const config = { ...defaultTimers, ...given }
  for (const [name, value] of Object.entries(config)) {
    if (!(Number.isFinite(value) && value > 0))
      throw new TypeError(`${name} must be a positive number of ms, not ${value}`)
  }
  return config
}

export type TimerName =
  | 'A'
  | 'B'
  | 'C'
  | 'D'
  | 'E'
  | 'F'
  | 'G'
  | 'H'
  | 'I'
  | 'J'
  | 'K'
  | 'L'
  | 'M'
  | 'Trying'
  | 'LateTrying'
  | 'Expiry'

export type MachineName = 'INVITE client' | 'non-INVITE client' | 'INVITE server' | 'non-INVITE server'

export interface TimerEntry {
  readonly section: string
  readonly machine: MachineName | 'proxy'
  readonly formula: string
  /** First value in ms over an unreliable transport. */
  readonly first: (config: TimerConfig) => number
  /** Over a reliable transport: the same, never started, or zero seconds, which means that the state it would end is skipped. */
  readonly reliable: 'same' | 'never' | 'zero'
  readonly meaning: string
}

const once = (config: TimerConfig): number => config.T1
const patience = (config: TimerConfig): number => 64 * config.T1
const clearance = (config: TimerConfig): number => config.T4

/** The next interval of Timer A, which has no cap (§17.1.1.2). */
export function doubled(interval: number): number {
  return 2 * interval
}

/** The next interval of Timers E and G (§17.1.2.2, §17.2.1). */
export function doubledToT2(interval: number, config: TimerConfig): number {
  return Math.min(2 * interval, config.T2)
}

/** RFC 4320 §4.1: the time after which a client's Timer E is set to T2; 3.5 s with the default values. */
function untilTimerEReachesT2(config: TimerConfig): number {
  let elapsed = 0
  let interval = config.T1
  do {
    elapsed += interval
    interval = doubledToT2(interval, config)
  } while (interval < config.T2)
  return elapsed
}

export const timers: Readonly<Record<TimerName, TimerEntry>> = {
  A: {
    section: '§17.1.1.2',
    machine: 'INVITE client',
    formula: 'T1, doubled each time',
    first: once,
    reliable: 'never',
    meaning: 'send the INVITE again',
  },
  B: {
    section: '§17.1.1.2',
    machine: 'INVITE client',
    formula: '64*T1',
    first: patience,
    reliable: 'same',
    meaning: 'no response to the INVITE: give up',
  },
  C: {
    section: '§16.6',
    machine: 'proxy',
    formula: 'more than 3 min',
    first: () => 185_000,
    reliable: 'same',
    meaning: 'a proxied INVITE has no final response: cancel it',
  },
  D: {
    section: '§17.1.1.2',
    machine: 'INVITE client',
    formula: '64*T1, at least 32 s',
    // The server's T1 is unknown here, hence the absolute minimum.
    first: config => Math.max(32_000, 64 * config.T1),
    reliable: 'zero',
    meaning: 'stop answering repeated final responses with ACK',
  },
  E: {
    section: '§17.1.2.2',
    machine: 'non-INVITE client',
    formula: 'T1, doubled up to T2; T2 in Proceeding',
    first: once,
    reliable: 'never',
    meaning: 'send the request again',
  },
  F: {
    section: '§17.1.2.2',
    machine: 'non-INVITE client',
    formula: '64*T1',
    first: patience,
    reliable: 'same',
    meaning: 'no final response: give up',
  },
  G: {
    section: '§17.2.1',
    machine: 'INVITE server',
    formula: 'T1, doubled up to T2',
    first: once,
    reliable: 'never',
    meaning: 'send the final response again',
  },
  H: {
    section: '§17.2.1',
    machine: 'INVITE server',
    formula: '64*T1',
    first: patience,
    reliable: 'same',
    meaning: 'the ACK did not come: give up',
  },
  I: {
    section: '§17.2.1',
    machine: 'INVITE server',
    formula: 'T4',
    first: clearance,
    reliable: 'zero',
    meaning: 'stop absorbing repeated ACKs',
  },
  J: {
    section: '§17.2.2',
    machine: 'non-INVITE server',
    formula: '64*T1',
    first: patience,
    reliable: 'zero',
    meaning: 'stop answering repeated requests',
  },
  K: {
    section: '§17.1.2.2',
    machine: 'non-INVITE client',
    formula: 'T4',
    first: clearance,
    reliable: 'zero',
    meaning: 'stop absorbing repeated responses',
  },
  L: {
    section: 'RFC 6026 §7.1',
    machine: 'INVITE server',
    formula: '64*T1',
    first: patience,
    reliable: 'same',
    meaning: 'stop absorbing repeats of an accepted INVITE',
  },
  M: {
    section: 'RFC 6026 §7.2',
    machine: 'INVITE client',
    formula: '64*T1',
    first: patience,
    reliable: 'same',
    meaning: 'stop taking repeated and further 2xx',
  },
  Trying: {
    section: '§17.2.1',
    machine: 'INVITE server',
    formula: '200 ms',
    first: () => 200,
    reliable: 'same',
    meaning: 'the TU is silent: send 100',
  },
  LateTrying: {
    section: 'RFC 4320 §4.1',
    machine: 'non-INVITE server',
    formula: "the time until a client's Timer E is T2",
    first: untilTimerEReachesT2,
    reliable: 'same',
    meaning: 'the TU is silent: send 100',
  },
  Expiry: {
    section: 'RFC 4320 §4.2',
    machine: 'non-INVITE server',
    formula: '64*T1 less LateTrying',
    first: config => Math.max(0, 64 * config.T1 - untilTimerEReachesT2(config)),
    reliable: 'same',
    meaning: "the client's Timer F has fired: a response would be useless",
  },
}
