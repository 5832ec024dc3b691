/** Messages that the fuzzer starts from. */

function crlf(text: string): string {
  return text.replaceAll('\n', '\r\n')
}

export const seeds: readonly string[] = [
  `INVITE sip:bob@example.org;transport=udp SIP/2.0
Via: SIP/2.0/UDP a.example.com:5060;branch=z9hG4bK1;rport, SIP/2.0/TCP [2001:db8::1];received=192.0.2.1
Max-Forwards: 70
Route: <sip:p1.example.com;lr>, "P 2" <sip:p2.example.com;lr>
From: "Alice \\"A\\"" <sip:alice:pw@example.com;x=%41?y=z>;tag=1
To: sip:bob@example.org
Call-ID: c1@example.com
CSeq: 1 INVITE
Contact: <sip:alice@192.0.2.1:5060>;q=0.5;expires=60, *
Authorization: Digest username="a", realm="r", nonce="n", uri="sip:h", response="0", nc=00000001
Accept: application/sdp;level=1, text/*;q=0.1
Retry-After: 18 (in a (nested) meeting);duration=3600
Timestamp: 54.3 0.1
Date: Sat, 13 Nov 2010 23:29:00 GMT
Warning: 399 h "text, \\"x\\""
Session-Expires: 90;refresher=uac
Subject: folded
 subject
X-Unknown: ;;,,
Content-Type: multipart/mixed;boundary=b
Content-Length: 91

--b
Content-Type: application/sdp

v=0
m=audio 1 RTP/AVP 0

--b
Content-Type: text/plain

x
--b--
`,
  `SIP/2.0 200 OK
v: SIP/2.0/UDP a.example.com;branch=z9hG4bK1
f: <sip:alice@example.com>;tag=1
t: <tel:+1-201-555-0123;ext=1>;tag=2
i: c1
CSeq: 4294967 OPTIONS
Record-Route: <sip:[::1]:5070;lr>
WWW-Authenticate: Digest realm="r", qop="auth,auth-int", nonce="n"
k: a, b
l: 0

`,
].map(crlf)
