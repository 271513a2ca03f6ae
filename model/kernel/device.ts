/** A device that writes to, or reads, the page it was given, through no page table at all. */
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
    guard: (s, t) => opOf(s, t).do === 'dmaWrite' && s.device.frame !== NONE && !s.device.readOnly,
    effect: (s, t) => {
      s.frame[s.device.frame].value = opOf(s, t).value
      expectDeviceStore(s, opOf(s, t).value)
      finish(s, t)
    },
  },
  {
    // One read on the bus. What it finds is judged by a property.
    name: 'dmaRead',
    at: 'user',
    source: 'hardware: DMA from a pinned page',
    guard: (s, t) => opOf(s, t).do === 'dmaRead' && s.device.frame !== NONE,
    effect: (s, t) => finish(s, t),
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

export const dmaReadOperation = kernelOperation(
  'dmaRead',
  'device',
  {},
  {
    says: 'Reads the pinned page, past all page tables.',
  },
)

declare module '../operation-names.js' {
  interface KernelOperations {
    dmaWrite: typeof dmaWriteOperation
    dmaRead: typeof dmaReadOperation
  }
}
