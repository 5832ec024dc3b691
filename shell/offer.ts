/** A session description of audio that nobody listens to: the calls of our commands are about signalling. */

/** `address` is an IPv4 or IPv6 address without brackets. */
export function audioOffer(address: string): string {
  const network = `IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`
  return [
    'v=0',
    `o=sipwright 1 1 ${network}`,
    's=-',
    `c=${network}`,
    't=0 0',
    'm=audio 49170 RTP/AVP 0',
    'a=rtpmap:0 PCMU/8000',
    '',
  ].join('\r\n')
}
