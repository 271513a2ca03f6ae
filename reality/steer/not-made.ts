/** Mutants of `linux` whose flaw the stub does not make on a stock kernel, and why. */

const NEWER = 'per-VMA locks are newer than 6.1'
const INLINED = 'what is left out is no call: the compiler has put it into its caller'
const NUMA = 'the scan of NUMA balancing cannot be asked for at a moment'
const SHARED = 'what asks for reclaim (MADV_PAGEOUT) passes over pages that are mapped twice'
const KSMD = 'the work is done by ksmd, and not by a thread of the helper'
const TABLES = 'TCG has no paging-structure caches'
const RECLAIMED_TABLES = 'tables are not freed by DONTNEED before 6.13'
const RMAP = 'what asks for reclaim holds mmap_lock, so that it cannot meet mremap'
const SPINLOCK = 'a spinlock that is let go too early is not looked at from outside'
const READER = 'no system call of 6.1 keeps a page pinned only to be read'

/** By mutant. */
export const notMade: Readonly<Record<string, string>> = {
  'linux-fork-loses-dirty-bit': SHARED,
  'linux-no-write-protect-seq': 'no system call of 6.1 pins for writing without locks',
  'linux-fork-races-vma-lock-faults': NEWER,
  'linux-failed-fork-says-done': 'a child without an address space would be run',
  'linux-failed-fork-keeps-spinlocks': INLINED,
  'linux-pinned-copy-is-stale': 'a copy is made later than the kernel makes it',
  'linux-install-no-recheck': INLINED,
  'linux-install-unlocked': SPINLOCK,
  'linux-unmaps-twice': 'a call is made that the kernel does not make',
  'linux-table-freed-before-flush': TABLES,
  'linux-move-locks-one-table': SPINLOCK,
  'linux-moves-table-past-walks': RMAP,
  'linux-protect-forgets-migration': INLINED,
  'linux-protect-opens-shared-page': INLINED,
  'linux-grown-mapping-is-not-locked': NEWER,
  'linux-vma-lock-outlives-mmap-lock': NEWER,
  'linux-split-huge-loses-permission': INLINED,
  'linux-migration-drops-the-lock': SPINLOCK,
  'linux-collapse-lets-walks-in': 'a migration and a collapse cannot be asked for at once',
  'linux-merge-drops-the-lock': KSMD,
  'linux-split-loses-dirty': INLINED,
  'linux-reclaims-pinned-pages': 'two checks in one function, of which one is no call',
  'linux-merges-what-was-written': KSMD,
  'linux-samples-pinned-pages': NUMA,
  'linux-reclaim-forgets-the-child': SHARED,
  'linux-pause-ends-sequence': INLINED,
  'linux-reclaims-table-in-use': RECLAIMED_TABLES,
  'linux-reclaimed-table-freed-before-flush': RECLAIMED_TABLES,
  'linux-discard-enters-changing-vma': NEWER,
  'linux-fork-without-handlers': 'the flaw is in a program, not in the kernel',
  'linux-releases-unlocked': 'no call is left out: another lock is taken',
  'linux-fork-opens-closed-pages': INLINED,
  'linux-installs-before-flush': 'two steps inside one function change places',
  'linux-discard-leaves-sampled-pages': NUMA,
  'linux-move-leaves-sampled-pages': NUMA,
  'linux-stack-grows-under-read-lock':
    'the kernel of Debian has the repair, which is no single call',
  'linux-pins-shared-page': READER,
  'linux-fast-pins-shared-page': READER,
  'linux-unshares-without-copy': READER,
  'linux-unsharing-opens-page': READER,
  'linux-shares-page-of-reader': READER,
  'linux-reader-ignores-fork': READER,
  'linux-write-leaves-reader': READER,
  'linux-merges-page-of-reader': READER,
  'linux-reads-slot-twice': INLINED,
}
