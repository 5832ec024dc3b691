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
  // Of 512 lines that are read, one is left for X-Fuzz, none for the Content-Length that is written with it.
  'as many lines as are read, and a body': [
    'SIP/2.0 200 OK',
    'v: SIP/2.0/UDP a.example.com;branch=z9hG4bK1',
    'f: <sip:alice@example.com>;tag=1',
    't: <sip:bob@example.com>;tag=2',
    'i: c1',
    'CSeq: 1 OPTIONS',
    ...Array.from({ length: 506 }, () => 'X: 1'),
    '',
    'body',
  ].join('\r\n'),
}
