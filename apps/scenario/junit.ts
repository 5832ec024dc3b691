/** Results as JUnit XML, which build servers read. */

import type { ScenarioResult } from './run.js'

/** One suite with a case per run; times are in seconds of the scenario's own clock. */
export function junit(results: readonly ScenarioResult[]): string {
  const failures = results.filter(({ passed }) => !passed).length
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="sipwright" tests="${results.length}" failures="${failures}" errors="0" skipped="0">`,
    ...results.map(testCase),
    '</testsuite>',
    '',
  ].join('\n')
}

function testCase({ title, transport, mode, profile, seed, duration, failure }: ScenarioResult): string {
  const name = `${title} (${transport}, ${mode}, ${profile}, seed ${seed})`
  const open = `  <testcase classname="${transport}" name="${escaped(name)}" time="${(duration / 1000).toFixed(3)}"`
  if (failure === undefined) return `${open}/>`
  const [first = ''] = failure.split('\n')
  return `${open}>\n    <failure message="${escaped(first)}">${escaped(failure)}</failure>\n  </testcase>`
}

/** What XML 1.0 has no way to write becomes a question mark. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd]/g, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
