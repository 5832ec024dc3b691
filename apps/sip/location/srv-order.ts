/** The order in which the servers of an SRV record set are tried: RFC 2782, and RFC 3263 §4.4 for stateless proxies. */

export interface SrvRecord {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

/** A whole number, uniform from 0 to `limit`, both included. */
export type Random = (limit: number) => number

/**
 * Lowest priority first, and by weight within one. Without `random` the order depends on nothing but the records: by
 * weight, heaviest first, then by name and port.
 */
export function orderServers(records: readonly SrvRecord[], random?: Random): SrvRecord[] {
  const sorted = records.toSorted(
    (one, other) =>
      one.priority - other.priority ||
      other.weight - one.weight ||
      compare(one.target, other.target) ||
      one.port - other.port,
  )
  if (random === undefined) return sorted
  const ordered: SrvRecord[] = []
  for (let from = 0; from < sorted.length; ) {
    const priority = sorted[from]?.priority
    const end = sorted.findIndex((record, index) => index > from && record.priority !== priority)
    const until = end < 0 ? sorted.length : end
    draw(sorted.slice(from, until), random, ordered)
    from = until
  }
  return ordered
}

/** RFC 2782: with the weightless ones first, so that a draw of 0, and nothing else, gets one of them. */
function draw(level: SrvRecord[], random: Random, ordered: SrvRecord[]): void {
  const left = [...level.filter(record => record.weight === 0), ...level.filter(record => record.weight > 0)]
  let sum = level.reduce((total, record) => total + record.weight, 0)
  while (left.length > 0) {
    let rest = random(sum)
    const index = left.findIndex(record => {
      rest -= record.weight
      return rest <= 0
    })
    const [chosen] = left.splice(Math.max(index, 0), 1)
    if (chosen === undefined) return
    sum -= chosen.weight
    ordered.push(chosen)
  }
}

function compare(one: string, other: string): number {
  const [left, right] = [one.toLowerCase(), other.toLowerCase()]
  if (left === right) return 0
  return left < right ? -1 : 1
}
