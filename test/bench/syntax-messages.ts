/** The messages that the benches work on. */

function crlf(text: string): string {
  return text.replaceAll('\n', '\r\n')
}

const sdp = crlf(`v=0
o=carol 2890844526 2890844526 IN IP4 192.0.2.7
s=-
c=IN IP4 192.0.2.7
t=0 0
m=audio 30000 RTP/AVP 0 8 9 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:9 G722/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
`)

/** An INVITE with SDP, the headers that route it, and with `more` between them and those of its body. */
function inviteWith(more: string): string {
  const head = crlf(`INVITE sip:dave@berlin.example.com;transport=udp SIP/2.0
Via: SIP/2.0/UDP client.hamburg.example.com:5060;branch=z9hG4bK77ef4;rport
Max-Forwards: 70
Route: <sip:edge.hamburg.example.com;lr>
From: "Carol Jones" <sip:carol@hamburg.example.com>;tag=8gyfdve87t
To: Dave <sip:dave@berlin.example.com>
Call-ID: 4952168703611243765@hamburg.example.com
CSeq: 271828 INVITE
Contact: <sip:carol@client.hamburg.example.com:5060;transport=udp>
${more}Content-Type: application/sdp
Content-Length: ${sdp.length}

`)
  return head + sdp
}

/** No more than that: ten headers, about 750 octets. */
export const plainInvite: string = inviteWith('')

/** The same as a phone sends it through a proxy, with fifteen headers, about 980 octets. */
export const invite: string =
  inviteWith(`Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO
Supported: replaces, 100rel, timer, outbound
Session-Expires: 1800;refresher=uac
User-Agent: BenchPhone/1.2.3
Accept: application/sdp
`)

export const options: string = crlf(`OPTIONS sip:edge.hamburg.example.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1a2b3c4d5e;rport
Max-Forwards: 70
From: <sip:probe@192.0.2.7>;tag=1f2e3d4c
To: <sip:edge.hamburg.example.com>
Call-ID: 0a1b2c3d4e5f6071@192.0.2.7
CSeq: 1 OPTIONS
Contact: <sip:probe@192.0.2.7:5060>
User-Agent: Probe/0.1
Content-Length: 0

`)
