/**
 * Every variable of the machine, with its range and meaning. One place; nothing else is state.
 *
 * Numbers that name things (a frame, a table, a thread) start at 0; NONE stands for "no such thing".
 */
import {
  constant,
  type Domain,
  flag,
  Layout,
  list,
  oneOf,
  range,
  record,
} from '../checker/layout.js'
import type { Op } from './scenario.js'

/** No frame, no table, no VMA, nobody. A null pointer. */
export const NONE = -1
/** What a two-way VMA pointer holds after an error (ERR_PTR in the kernel; protocol facts 3.6, 3.8). */
export const ERROR = -2
/** The address spaces: the parent's and its snapshot child's. */
export const PARENT = 0
export const CHILD = 1
/** Content of a page that is not mapped, and of a fresh page. Other contents are 2 and up. */
export const UNMAPPED = 0
export const ZEROS = 1

/** In a program: an access to a page that is chosen when it happens. */
export const ANY = -1

/**
 * Where a thread is. A thread stands at a place until it takes the step that leaves it; the part
 * before the dot is the kernel routine, `user` is user mode.
 */
export const PLACES = [
  'unborn',
  'user',
  'gone',
  // A page fault (kernel/fault.ts)
  'fault',
  'fault.walk',
  'fault.table',
  'fault.pte',
  'fault.zero',
  'fault.copy',
  'fault.install',
  'fault.unlock',
  'fault.fail',
  // Removing pages from a page table (kernel/zap.ts), for munmap and madvise
  'zap',
  'zap.flush',
  'madvise.unlock',
  'munmap.split',
  'munmap.tables',
  'mmap.merge',
  'mmap.unlock',
  'mprotect.vma',
  'mprotect.pte',
  'mprotect.flush',
  'mprotect.unlock',
  // fork (kernel/fork.ts and the system's own part at fork.slot)
  'fork.vma',
  'fork.slot',
  'fork.table',
  'fork.pte',
  'fork.flush',
  'fork.unlock',
  'fork.wake',
  'fork.failed',
  'fork.undo',
  'fork.destroy',
  // Async-fork: the child copies (systems/async-fork/copier.ts)
  'copier.start',
  'copier.vma',
  'copier.relock',
  'copier.next',
  'copier.check',
  'copier.close',
  'copier.closeParent',
  'copier.fail',
  'copier.undo',
  'copier.finish',
  'copier.drain',
  'copier.die',
  // Async-fork: copying one table, by the child or by the parent (systems/async-fork/slow-copy.ts)
  'slow.check',
  'slow.allocate',
  'slow.lock',
  'slow.copy',
  'slow.unlock',
  // Async-fork: the parent synchronises (systems/async-fork/sync.ts)
  'sync.next',
  'sync.close',
  'sync.closeParent',
  'sync.fail',
  'sync.undo',
] as const

export type Place = (typeof PLACES)[number]

/** A thread as the scenario declares it. */
export interface Actor {
  readonly name: string
  /** Which address space it lives in: PARENT or CHILD. */
  readonly mm: number
  /** What it does in user mode, in order; the last operation is always `end`. */
  readonly program: readonly Op[]
}

/** Where memory may run out; the text in brackets says whose failure that is. */
export const ALLOCATION_POINTS = {
  fork: 'fork: VMAs and upper tables of the child (phase 1)',
  forkTable: 'fork: PTE tables of the child, where fork itself copies them (phase 1)',
  copierTable: 'PTE tables, allocated by the copying child (phase 2)',
  syncTable: 'PTE tables, allocated by the parent when it synchronises (phase 3)',
  cowFrame: 'the frame a copy-on-write fault copies into',
  faultTable: 'the PTE table a fault needs',
  faultFrame: 'the frame a first touch needs',
} as const

export type AllocationPoint = keyof typeof ALLOCATION_POINTS

/** Granularity switches where published facts differ; see the scenario format in DESIGN.md. */
export interface Options {
  /**
   * How long the copying child read-holds the parent's mmap_lock: its whole copy (as shipped by
   * Alibaba, facts 4.3 C1) or one VMA at a time (11.3 a). The paper does not say.
   */
  readonly copierLock: 'copy' | 'vma'
}

/** The sizes and constants a scenario fixes; everything a state has beyond its variables. */
export interface Shape {
  readonly pages: number
  readonly pagesPerTable: number
  readonly vmas: number
  readonly frames: number
  /** Number of distinct page contents. */
  readonly values: number
  readonly actors: readonly Actor[]
  readonly failures: number
  readonly mayFail: Readonly<Record<AllocationPoint, boolean>>
  readonly mayKill: boolean
  readonly options: Options
  /** Where the child's first thread begins: in user mode, or copying. */
  readonly childStart: Place
}

/** A rwsem: one writer or any number of readers (kernel: mmap_lock). */
export interface Lock {
  writer: number
  readers: boolean[]
}

/** A page-table entry of the last level. `writable` is its RW bit. */
export interface Pte {
  frame: number
  writable: boolean
}

/** A PMD entry. A present one with `writable` false is the RW marker: "not yet copied". */
export interface Pmd {
  table: number
  writable: boolean
}

/** One mapping, pages `start` up to but not including `end`; an empty one is a free slot. */
export interface Vma {
  start: number
  end: number
  writable: boolean
  /** The two-way pointer: the paired VMA of the other address space, NONE or ERROR. */
  peer: number
}

export interface Mm {
  lock: Lock
  /** Threads that keep this address space alive (mm_users). */
  users: number
  vma: Vma[]
  pmd: Pmd[]
}

/** A PTE table with the bit lock of its page (PG_locked), which serialises copying into it. */
export interface PteTable {
  used: boolean
  lock: number
  pte: Pte[]
}

/** `refs` counts the PTEs that map the frame and the references threads hold on it. */
export interface Frame {
  value: number
  refs: number
}

/** What a CPU may have cached for a page: the frame and the combined permission. */
export interface TlbEntry {
  frame: number
  writable: boolean
}

/** A thread's registers. All but the first two rest at fixed values while it is in user mode. */
export interface Thread {
  pc: Place
  /** The operation of its program it is at. */
  next: number
  /** The page it works on; `pages` stands for none. */
  page: number
  vma: number
  slot: number
  /** Index into a PTE table while copying one. */
  entry: number
  /** A frame it holds a reference on. */
  frame: number
  /** The content it has copied and not yet installed. */
  copy: number
  /** Where to go on after a detour (synchronisation). */
  back: Place
  /** Does the detour synchronise a whole VMA, or one table? */
  whole: boolean
}

export interface State {
  geometry: {
    pages: number
    pagesPerTable: number
    slots: number
    tables: number
    vmas: number
    frames: number
    threads: number
  }
  actor: readonly Actor[]
  mayFail: Readonly<Record<AllocationPoint, boolean>>
  mayKill: boolean
  options: Options
  childStart: Place
  mm: Mm[]
  table: PteTable[]
  frame: Frame[]
  /** Each thread has a CPU of its own. */
  cpu: { tlb: TlbEntry[] }[]
  thread: Thread[]
  fork: { result: 'none' | 'done' | 'failed' }
  /** The two address spaces point at each other, and the child keeps the parent's alive. */
  bound: boolean
  /** SIGKILL is pending for the child. */
  killed: boolean
  /** How many more allocations may fail. */
  failuresLeft: number
  /** What no kernel knows: observed for the properties, never read by a guard. */
  ghost: {
    /** The instant of fork has passed: every CPU has been flushed. */
    forked: boolean
    /** What the parent's program has every right to find in each page. */
    parent: number[]
    /** What the child's program has every right to find: the instant of fork, then its own writes. */
    child: number[]
    /** Some allocation failed in phase 1, 2, 3 of a snapshot, or for an ordinary fault. */
    failed: { fork: boolean; copier: boolean; sync: boolean; fault: boolean }
  }
}

/** Number of PMD slots of a shape. */
export function slotsOf(shape: Shape): number {
  return Math.ceil(shape.pages / shape.pagesPerTable)
}

/** The declaration of all variables for a scenario of this shape. */
export function declareState(shape: Shape): Domain<State> {
  const { pages, pagesPerTable, vmas, frames, values, actors, failures } = shape
  const slots = slotsOf(shape)
  const tables = 2 * slots
  const threads = actors.length
  const longest = Math.max(...actors.map((actor) => actor.program.length))
  const nobodyOrThread = range(NONE, threads - 1)
  const place = oneOf(...PLACES)
  return record<State>({
    geometry: constant({ pages, pagesPerTable, slots, tables, vmas, frames, threads }),
    actor: constant(actors),
    mayFail: constant(shape.mayFail),
    mayKill: constant(shape.mayKill),
    options: constant(shape.options),
    childStart: constant(shape.childStart),
    thread: list(
      threads,
      record<Thread>({
        pc: place,
        next: range(0, longest - 1),
        page: range(0, pages),
        vma: range(0, vmas - 1),
        slot: range(0, slots),
        entry: range(0, pagesPerTable),
        frame: range(NONE, frames - 1),
        copy: range(0, values - 1),
        back: place,
        whole: flag(),
      }),
    ),
    cpu: list(
      threads,
      record({
        tlb: list(pages, record<TlbEntry>({ frame: range(NONE, frames - 1), writable: flag() })),
      }),
    ),
    mm: list(
      2,
      record<Mm>({
        lock: record<Lock>({ writer: nobodyOrThread, readers: list(threads, flag()) }),
        users: range(0, threads + 1),
        vma: list(
          vmas,
          record<Vma>({
            start: range(0, pages),
            end: range(0, pages),
            writable: flag(),
            peer: range(ERROR, vmas - 1),
          }),
        ),
        pmd: list(slots, record<Pmd>({ table: range(NONE, tables - 1), writable: flag() })),
      }),
    ),
    table: list(
      tables,
      record<PteTable>({
        used: flag(),
        lock: nobodyOrThread,
        pte: list(pagesPerTable, record<Pte>({ frame: range(NONE, frames - 1), writable: flag() })),
      }),
    ),
    frame: list(
      frames,
      record<Frame>({ value: range(0, values - 1), refs: range(0, 2 + threads) }),
    ),
    fork: record<State['fork']>({ result: oneOf('none', 'done', 'failed') }),
    bound: flag(),
    killed: flag(),
    failuresLeft: range(0, failures),
    ghost: record<State['ghost']>({
      forked: flag(),
      parent: list(pages, range(0, values - 1)),
      child: list(pages, range(0, values - 1)),
      failed: record({ fork: flag(), copier: flag(), sync: flag(), fault: flag() }),
    }),
  })
}

/** The storage of the states of a shape. */
export function layoutOf(shape: Shape): Layout<State> {
  return new Layout(declareState(shape))
}
