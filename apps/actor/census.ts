/** How much there is of everything on one thread. */

/** What a kernel holds. When all actors have ended every figure is 0. */
export interface Census {
  readonly actors: number
  readonly messages: number
  readonly timers: number
  readonly names: number
  readonly properties: number
  readonly asks: number
  /** Watches across threads, either way. */
  readonly watches: number
}
