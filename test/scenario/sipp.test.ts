import { expect } from 'chai'
import {
  readColumns,
  runScenario,
  type ScenarioResult,
  sippScenarios,
  type TransportName,
} from '../../apps/scenario/scenario.js'

const invite = `
  <send retrans="500"><![CDATA[

      INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: caller <sip:[field0]@[local_ip]:[local_port]>;tag=[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>
      Call-ID: [call_id]
      CSeq: [cseq] INVITE
      Contact: <sip:caller@[local_ip]:[local_port];transport=[transport]>
      [last_Date:]
      [routes]
      Max-Forwards: 70
      Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=- 1 1 IN IP[local_ip_type] [local_ip]
      s=-
      c=IN IP[media_ip_type] [media_ip]
      t=0 0
      m=audio [media_port+2] RTP/AVP 0

  ]]></send>`

/** A request inside the call that `invite` began. */
function inside(method: string, headers = ''): string {
  return `
  <send><![CDATA[
      ${method} [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: caller <sip:[field0]@[local_ip]:[local_port]>;tag=[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
      Call-ID: [call_id]
      CSeq: [cseq] ${method}
      Max-Forwards: 70${headers}
      Content-Length: 0
  ]]></send>`
}

const answer = `<recv response="180" optional="true"/><recv response="200" rrs="true"/>${inside('ACK')}`
const ending = `${inside('BYE')}<recv response="200" crlf="true"/>`

function xml(steps: string): string {
  return `<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="a call">${steps}
  <ResponseTimeRepartition value="10, 20"/>
</scenario>`
}

async function play(
  steps: string,
  transport: TransportName = 'udp',
  rows: readonly (readonly string[])[] = [['user']],
): Promise<ScenarioResult> {
  const [scenario] = sippScenarios(xml(steps), rows)
  if (scenario === undefined) throw new Error('there is no scenario')
  return runScenario(scenario, { transport })
}

async function passed(steps: string, transport?: TransportName): Promise<ScenarioResult> {
  const result = await play(steps, transport)
  expect(result.failure).to.equal(undefined)
  return result
}

async function failure(steps: string): Promise<string> {
  return (await play(steps)).failure ?? 'it passed'
}

function fault(steps: string): string {
  try {
    sippScenarios(xml(steps))
  } catch (error) {
    return error instanceof TypeError ? error.message : String(error)
  }
  return 'it is understood'
}

describe('a scenario of SIPp', () => {
  for (const transport of ['udp', 'tcp'] as const) {
    it(`calls our stack over ${transport}`, async () => {
      const { trace } = await passed(`${invite}${answer}<pause milliseconds="100"/>${ending}`, transport)
      expect(trace, 'a field').to.contain('From: caller <sip:user@192.0.2.2:5060>;tag=1\r\n')
      expect(trace, 'sums')
        .to.contain('m=audio 6002 RTP/AVP 0\r\n')
        .and.to.match(/\nCSeq: 2 BYE\r\n/)
      expect(trace, 'the length of the body').to.match(/Content-Length: (\d+)\r\n\r\nv=0/)
      expect(trace, 'lines whose keyword is empty').not.to.match(/Date|Route|\[/)
      expect(trace, 'the peer and its contact').to.match(
        /BYE sip:service@192\.0\.2\.1[^ ]* SIP[\s\S]*?\nTo: <[^>]*>;tag=\w/,
      )
    })

    it(`is called by our stack over ${transport}`, async () => {
      const reply = (status: string, lines: string): string => `
        <send><![CDATA[
          SIP/2.0 ${status}
          [last_Via:]
          [last_From:]
          [last_To:]${lines}
          [last_Call-ID:]
          [last_CSeq:]
          Contact: <sip:[local_ip]:[local_port];transport=[transport]>
          Content-Length: 0
        ]]></send>`
      const tag = ';tag=[pid]'
      const { ladder } = await passed(
        `<recv request="INVITE"/>${reply('180 Ringing', tag)}${reply('200 OK', tag)}
         <recv request="ACK" optional="true"/><recv request="BYE"/>${reply('200 OK', '')}<timewait milliseconds="400"/>`,
        transport,
      )
      expect(ladder).to.match(/INVITE[\s\S]*180 Ringing[\s\S]*200 OK[\s\S]*ACK[\s\S]*BYE[\s\S]*200 OK \(BYE\)/)
    })
  }

  it('looks into messages, keeps what it finds, and writes remarks into the ladder', async () => {
    const { trace, ladder } = await passed(`${invite}
      <recv response="180" optional="true"/>
      <recv response="200" rrs="true"><action>
        <ereg regexp="tag=([[:alnum:]]+)" search_in="hdr" header="To:" check_it="true" assign_to="whole,tag"/>
        <ereg regexp="nothing like that" search_in="body" check_it_inverse="true" assign_to="none"/>
        <assignstr assign_to="mark" value="for [$tag]"/>
        <log message="tag [$tag], none [$none]"/>
      </action></recv>
      ${inside('ACK')}${inside('BYE', '\nSubject: [$mark] [last_cseq_number+1]')}<recv response="200"/>`)
    const tag = /\nTo: <[^>]*>;tag=(\w+)/.exec(trace)?.[1]
    expect(trace).to.contain(`\nSubject: for ${tag} 2\r\n`)
    expect(ladder).to.contain(`sipp: tag ${tag}, none \n`)
  })

  it('fails where a check fails, with line, reason and arrow', async () => {
    const story = await failure(`${invite}
      <recv response="180" optional="true"/>
      <recv response="200"><action><ereg regexp="^9" search_in="hdr" header="CSeq" check_it="true" assign_to="1"/></action></recv>`)
    expect(story)
      .to.match(/^sipp: line 28: \/\^9\/s is not in CSeq\n/)
      .and.to.match(/200 OK -+\| {2}<<< here$/)
  })

  it('fails when something else comes, and when nothing does', async () => {
    expect(
      await failure(`${invite}<recv response="180" optional="true"/><recv response="500" optional="true"/>
      <recv request="INFO"/>`),
    )
      .to.contain('200 OK came unexpectedly')
      .and.to.contain('expected: 180 (line')
    expect(await failure(`${invite}${answer}<recv request="BYE" timeout="700"/>`)).to.contain(
      'did not come within 700 ms',
    )
  })

  it('counts, tests, goes to labels, and takes what is optional any number of times', async () => {
    const { trace } = await passed(`
      <nop><action><assign assign_to="n" value="0"/></action></nop>
      ${invite}${answer}
      <label id="round"/>
      <nop><action><add assign_to="n" value="1"/><test assign_to="more" variable="n" compare="less_than" value="3"/></action></nop>
      <send next="round" test="more"><![CDATA[
        INFO [next_url] SIP/2.0
        Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]-[$n]
        From: caller <sip:[field0]@[local_ip]:[local_port]>;tag=[call_number]
        To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
        Call-ID: [call_id]
        CSeq: [cseq] INFO
        Max-Forwards: 70
        Content-Length: 0
      ]]></send>
      <recv response="200" optional="true"/><recv response="200" timeout="50" ontimeout="end"/>
      <label id="end"/>${ending}`)
    expect(trace.match(/ sipp > service [^\n]*\nINFO /g)).to.have.length(3)
  })

  it('goes where an optional message leads', async () => {
    const { ladder } = await passed(`${invite}
      <recv response="180" optional="true" next="rang"/><recv response="200" next="done"/>
      <label id="rang"/><nop><action><log message="it rang"/></action></nop><recv response="200" rrs="true"/>
      ${inside('ACK')}${ending}<label id="done"/>`)
    expect(ladder).to.contain('sipp: it rang')
  })

  it('jumps by number, and is given up when it goes round in circles', async () => {
    expect(await failure(`${invite}${answer}<nop><action><jump value="4"/></action></nop>${ending}`)).to.contain(
      'in circles',
    )
  })

  it('gives each line of a file of values a call of its own', () => {
    const rows = readColumns('SEQUENTIAL\n# name;number\nalice;1\n\nbob;2\n')
    expect(rows).to.deep.equal([
      ['alice', '1'],
      ['bob', '2'],
    ])
    expect(sippScenarios(xml(invite), rows).map(({ title }) => title)).to.deep.equal([
      'a call, line 1',
      'a call, line 2',
    ])
    expect(() => readColumns('alice;1\n')).to.throw(TypeError, /^1: it must begin with SEQUENTIAL/)
  })

  for (const [what, steps, told] of [
    ['an element', '\n<sendCmd/>', '4: <sendCmd> is not supported'],
    ['an attribute', '\n\n<recv request="ACK" lost="10"/>', '5: lost="10" of <recv> is not supported'],
    ['a keyword', '<send>OPTIONS [authentication] SIP/2.0</send>', '3: the keyword [authentication] is not supported'],
    [
      'a line of another file',
      '<send>A [field1 file="b.csv"] SIP/2.0</send>',
      '3: the keyword [field1 file="b.csv"] is not supported',
    ],
    ['an action', '<nop><action>\n<exec command="ls"/></action></nop>', '4: the action <exec> is not supported'],
    [
      'a place to search',
      '<nop><action><ereg regexp="a" search_in="fog" assign_to="1"/></action></nop>',
      '3: search_in="fog" is not supported',
    ],
    ['a distribution', '<pause distribution="gamma"/>', '3: distribution="gamma" is not supported'],
    ['a label that is not there', '<nop next="5"/>', '3: there is no label 5'],
    [
      'an action without a variable',
      '<nop><action><assignstr value="x"/></action></nop>',
      '3: <assignstr> needs assign_to',
    ],
    ['an expression that is none', '<recv request="(" regexp_match="true"/>', '3: Invalid regular expression'],
    ['an optional message at the end', '<recv request="ACK" optional="true"/>', '3: an optional <recv> needs another'],
    ['no message', '<send/>', '3: <send> has no message'],
    ['neither request nor response', '<recv/>', '3: <recv> needs request or response'],
    ['a scenario without messages', '<pause/>', '3: it sends and receives nothing'],
    ['XML that is not well-formed', '<send>', '5:11: unexpected close tag'],
  ] as const) {
    it(`says in which line there is ${what} that it does not support`, () => {
      expect(fault(steps)).to.match(/^\d+:/)
      expect(fault(steps).startsWith(told), fault(steps)).to.equal(true)
    })
  }

  it('says what is no scenario, and expands no entities', () => {
    expect(() => sippScenarios('<call/>')).to.throw(TypeError, '1: <call> is no <scenario>')
    expect(() => sippScenarios('')).to.throw(TypeError)
    expect(() => sippScenarios('<!DOCTYPE a [<!ENTITY b "c">]><scenario><send>&b;</send></scenario>')).to.throw(
      TypeError,
    )
  })
})
