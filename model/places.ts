/**
 * Where a thread can be. A thread stands at a place until it takes the step that leaves it; the
 * part before the dot is the kernel routine, `user` is user mode. Each routine's file holds the
 * rules that are taken at its places.
 */
import { asyncForkPlaces } from './systems/async-fork/places.js'
import { cowPtePlaces } from './systems/cow-pte/places.js'
import { onDemandForkPlaces } from './systems/on-demand-fork/places.js'

const kernelPlaces = [
  // User mode, and before and after (kernel/user.ts, exit.ts)
  'unborn',
  'user',
  'gone',
  'exec.unlock',
  'exec.leave',
  // Locks and flushes (kernel/locks.ts, flush.ts)
  'lock.write',
  'call.unlock',
  'call.unlockRead',
  'flush.wait',
  // A page fault (kernel/fault.ts, fault-copy.ts, swap-in.ts, stack.ts)
  'fault.vma',
  'fault.mmap',
  'fault.walk',
  'fault.table',
  'fault.pte',
  'fault.zero',
  'fault.swapIn',
  'fault.migration',
  'fault.copy',
  'fault.install',
  'fault.set',
  'fault.unlock',
  'fault.fail',
  'stack.retry',
  'stack.grow',
  // Removing pages from a page table (kernel/zap.ts)
  'zap.table',
  'zap.pte',
  'zap.free',
  // Changing VMAs (kernel/split.ts, munmap.ts, mmap.ts, change.ts, brk.ts, mremap.ts)
  'split',
  'split.cut',
  'munmap.split',
  'munmap.detach',
  'munmap.tables',
  'munmap.free',
  'mmap.find',
  'mmap.merge',
  'change.vma',
  'change.merge',
  'change.flags',
  'mprotect.pte',
  'brk.find',
  'brk.grow',
  'mremap.find',
  'mremap.resize',
  'mremap.join',
  'mremap.merge',
  'mremap.table',
  'mremap.pte',
  'mremap.moved',
  'mremap.undo',
  // Walking over pages (kernel/populate.ts, madvise.ts, scans.ts, uffd.ts)
  'populate.begin',
  'populate',
  'populate.follow',
  'free.table',
  'free.pte',
  'clear.pte',
  'numa.pte',
  'numa.unlock',
  'uffd.find',
  'uffd.install',
  // Pages for devices (kernel/pin.ts)
  'pin.look',
  'pin.check',
  'pin.lock',
  'pin.follow',
  'pin.pte',
  // Threads of the kernel (kernel/swap-out.ts, swap-in.ts, migrate.ts, khugepaged.ts, ksm.ts,
  // oom.ts)
  'swap.unmap',
  'swap.write',
  'swapOff.lock',
  'swapOff.pte',
  'migrate.unmap',
  'migrate.copy',
  'migrate.restore',
  'collapse.check',
  'collapse.copy',
  'collapse.unlock',
  'merge.keep',
  'merge.protect',
  'merge.replace',
  'merge.put',
  'merge.unlock',
  'reap.vma',
  // A debugger (kernel/remote.ts)
  'peek.fault',
  'peek.unlock',
  // fork (kernel/fork.ts, fork-tables.ts, fork-ends.ts; a system's own part at fork.slot)
  'fork.vma',
  'fork.dup',
  'fork.slot',
  'fork.table',
  'fork.lock',
  'fork.pte',
  'fork.share',
  'fork.flushed',
  'fork.unlock',
  'fork.wake',
  'fork.failed',
  'fork.undo',
  'fork.late',
  'fork.destroy',
] as const

/** All places; systems add those of their own routines. */
export const PLACES = [
  ...kernelPlaces,
  ...asyncForkPlaces,
  ...onDemandForkPlaces,
  ...cowPtePlaces,
] as const

export type Place = (typeof PLACES)[number]
