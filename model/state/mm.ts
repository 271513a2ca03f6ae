/** Address spaces: VMAs, PMD entries, and what threads of one share. */
import { range } from '../../checker/state/domain.js'
import { ERROR, NONE, PENDING } from './constants.js'
import { field, listOf, type Range, record, type ValueOf } from './declaration.js'
import { choice, flag, mmOrNone, page, tableOrNone, threadOrNone, upTo } from './ranges.js'
import { heldBy, tiedTo } from './sentences.js'
import {
  emptyEntry,
  inFull,
  isNothing,
  lockModes,
  nameOfThread,
  permission,
  side,
} from './values.js'

/**
 * A rwsem: one writer or any number of readers (kernel: mmap_lock). A writer that waits keeps
 * later readers out.
 */
export const lock = record(
  {
    /** The thread that holds it for writing, or NONE. */
    writer: field(threadOrNone()),
    /** Threads that hold it for reading. */
    readers: listOf('thread', field(flag())),
    /** Threads that wait to write. */
    waiting: listOf('thread', field(flag())),
  },
  {
    name: 'mmap_lock',
    shows: lockModes,
    says: ({ to, owner }) =>
      to === 'free' ? `${owner}'s mmap_lock is free` : `${owner}'s mmap_lock: ${to}`,
    role: 'lock',
    named: /mmap_lock/,
  },
)

/** The number of a VMA of any address space, NONE or ERROR. */
const vmaPointer: Range<number> = {
  domain: (m) => range(ERROR, m.mms * m.vmas - 1),
  rest: NONE,
  names: 'pair',
  shows: (value, { geometry: { vmas } }) => {
    if (value === ERROR) return 'error'
    return value === NONE ? '-' : `${side(Math.floor(value / vmas))} vma ${value % vmas}`
  },
}

/** One mapping, pages `start` up to but not including `end`; an empty one is a free slot. */
export const vma = record(
  {
    /** Its first page. */
    start: field(page),
    /** The page behind its last one. */
    end: field(page),
    /** Programs may store there (VM_WRITE). */
    writable: field(flag(), { vmFlag: true }),
    /** Programs may not even load from there (PROT_NONE). */
    closed: field(flag('closing'), {
      name: 'closed',
      label: ['PROT_NONE', 'none'],
      internal: true,
      vmFlag: true,
    }),
    /** The two-way pointer: the paired VMA (see vmaId in vmas.ts), NONE or ERROR. */
    peer: field(vmaPointer, {
      name: 'peer',
      says: (change) =>
        change.to === 'error'
          ? `the pointer of ${change.owner}'s VMA ${change.number} receives the error code`
          : tiedTo('VMA')(change),
      named: /pointer|tied/,
    }),
    /** Write-locked (vma_start_write) until mmap_lock is dropped: no fault gets in on its lock. */
    changing: field(flag('vmaLocks'), {
      name: 'locked',
      label: 'locked',
      internal: true,
      role: 'lock',
      named: /VMA .*lock|lock.* VMA|VMA that is being changed/,
    }),
    /** Not anonymous memory (a device, a file): fork always copies its tables at once. */
    device: field(flag('devices'), {
      name: 'device',
      label: 'device',
      internal: true,
      vmFlag: true,
    }),
    /** Grows downwards when the page below it is touched. */
    stack: field(flag('stacks'), { name: 'stack', label: 'stack', internal: true, vmFlag: true }),
    /** VM_LOCKED: its pages are not reclaimed. */
    locked: field(flag('mlock'), { name: 'mlock', label: 'mlock', internal: true, vmFlag: true }),
    /** fork leaves it out (VM_DONTCOPY). */
    leftOut: field(flag('forkAdvice'), {
      name: 'dontfork',
      label: 'dontfork',
      internal: true,
      vmFlag: true,
    }),
    /** fork gives the child fresh pages there (VM_WIPEONFORK). */
    wiped: field(flag('forkAdvice'), {
      name: 'wipeonfork',
      label: 'wipe',
      internal: true,
      vmFlag: true,
    }),
  },
  {
    role: 'context',
    shows: ({ start, end, writable }) =>
      start === 0 && end === 0 && !writable
        ? '-'
        : `pages ${start} to ${end} ${permission(writable)}`,
    says: ({ from, to, owner, number }) => {
      if (isNothing(to)) return `${owner}'s VMA ${number} is removed`
      return isNothing(from)
        ? `${owner} gets VMA ${number}: ${inFull(to)}`
        : `${owner}'s VMA ${number} goes from ${inFull(from)} to ${inFull(to)}`
    },
  },
)
export interface Vma extends ValueOf<typeof vma> {}

/** A PMD entry in words; without its RW bit it is marked: not yet copied. */
export function shownPmd(entry: { table: number; writable: boolean; huge: boolean }): string {
  const { table, writable, huge } = entry
  if (table === NONE) return emptyEntry(writable)
  if (huge) return `huge page ${table} ${permission(writable)}`
  return `table ${table}${writable ? '' : ', marked'}`
}

/**
 * A PMD entry. A present one with `writable` false is the RW marker: "not yet copied". A huge one
 * maps the frames of its (deposited) table itself: their own `writable` bits mean nothing then.
 */
export const pmd = record(
  {
    /** The PTE table, or NONE. */
    table: field(tableOrNone()),
    /** The RW bit. */
    writable: field(flag(), { named: /marker/ }),
    /** It maps a huge page. */
    huge: field(flag('huge')),
  },
  {
    role: 'telling',
    shows: shownPmd,
    says: ({ from, to, owner, number }) => {
      const it = `${owner}'s PMD ${number}`
      if (isNothing(to)) return `${it} is emptied`
      if (to.endsWith('marked') && !from.endsWith('marked'))
        return `${it} is marked as not yet copied`
      if (from === `${to}, marked`) return `the marker of ${it} is cleared`
      return `${it} becomes ${inFull(to)}`
    },
  },
)
export interface Pmd extends ValueOf<typeof pmd> {}

/** An address space. */
export const mm = record({
  /** Its mmap_lock. */
  lock,
  /** Threads that keep this address space alive (mm_users). */
  users: field(
    upTo((m) => m.threads + m.mms),
    {
      name: 'mm users',
      says: ({ owner, from, to }) =>
        `the user count of ${owner}'s memory goes from ${from} to ${to}`,
    },
  ),
  /** Its mappings. */
  vma: listOf<Vma>('vma', vma),
  /** Its PMD entries, one for each PTE table that it may have. */
  pmd: listOf<Pmd>('slot', pmd),
  /** The address space it is tied to by Async-fork (async_fork_mm), or NONE. */
  peer: field(mmOrNone(), {
    name: 'mm peer',
    says: tiedTo('mm', (to) => `that of ${to}`),
    named: /pointer|tied/,
  }),
  /** SIGKILL is pending for its threads. */
  killed: field(flag(), {
    name: 'SIGKILL',
    label: 'SIGKILL',
    shows: (killed) => (killed ? 'pending' : '-'),
    says: ({ owner }) => `SIGKILL is sent to ${owner}`,
    role: 'event',
  }),
  /** fork is write-protecting its PTEs (write_protect_seq is odd). */
  protecting: field(flag('pins'), {
    name: 'write_protect_seq',
    label: ['write_protect_seq odd', 'wp_seq odd'],
    shows: (protecting) => (protecting ? 'odd' : 'even'),
  }),
  /**
   * The deferred TLB flush of reclaim (tlb_flush_batched): NONE; PENDING, reclaim has cleared PTEs
   * that no CPU has been asked to drop; or the last thread that flushes because of that.
   */
  batched: field(
    {
      ...threadOrNone(),
      domain: ({ uses, threads }) =>
        range(uses.swap ? PENDING : NONE, uses.swap ? threads - 1 : NONE),
    },
    {
      name: 'deferred flush',
      shows: (batched, world) =>
        batched === NONE
          ? '-'
          : batched === PENDING
            ? 'pending'
            : `by ${nameOfThread(batched, world)}`,
    },
  ),
  /**
   * The lock of the program's allocator, a word in its memory: the thread that holds it, or NONE.
   */
  mutex: field(threadOrNone('mutex'), {
    name: 'malloc lock',
    says: heldBy,
    role: 'lock',
    named: /malloc lock/,
  }),
  /** Some copying thread of this child has failed. */
  copyFailed: field(flag(), {
    name: 'copy',
    label: 'copy failed',
    shows: (failed) => (failed ? 'failed' : 'good so far'),
    says: ({ owner }) => `the copying of ${owner} has failed`,
    role: 'event',
  }),
  /** The result of the fork that was to make it. */
  fork: field(choice('none', 'done', 'failed'), {
    name: 'fork returns',
    alone: true,
    shows: (fork) => (fork === 'none' ? '-' : fork === 'done' ? 'success' : 'an error'),
    says: ({ to }) => `fork returns ${to}`,
    named: /fork returned/,
  }),
})
export interface Mm extends ValueOf<typeof mm> {}
