/**
 * Every variable of the machine, with its meaning; layout.ts has their ranges. Nothing else is
 * state.
 *
 * Numbers that name things (a frame, a table, a thread) start at 0; NONE stands for "no such
 * thing".
 */
import type { Place, PlacesWith } from './places.js'
import type { Actor, AllocationPoint, Options, Uses } from './shape.js'

export type { Place, PlacesWith } from './places.js'
export {
  type Actor,
  ALLOCATION_POINTS,
  type AllocationPoint,
  type Op,
  type Operation,
  type Options,
  type Shape,
  type Uses,
} from './shape.js'

/** No frame, no table, no VMA, nobody. A null pointer. */
export const NONE = -1
/**
 * What a two-way VMA pointer holds after an error (ERR_PTR in the kernel; protocol facts 3.6,
 * 3.8).
 */
export const ERROR = -2
/** In Mm.batched: reclaim has cleared PTEs and has not flushed them yet. */
export const PENDING = -2
/** The address spaces: the parent's and its snapshot child's; a second child's is the next one. */
export const PARENT = 0
export const CHILD = 1
/** Content of a page that is not mapped, and of a fresh page. Other contents are 2 and up. */
export const UNMAPPED = 0
export const ZEROS = 1

/** In a program: an access to a page that is chosen when it happens. */
export const ANY = -1

/**
 * A rwsem: one writer or any number of readers (kernel: mmap_lock). A writer that waits keeps
 * later readers out.
 */
export interface Lock {
  writer: number
  readers: boolean[]
  waiting: boolean[]
}

/**
 * A page-table entry of the last level. `frame` is NONE in an empty one. A present entry has none
 * of the three kinds below; a hinted one is present but closed to the CPU (PROT_NONE).
 */
export interface Pte {
  frame: number
  writable: boolean
  dirty: boolean
  /** The entry names a swap slot. */
  swapped: boolean
  /** The entry names a frame that is being migrated. */
  migrating: boolean
  hinted: boolean
}

/**
 * A PMD entry. A present one with `writable` false is the RW marker: "not yet copied". A huge one
 * maps the frames of its (deposited) table itself: their own `writable` bits mean nothing then.
 */
export interface Pmd {
  table: number
  writable: boolean
  huge: boolean
}

/** One mapping, pages `start` up to but not including `end`; an empty one is a free slot. */
export interface Vma {
  start: number
  end: number
  writable: boolean
  /** The two-way pointer: the paired VMA (see vmaId in vmas.ts), NONE or ERROR. */
  peer: number
  /** Write-locked (vma_start_write) until mmap_lock is dropped: no fault gets in on its lock. */
  changing: boolean
  /** Not anonymous memory (a device, a file): fork always copies its tables at once. */
  device: boolean
  /** Grows downwards when the page below it is touched. */
  stack: boolean
  /** VM_LOCKED: its pages are not reclaimed. */
  locked: boolean
  /** fork leaves it out (VM_DONTCOPY), or gives the child fresh pages there (VM_WIPEONFORK). */
  leftOut: boolean
  wiped: boolean
}

export interface Mm {
  lock: Lock
  /** Threads that keep this address space alive (mm_users). */
  users: number
  vma: Vma[]
  pmd: Pmd[]
  /** The address space it is tied to by Async-fork (async_fork_mm), or NONE. */
  peer: number
  /** SIGKILL is pending for its threads. */
  killed: boolean
  /** fork is write-protecting its PTEs (write_protect_seq is odd). */
  protecting: boolean
  /**
   * The deferred TLB flush of reclaim (tlb_flush_batched): NONE; PENDING, reclaim has cleared PTEs
   * that no CPU has been asked to drop; or the last thread that flushes because of that.
   */
  batched: number
  /** Some copying thread of this child has failed. */
  copyFailed: boolean
  /** The result of the fork that was to make it. */
  fork: 'none' | 'done' | 'failed'
}

/** A PTE table: its spinlock, and the bit lock of its page (PG_locked) that serialises copying. */
export interface PteTable {
  used: boolean
  /** PMD entries that name it besides the first one, where tables are shared. */
  sharers: number
  spinlock: number
  lock: number
  /** A flag on its page: a child has yet to copy it (PageAsyncCopy, of Bytedance). */
  flagged: boolean
  pte: Pte[]
}

/** A page frame. Behind the frames, with the same fields, stand the slots of swap space. */
export interface Frame {
  value: number
  /** PTEs that map it, references threads hold, pins, pipes and the swap cache; of a slot: PTEs. */
  refs: number
  /** PTEs that map it. */
  maps: number
  /** Known to belong to one address space alone (PageAnonExclusive). */
  exclusive: boolean
  /** Pinned for a device. */
  pins: number
  /** Freed lazily: reclaim may drop it if it is clean (MADV_FREE). */
  lazy: boolean
  /** The thread that holds the frame's lock (PG_locked of a mapped page), or NONE. */
  lock: number
  /** Of a swap slot: the frame that holds its content for now (swap cache), or NONE. */
  cache: number
}

/** What a CPU may have cached for a page: the frame and the combined permission. */
export interface TlbEntry {
  frame: number
  writable: boolean
  dirty: boolean
}

/** A thread's CPU. */
export interface Cpu {
  tlb: TlbEntry[]
  /** Cached PMD entries (x86 paging-structure caches). */
  upper: { table: number; writable: boolean; huge: boolean }[]
}

/** A thread's registers. All but the first two rest at fixed values while it is in user mode. */
export interface Thread {
  pc: Place
  /** The operation of its program it is at. */
  next: number
  /** The page it works on; `pages` stands for none. */
  page: number
  /** The range it works on. */
  from: number
  to: number
  vma: number
  slot: number
  /** Index into a PTE table while copying one. */
  entry: number
  /** A frame it holds a reference on. */
  frame: number
  /** A second frame, or a swap slot, that it works on. */
  other: number
  /** The content it has copied and not yet installed. */
  copy: number
  /** The address space it works on, where that is not its own. */
  space: number
  /** The child whose tables it copies. */
  child: number
  /** A table it has taken out of its PMD for a while, or NONE. */
  table: number
  /** A table whose spinlock it keeps until its flush has been answered, or NONE. */
  locked: number
  /** Does the fault it is in want to write? */
  wants: boolean
  /** The VMA whose lock it read-holds, or NONE. */
  held: number
  /** Where a kernel routine goes on to when it is done. */
  onward: Place
  /** Where to go on when all CPUs have answered a flush. */
  after: Place
  /** Where to go on after a detour (synchronisation). */
  back: Place
  /** Does the detour synchronise a whole VMA, or one table? */
  whole: boolean
  /** A section that write-protects PTEs has begun since it last looked (write_protect_seq). */
  raced: boolean
  /** It has made write_protect_seq odd, outside fork, and is to make it even again. */
  protects: boolean
  /** Address spaces in which it has cleared PTEs whose flush it has deferred (tlb_ubc). */
  batch: boolean[]
  /** Threads whose CPU has not yet answered its flush, and what they are to flush. */
  asked: boolean[]
  flush: { mm: number; from: number; to: number }
}

/**
 * The lock of the reverse map (the rwsem of the root anon_vma, which a process and its children
 * share). A walk from a frame to its PTEs holds it for reading from beginning to end.
 */
export interface ReverseMap {
  writer: number
  readers: boolean[]
}

export interface State {
  geometry: {
    pages: number
    pagesPerTable: number
    slots: number
    tables: number
    mms: number
    vmas: number
    frames: number
    swapSlots: number
    threads: number
    /** For each entry of a table: may who copies the table drop its spinlocks after it? */
    pauses: readonly boolean[]
  }
  actor: readonly Actor[]
  mayFail: Readonly<Record<AllocationPoint, boolean>>
  mayKill: readonly boolean[]
  options: Options
  uses: Uses
  childStart: Place
  /** For each fact the places where it is true of a thread; for properties. */
  places: PlacesWith
  mm: Mm[]
  table: PteTable[]
  frame: Frame[]
  rmap: ReverseMap
  /** Each thread has a CPU of its own. */
  cpu: Cpu[]
  thread: Thread[]
  /**
   * The page pinned for a device: its frame, and the page it was pinned at (NONE when unmapped).
   */
  device: { frame: number; page: number }
  /** The page a process has put into a pipe (vmsplice). */
  pipe: { frame: number }
  /** How many more allocations may fail; does a failure use up nothing? */
  failuresLeft: number
  failuresLast: boolean
  /** What no kernel knows: observed for the properties, never read by a guard. */
  ghost: Ghost
}

export interface Ghost {
  /** For each address space, what its program has every right to find in each page. */
  memory: number[][]
  /** Pages that may also be found full of zeros (MADV_FREE). */
  lazy: boolean[][]
  /** For each address space: it was made, and the instant of its fork has passed. */
  forked: boolean[]
  /** Pages of a child that fork copied on the spot, because a device may write to the parent's. */
  copied: boolean[][]
  /** What a pipe must deliver, and whose page it was. */
  pipe: number
  pipeOf: number
  /** For each address space: the fork that was to make it has failed. */
  forkFailed: boolean[]
  /** Some allocation failed in phase 2 or 3 of a snapshot, or for an ordinary fault or call. */
  failed: { copier: boolean; sync: boolean; fault: boolean; call: boolean }
}
