/** A page in headless Chromium that a test drives: by its debugging protocol over WebSocket. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { type Chromium, startChromium } from './chromium.js'

export class Page {
  readonly #socket: WebSocket
  readonly #chromium: Chromium
  readonly #waiting = new Map<number, (result: Record<string, unknown>) => void>()
  #calls = 0

  private constructor(socket: WebSocket, chromium: Chromium) {
    this.#socket = socket
    this.#chromium = chromium
    socket.on('message', data => {
      const { id, result } = JSON.parse(String(data)) as { id?: number; result?: Record<string, unknown> }
      if (id === undefined) return
      this.#waiting.get(id)?.(result ?? {})
      this.#waiting.delete(id)
    })
  }

  static async open(url: string): Promise<Page> {
    const chromium = startChromium(url, ['--remote-debugging-port=0', '--window-size=1280,1000'])
    try {
      const port = await debuggingPort(chromium.errors)
      const socket = new WebSocket(await addressOf(port))
      await once(socket, 'open')
      return new Page(socket, chromium)
    } catch (error) {
      await chromium.close()
      throw error
    }
  }

  /** The value of an expression in the page. */
  async value(expression: string): Promise<unknown> {
    const { result } = await this.#call('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })
    return (result as { value?: unknown } | undefined)?.value
  }

  /** Shows another page, or the same anew. */
  async load(url: string): Promise<void> {
    await this.#call('Page.navigate', { url: 'about:blank' })
    await this.#call('Page.navigate', { url })
    await this.until(`location.href === ${JSON.stringify(url)} && document.readyState === 'complete'`)
  }

  /** Waits, 10 s at most, until an expression is true; resolves with whether it was. */
  async until(expression: string): Promise<boolean> {
    for (let tries = 0; tries < 500; tries++) {
      if ((await this.value(expression)) === true) return true
      await sleep(20)
    }
    return false
  }

  async press(key: string): Promise<void> {
    const text = key.length === 1 ? { text: key } : {}
    await this.#call('Input.dispatchKeyEvent', { type: 'keyDown', key, ...text })
    await this.#call('Input.dispatchKeyEvent', { type: 'keyUp', key })
  }

  /** What is seen, as PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.#call('Page.captureScreenshot', { format: 'png' })
    return Buffer.from(String(data), 'base64')
  }

  close(): Promise<void> {
    this.#socket.terminate()
    return this.#chromium.close()
  }

  #call(method: string, params: object): Promise<Record<string, unknown>> {
    const id = ++this.#calls
    this.#socket.send(JSON.stringify({ id, method, params }))
    return new Promise(resolve => this.#waiting.set(id, resolve))
  }
}

/** Where the page is debugged, as soon as it is there. */
async function addressOf(port: string): Promise<string> {
  for (let tries = 0; tries < 500; tries++) {
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
      type: string
      webSocketDebuggerUrl: string
    }[]
    const page = targets.find(({ type }) => type === 'page')
    if (page !== undefined) return page.webSocketDebuggerUrl
    await sleep(20)
  }
  throw new Error('chromium has no page')
}

/** Chromium says it on standard error. */
async function debuggingPort(errors: NodeJS.ReadableStream): Promise<string> {
  let said = ''
  for await (const chunk of errors) {
    said += String(chunk)
    const [, port] = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(said) ?? []
    if (port === undefined) continue
    errors.resume()
    return port
  }
  throw new Error(`chromium did not start: ${said}`)
}
