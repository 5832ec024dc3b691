/** The file of values that SIPp takes with -inf. */

/** One call per line; throws TypeError, as `LINE: what is wrong`, unless the first line says how SIPp reads it. */
export function readColumns(text: string): readonly (readonly string[])[] {
  const [order = '', ...lines] = text.split(/\r?\n/)
  if (!/^(?:SEQUENTIAL|RANDOM|USER)/.test(order)) throw new TypeError('1: it must begin with SEQUENTIAL')
  return lines.filter(line => line !== '' && !line.startsWith('#')).map(line => line.split(';'))
}
