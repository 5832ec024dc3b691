/** The sub-commands of `sipwright` that are no words of its shell, in the order of the help. */

export const commandNames = [
  'serve',
  'shell',
  'ping',
  'call',
  'message',
  'register',
  'options',
  'parse',
  'traceroute',
  'load',
  'torture',
  'send',
  'resolve',
  'spec',
  'graph',
  'servlet',
  'attach',
] as const
