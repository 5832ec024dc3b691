/** The measured server: the stack with the uas demo, in a process of its own that the bench can question. */
import { SipStack } from '../../apps/sip/sip.js'
import { collectedMemory } from './memory.js'
import { answerParent, report } from './process.js'

const [threads = 0, T1 = 500] = process.argv.slice(2).map(Number)
const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], threads, timers: { T1 } })
await stack.load(new URL('../../apps/uas/uas.js', import.meta.url))
answerParent({ memory: collectedMemory, census: () => stack.census() })
report('ready', Number(stack.listening[0]?.split(':').at(-1)))
