/** A baresip of one account on 127.0.0.1 with its own folder of configuration: silence for a microphone, no loudspeaker. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Running } from './program.js'

export interface BaresipOptions {
  /** Where it listens, UDP and TCP. */
  readonly port: number
  /** Where it registers; nowhere unless given. */
  readonly registrar?: string
  /** Whom `/message` writes to. */
  readonly contact?: string
  /** What is behind the `;` of its account: `answermode=auto`. */
  readonly account?: string
  /** Its commands, as typed: `/dial sip:bob@127.0.0.1`. */
  readonly commands?: readonly string[]
}

/** Runs it until `meanwhile` is over: then it ends its calls with BYE and signs off. */
export async function baresip<Result>(
  { port, registrar, contact, account = '', commands = [] }: BaresipOptions,
  meanwhile: (phone: Running) => Promise<Result>,
): Promise<{ readonly result: Result; readonly output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'baresip-'))
  const modules = ['g711', 'aufile', 'account', 'contact', 'uuid', 'menu'].map(name => `module ${name}.so`)
  const config = [
    `sip_listen 127.0.0.1:${port}`,
    'net_interface 127.0.0.1',
    'module_path /usr/lib/baresip/modules',
    ...modules,
    `audio_source aufile,${join(folder, 'silence.wav')}`,
    '',
  ]
  await writeFile(join(folder, 'config'), config.join('\n'))
  const own = registrar === undefined ? `<sip:bob@127.0.0.1:${port}>;regint=0` : `<sip:bob@${registrar}>;regint=60`
  await writeFile(join(folder, 'accounts'), `${own};${account}\n`)
  await writeFile(join(folder, 'contacts'), contact === undefined ? '' : `"Contact" <${contact}>\n`)
  await writeFile(join(folder, 'silence.wav'), silence)
  const typed = commands.flatMap(command => ['-e', command])
  const phone = new Running('baresip', ['-f', folder, '-s', ...typed], 100_000)
  try {
    const result = await meanwhile(phone)
    const { output } = await phone.stop()
    return { result, output }
  } finally {
    await phone.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A second of PCM, 8000 samples of 16 bits, one channel. */
const silence = Buffer.concat([
  Buffer.from(
    'RIFF\xa4\x3e\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x80\x3e\0\0',
    'latin1',
  ),
  Buffer.alloc(16_000),
])
