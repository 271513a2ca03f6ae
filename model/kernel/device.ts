/** A device that writes to the page it was given, through no page table at all. */
import { expectDeviceStore } from '../ghosts.js'
import { kernelOperation } from '../operation.js'
import type { Step } from '../rule.js'
import { NONE } from '../state.js'
import { finish, opOf } from '../threads.js'

export const device: readonly Step[] = [
  {
    // One write on the bus.
    name: 'dmaWrite',
    at: 'user',
    source: 'hardware: DMA to a pinned page',
    guard: (s, t) => opOf(s, t).do === 'dmaWrite' && s.device.frame !== NONE,
    effect: (s, t) => {
      s.frame[s.device.frame].value = opOf(s, t).value
      expectDeviceStore(s, opOf(s, t).value)
      finish(s, t)
    },
  },
]

export const dmaWriteOperation = kernelOperation(
  'dmaWrite',
  'device',
  {},
  {
    says: 'Stores to the pinned page, past all page tables.',
    stores: true,
  },
)

declare module '../operation-names.js' {
  interface KernelOperations {
    dmaWrite: typeof dmaWriteOperation
  }
}
