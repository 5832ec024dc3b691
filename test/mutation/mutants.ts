/** Ways to break the transaction layer, one small change to its compiled text each: a timer, a transition, a matching rule. */

export interface Mutant {
  /** Relative to the compiled folder of the transaction layer. */
  readonly file: string
  /** What is changed, for people. */
  readonly what: string
  readonly mutated: string
}

/** A change made at every place where the pattern matches, one mutant per place. */
interface Operator {
  readonly pattern: RegExp
  readonly change: (match: string, ...groups: string[]) => string
}

const machines: readonly Operator[] = [
  { pattern: /stay\(terminated\)/g, change: () => 'stay(state)' },
  { pattern: /state: terminated\b/g, change: () => 'state' },
  { pattern: /state: (accepted|confirmed|completed)\b/g, change: () => 'state: terminated' },
  {
    pattern: /state: (\S+) \? terminated : completed/g,
    change: (_, test = '') => `state: ${test} ? completed : terminated`,
  },
  { pattern: /event\.timer === '\w+'/g, change: match => match.replace('===', '!==') },
  { pattern: /(status) (<|>) (\d+)/g, change: (_, name, sign, value) => `${name} ${sign} ${Number(value) + 1}` },
  { pattern: /status (!==|===) (\d+)/g, change: match => match.replace(/\d+/, '181') },
  { pattern: /state\.reliable \?/g, change: () => '!state.reliable ?' },
  { pattern: /if \((!?)((?:state\.)?reliable)\)/g, change: (_, not, name) => `if (${not === '!' ? '' : '!'}${name})` },
  { pattern: /effects\.push\([^;]*\);/g, change: () => ';' },
  { pattern: /(after: )(interval|config\.T2)/g, change: (_, after, value) => `${after}2 * ${value}` },
  { pattern: /waiting: false/g, change: () => 'waiting: true' },
]

const timers: readonly Operator[] = [
  { pattern: /(T[124]): (\d+)\b/g, change: (_, name, value) => `${name}: ${Number(value) + 100}` },
  {
    pattern:
      /(\n {4}\w+: \{\s+section: '[^']+',\s+machine: '(?!proxy)[^']+',\s+formula: (?:'[^']*'|"[^"]*"),(?:\s+\/\/.*)?\s+first: )([^\n]+),\n/g,
    change: (_, head, first) => `${head}config => 1.5 * (${first})(config),\n`,
  },
  {
    pattern:
      /(\n {4}\w+: \{\s+section: '[^']+',\s+machine: '(?!proxy)[^']+',\s+formula: (?:'[^']*'|"[^"]*"),(?:\s+\/\/.*)?\s+first: )([^\n]+),\n/g,
    change: (_, head, first) => `${head}config => 0.5 * (${first})(config),\n`,
  },
  { pattern: /return 2 \* interval/g, change: () => 'return 3 * interval' },
  { pattern: /Math\.min\(2 \* interval, config\.T2\)/g, change: () => '2 * interval' },
  { pattern: /Math\.min\(2 \* interval, config\.T2\)/g, change: () => 'Math.min(3 * interval, config.T2)' },
  { pattern: /interval < config\.T2/g, change: () => 'interval <= config.T2' },
]

const key: readonly Operator[] = [
  { pattern: /'z9hg4bk'/g, change: () => "'z9hg4bkx'" },
  { pattern: /method === 'ACK' \? 'INVITE' : method/g, change: () => 'method' },
  { pattern: /response\.cseq\.method/g, change: () => "'INVITE'" },
  { pattern: /branch\.toLowerCase\(\)/g, change: () => 'branch' },
  { pattern: /via\.host\.toLowerCase\(\)/g, change: () => 'via.host' },
  { pattern: /via\.branch\?\.toLowerCase\(\)/g, change: () => 'via.branch' },
  { pattern: /method === 'INVITE' \? '' :/g, change: () => "method === 'BYE' ? '' :" },
  // One part of a key after the other is left out.
  { pattern: /\$\{(?!CLIENT)[^}]*\}/g, change: () => '' },
]

const driver: readonly Operator[] = [
  { pattern: /request\.to\.tag !== this\.#tag/g, change: () => 'false' },
  { pattern: /serverKey\(request, 'INVITE'\)/g, change: () => 'serverKey(request)' },
  {
    pattern: /case '(response|request|ack|timer|transportError|lost|cancel)':\s+return [^;]+;/g,
    change: match => match.replace(/return [^;]+;/, 'return;'),
  },
  { pattern: /effect\.what === 'ack'/g, change: () => 'false' },
  { pattern: /live !== undefined/g, change: () => 'false' },
  { pattern: /dormant !== undefined/g, change: () => 'false' },
  { pattern: /this\.#self\.stopTimer\(effect\.timer\)/g, change: () => 'undefined' },
]

const operators: Readonly<Record<string, readonly Operator[]>> = {
  'timers.js': timers,
  'invite-client.js': machines,
  'non-invite-client.js': machines,
  'invite-server.js': machines,
  'non-invite-server.js': machines,
  'key.js': key,
  'client-transaction.js': driver,
  'server-transaction.js': driver,
  'transactions.js': driver,
}

/** Mutants that nothing can show, by file and the beginning of the change, and why. */
export const unreached: readonly { readonly file: string; readonly change: string; readonly why: string }[] = [
  {
    file: 'server-transaction.js',
    change: "case 'transportError'",
    why: 'whoever is told of it does nothing, and the transaction stays (RFC 6026 §7.1)',
  },
  {
    file: 'server-transaction.js',
    change: "effect.what === 'ack'",
    why: 'an accepted INVITE sleeps at once: its ACKs wake the record, not the actor',
  },
]

export const mutatedFiles: readonly string[] = Object.keys(operators)

/** All mutants of one compiled file. */
export function mutantsOf(file: string, text: string): readonly Mutant[] {
  return (operators[file] ?? []).flatMap(({ pattern, change }) =>
    [...text.matchAll(pattern)].map(match => {
      const [found, ...groups] = match
      const changed = change(found, ...groups)
      const line = text.slice(0, match.index).split('\n').length
      const mutated = text.slice(0, match.index) + changed + text.slice(match.index + found.length)
      return { file, what: `${file}:${line} ${shown(found)} -> ${shown(changed)}`, mutated }
    }),
  )
}

function shown(text: string): string {
  const flat = text.trim().replace(/\s+/g, ' ')
  return flat.length > 70 ? `${flat.slice(0, 12)} ... ${flat.slice(-50)}` : flat
}
