/** What a stack counts and holds, in the text format that Prometheus scrapes. */

import type { SipStack } from '../../apps/sip/sip.js'
import { version } from '../version.js'

interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly samples: readonly Sample[]
}

/** Content-Type of the text. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

export async function metricsOf(stack: SipStack): Promise<string> {
  const [counters, census, shards, cores] = await Promise.all([
    stack.counters(),
    stack.census(),
    stack.shards(),
    stack.cores(),
  ])
  const metrics: readonly Metric[] = [
    { name: 'info', type: 'gauge', help: 'the version', samples: [{ labels: { version }, value: 1 }] },
    ...Object.entries(counters).map(([name, count]): Metric => counter(name, count)),
    ...Object.entries(census).map(([name, value]): Metric => {
      return { name: snake(name), type: 'gauge', help: `${words(name)} at the moment`, samples: [{ value }] }
    }),
    {
      name: 'event_loop_lag_seconds',
      type: 'gauge',
      help: 'by which the event loop of a thread was late lately',
      samples: shards.map(({ thread, lag }) => ({ labels: { thread: String(thread) }, value: lag / 1000 })),
    },
    {
      name: 'core_requests_total',
      type: 'counter',
      help: 'requests that a core has had',
      samples: cores.map(({ name, requests }) => ({ labels: { core: name }, value: requests })),
    },
    {
      name: 'cpu_seconds_total',
      type: 'counter',
      help: 'processor time of the process, of all threads',
      samples: [{ value: (process.cpuUsage().user + process.cpuUsage().system) / 1e6 }],
    },
    {
      name: 'resident_bytes',
      type: 'gauge',
      help: 'memory of the process',
      samples: [{ value: process.memoryUsage.rss() }],
    },
  ]
  return metrics.map(formatMetric).join('')
}

/** A count, or counts of several kinds. */
function counter(name: string, count: number | object): Metric {
  const samples =
    typeof count === 'number'
      ? [{ value: count }]
      : Object.entries(count).map(([kind, value]: [string, unknown]) => ({ labels: { kind }, value: Number(value) }))
  return { name: `${snake(name)}_total`, type: 'counter', help: `${words(name)} since the start`, samples }
}

function formatMetric({ name, type, help, samples }: Metric): string {
  const full = `sipwright_${name}`
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
    return `${full}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
  })
  return lines.length === 0 ? '' : `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('\n')}\n`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

function words(name: string): string {
  return snake(name).replaceAll('_', ' ')
}
