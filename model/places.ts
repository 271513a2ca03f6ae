/**
 * Where a thread can be. A thread stands at a place until it takes the step that leaves it; the
 * part before the dot is the kernel routine, `user` is user mode. Each routine's file holds the
 * rules that are taken at its places. Here are those of the kernel; a system declares its own, and
 * what is true of a thread there, in its folder.
 */

export const kernelPlaces = [
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
  'zap.flushed',
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
  'mprotect.flushed',
  'mprotect.populate',
  'brk.find',
  'brk.grow',
  'mremap.find',
  'mremap.resize',
  'mremap.join',
  'mremap.merge',
  'mremap.table',
  'mremap.pte',
  'mremap.flushed',
  'mremap.moved',
  'mremap.movedTable',
  'mremap.undo',
  'mremap.flushedBack',
  'mremap.movedBack',
  'mremap.movedTableBack',
  // Walking over pages (kernel/populate.ts, madvise.ts, scans.ts, uffd.ts)
  'populate.begin',
  'populate',
  'populate.follow',
  'free.table',
  'free.pte',
  'free.flushed',
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
  'swap.walk',
  'swap.unmap',
  'swap.flush',
  'swap.write',
  'swapOff.lock',
  'swapOff.pte',
  'migrate.walk',
  'migrate.unmap',
  'migrate.unmapped',
  'migrate.copy',
  'migrate.walkBack',
  'migrate.restore',
  'collapse.check',
  'collapse.copy',
  'collapse.unlock',
  'merge.keep',
  'merge.kept',
  'merge.protect',
  'merge.protected',
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

/**
 * What may be true of a thread for as long as it stands at a place, whatever it does there: what
 * properties go by where the place is a system's own. No rule looks at it.
 */
export const PLACE_FACTS = [
  /** It holds no mmap_lock (a copying child: not the parent's). Default: in either mode. */
  'unlocked',
  /** It holds it for writing. */
  'writes',
  /** It holds the mmap_lock of the child it copies for, where pointers are under that. */
  'readsChild',
  'writesChild',
  /** It holds the copy lock of the child's table, always, or once it has copied an entry. */
  'copies',
  'copiesOn',
  /** It waits for that lock, or is about to. */
  'wantsToCopy',
  /** It holds the spinlock of the child's table, of the parent's, of its own address space's. */
  'spinsChild',
  'spinsParent',
  'spinsOwn',
  /** It may hold the last one of these. */
  'maySpinOwn',
  /** The table it replaces is in its register; from its entry on only that one is filled. */
  'replaces',
  /** It will flush its slot before it goes on. */
  'flushesLater',
] as const

export type PlaceFact = (typeof PLACE_FACTS)[number]

/**
 * Names of places that systems add: each system's own file declares them (see there).
 * @public
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled where systems are
export interface SystemPlaces {}

export type Place = (typeof kernelPlaces)[number] | keyof SystemPlaces

/** A system's own places, with what is true at each. */
export type OwnPlaces = Readonly<Partial<Record<keyof SystemPlaces, readonly PlaceFact[]>>>

/** For each fact the places where it is so. */
export type PlacesWith = Readonly<Record<PlaceFact, readonly Place[]>>

/** The same the other way round. */
export function placesWith(own: OwnPlaces): PlacesWith {
  const names = Object.keys(own) as (keyof SystemPlaces)[]
  const lists = {} as Record<PlaceFact, readonly Place[]>
  for (const fact of PLACE_FACTS) lists[fact] = names.filter((name) => own[name]?.includes(fact))
  return lists
}
