// The live page: what the server sends over its WebSocket, drawn. All text of peers goes through textContent.

const SVG = 'http://www.w3.org/2000/svg'
const [APART, MARGIN, STEP, TOP] = [220, 90, 26, 36]

const byId = id => document.getElementById(id)
const wish = Object.fromEntries(new URLSearchParams(location.hash.slice(1)))
let calls = []
let socket

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

function drawing(name, attributes, text) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  if (text !== undefined) made.textContent = text
  return made
}

function connect() {
  socket = new WebSocket(new URL('live', location.href.replace(/^http/, 'ws')))
  socket.onopen = () => {
    byId('state').textContent = 'live'
    tell()
  }
  socket.onmessage = ({ data }) => show(JSON.parse(data))
  socket.onclose = () => {
    byId('state').textContent = 'the server is gone; trying again'
    setTimeout(connect, 1000)
  }
}

function tell() {
  history.replaceState(null, '', `#${new URLSearchParams(wish)}`)
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(wish))
}

function show({ about, calls: latest, ladder, table }) {
  if (about) showAbout(about)
  if (latest) {
    calls = latest.toReversed()
    showCalls()
  }
  if (ladder && ladder.callId === wish.callId) showLadder(ladder)
  if (table && table.topic === wish.topic) showTable(table.rows)
}

function showAbout({ version, listening, topics, isTraced }) {
  byId('about').textContent = `${version} listens on ${listening.join(' and ')}`
  if (!isTraced) byId('no-calls').textContent = 'The server was started without a trace: there are no calls to see.'
  byId('topics').replaceChildren(
    ...topics.map(topic => {
      const button = element('button', { type: 'button', 'aria-pressed': topic === wish.topic }, topic)
      button.onclick = () => chooseTopic(topic)
      return button
    }),
  )
  if (wish.topic === undefined) chooseTopic('census')
}

function chooseTopic(topic) {
  wish.topic = topic
  for (const button of byId('topics').children) button.setAttribute('aria-pressed', button.textContent === topic)
  byId('table').replaceChildren()
  tell()
}

function shownCalls() {
  const sought = byId('filter').value.toLowerCase()
  return calls.filter(({ callId, method, from, to }) =>
    [callId, method, from, to].some(text => text.toLowerCase().includes(sought)),
  )
}

function showCalls() {
  const list = byId('calls')
  const shown = shownCalls()
  byId('no-calls').hidden = calls.length > 0
  if (wish.callId === undefined && shown[0] !== undefined) chooseCall(shown[0].callId)
  list.replaceChildren(
    ...shown.map(({ callId, method, from, to, began, messages, latest }, index) => {
      const small = element('small', {}, `${began.slice(11, 19)}  ${messages} messages, ${latest}`)
      const isChosen = callId === wish.callId
      const line = element('div', { role: 'option', id: `call-${index}`, 'aria-selected': isChosen })
      line.append(`${method} ${from} → ${to}`, small)
      line.title = callId
      line.onclick = () => chooseCall(callId)
      if (isChosen) list.setAttribute('aria-activedescendant', line.id)
      return line
    }),
  )
}

function chooseCall(callId) {
  wish.callId = callId
  tell()
  showCalls()
  byId('calls').querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
}

function showLadder({ callId, names = [], steps = [] }) {
  byId('call-id').textContent = `Call-ID ${callId}`
  const width = 2 * MARGIN + Math.max(0, names.length - 1) * APART + 260
  const height = TOP + (steps.length + 1) * STEP
  const x = name => MARGIN + Math.max(0, names.indexOf(name)) * APART
  const picture = drawing('svg', { width, height })
  for (const name of names) {
    picture.append(
      drawing('text', { x: x(name), y: 16, 'text-anchor': 'middle' }, name),
      drawing('line', { class: 'rail', x1: x(name), x2: x(name), y1: 24, y2: height }),
    )
  }
  for (const [index, step] of steps.entries()) picture.append(...stepOf(step, TOP + index * STEP, x, width))
  const scrolled = byId('ladder')
  const isAtEnd = scrolled.scrollTop + scrolled.clientHeight >= scrolled.scrollHeight - STEP
  scrolled.replaceChildren(picture)
  if (isAtEnd) scrolled.scrollTop = scrolled.scrollHeight
}

function stepOf({ at, from, to, label, note }, y, x, width) {
  const time = drawing('text', { x: 4, y: y + 4, class: 'faint' }, `${Math.round(at)} ms`)
  const remark = drawing('text', { x: width - 250, y: y + 4, class: 'faint' }, note)
  if (label === '') return [time, remark]
  const [start, end] = [x(from), x(to)]
  const tone = /^[2]/.test(label) ? 'good' : /^[456]/.test(label) ? 'bad' : ''
  const tip = start <= end ? end - 8 : end + 8
  return [
    time,
    drawing('line', { x1: start, x2: tip, y1: y, y2: y, class: tone }),
    drawing('path', { d: `M${end} ${y} L${tip} ${y - 4} L${tip} ${y + 4} Z`, class: tone }),
    drawing('text', { x: (start + end) / 2, y: y - 5, 'text-anchor': 'middle', class: tone }, label),
    remark,
  ]
}

function showTable(rows) {
  const names = [...new Set(rows.flatMap(row => Object.keys(row)))]
  if (rows.length === 0) return byId('table').replaceChildren(element('p', {}, 'none'))
  const cell = value => {
    const text = value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value ?? '')
    return element('td', typeof value === 'number' ? { class: 'number' } : {}, text)
  }
  const head = element('tr', {}, ...names.map(name => element('th', { scope: 'col' }, name)))
  const lines = rows.map(row => element('tr', {}, ...names.map(name => cell(row[name]))))
  return byId('table').replaceChildren(element('table', {}, head, ...lines))
}

function move(by) {
  const shown = shownCalls()
  const at = shown.findIndex(({ callId }) => callId === wish.callId)
  const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))]
  if (next !== undefined) chooseCall(next.callId)
}

function moveTopic(by) {
  const buttons = [...byId('topics').children]
  const at = buttons.findIndex(({ textContent }) => textContent === wish.topic)
  const next = buttons[(at + by + buttons.length) % buttons.length]
  next?.focus()
  if (next !== undefined) chooseTopic(next.textContent)
}

addEventListener('keydown', event => {
  const isTyping = event.target === byId('filter')
  if (event.key === '/' && !isTyping) byId('filter').focus()
  else if (event.key === 'Escape' && isTyping) byId('calls').focus()
  else if (event.key === 'ArrowDown' && document.activeElement?.closest('#ladder, #table') === null) move(1)
  else if (event.key === 'ArrowUp' && document.activeElement?.closest('#ladder, #table') === null) move(-1)
  else if (event.key === 'ArrowRight' && !isTyping) moveTopic(1)
  else if (event.key === 'ArrowLeft' && !isTyping) moveTopic(-1)
  else return
  event.preventDefault()
})
byId('filter').addEventListener('input', showCalls)

connect()
