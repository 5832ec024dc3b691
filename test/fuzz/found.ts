/** What the fuzzer found once, by what was wrong, cut down to what matters. */

export const found: Readonly<Record<string, string>> = {
  'headers move up when a repeated Content-Length is written once': [
    'SIP/2.0 200 OK',
    'v: SIP/2.0/UDP a.example.com;branch=z9hG4bK1',
    'f: <sip:alice@example.com>;tag=1',
    't: <tel:+1-201-555-0123;ext=1>;tag=2',
    'i: c1',
    'CSeq: 4294967 OPTIONS',
    'k: a, b',
    'l: 0',
    'ip:[::1]:5070;lr>',
    'l: 0',
    'X-Last: 1',
    '',
    '',
  ].join('\r\n'),
}
