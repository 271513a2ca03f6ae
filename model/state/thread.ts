/** Threads and their registers. */
import { field, type Here, listOf, record, type ValueOf } from './declaration.js'
import { content, flag, frameOrSlot, page, place, tableOrNone, upTo, vmaOrNone } from './ranges.js'
import type { World } from './sizes.js'
import { isNothing } from './values.js'

/** What CPUs are to flush: pages `from` up to but not including `to` of an address space. */
const flushed = record({
  /** The address space. */
  mm: field(upTo((m) => m.mms - 1, 'siblings', 'mm')),
  /** The first page. */
  from: field(upTo((m) => m.pages, 'siblings', 'page')),
  /** The page behind the last one. */
  to: field(upTo((m) => m.pages, 'siblings', 'page')),
})

/**
 * A thread's registers. All rest at fixed values while it is in user mode, but for those that are
 * `kept` then.
 */
export const thread = record({
  /** Where it stands. */
  pc: field(place, {
    kept: true,
    name: 'pc',
    role: 'place',
    says: ({ to, owner }) => {
      if (to === 'gone') return `${owner} is gone`
      if (to === 'user') return `${owner} returns to user mode`
      return `${owner} goes on at ${to}`
    },
  }),
  /** The operation of its program it is at. */
  next: field(
    upTo((m) => m.longestProgram - 1, undefined, 'operation'),
    {
      kept: true,
      name: 'program',
      shows: (next, { actor }, { indices: [t] }: Here) => actor[t].program[next].says,
      internal: true,
    },
  ),
  /** The page it works on; the number of pages stands for none. */
  page: field(page, { kept: true, rest: (m) => m.pages }),
  /** The first page of the range it works on. */
  from: field(page),
  /** The page behind the range it works on. */
  to: field(page),
  /** The VMA it works on. */
  vma: field(upTo((m) => m.vmas - 1, undefined, 'vma')),
  /** The PMD slot it works on. */
  slot: field(upTo((m) => m.slots, undefined, 'slot')),
  /** Index into a PTE table while copying one. */
  entry: field(upTo((m) => m.pagesPerTable)),
  /** A frame it holds a reference on. */
  frame: field(frameOrSlot(), {
    name: 'reference',
    says: ({ owner, from, to }) =>
      isNothing(to)
        ? `${owner} gives its reference to ${from} back`
        : `${owner} takes a reference to ${to}`,
  }),
  /** A second frame, or a swap slot, that it works on. */
  other: field(frameOrSlot(['swap', 'migration', 'merging'])),
  /** The content it has copied and not yet installed. */
  copy: field(content(), { name: 'copy', internal: true }),
  /** The address space it works on, where that is not its own. */
  space: field(upTo((m) => m.mms - 1, undefined, 'mm')),
  /** The child whose tables it copies. */
  child: field(upTo((m) => m.mms - 1, undefined, 'mm')),
  /** A table it has taken out of its PMD for a while, or NONE. */
  table: field(tableOrNone()),
  /** A table that it has read from a PMD entry without a lock, or NONE. */
  seen: field(tableOrNone('sharing')),
  /** A table whose spinlock it keeps over several steps, or NONE. */
  locked: field(tableOrNone(['swap', 'migration', 'merging', 'sharing'])),
  /** Does the fault it is in want to write? */
  wants: field(flag()),
  /** Is it to give the process a frame of its own that stays read-only (FAULT_FLAG_UNSHARE)? */
  unshares: field(flag('readPins')),
  /** It unmaps the place that mremap is about to move to. */
  clears: field(flag('movesOver')),
  /** An allocation of its own has failed in the access or call it is in. */
  noMemory: field(flag((m) => m.failures > 0 || m.failuresLast)),
  /** The VMA whose lock it read-holds, or NONE. */
  held: field(vmaOrNone('vmaLocks'), {
    name: 'VMA lock',
    says: ({ owner, to }) =>
      isNothing(to) ? `${owner} drops its VMA lock` : `${owner} holds the lock of ${to}`,
    role: 'lock',
    named: /VMA .*lock|lock.* VMA|VMA that is being changed/,
  }),
  /** Where a kernel routine goes on to when it is done. */
  onward: field(place),
  /** Where to go on when all CPUs have answered a flush. */
  after: field(place),
  /** Where to go on after a detour (synchronisation). */
  back: field(place),
  /** Does the detour synchronise a whole VMA, or one table? */
  whole: field(flag()),
  /** A section that write-protects PTEs has begun since it last looked (write_protect_seq). */
  raced: field(flag('pins')),
  /** It has made write_protect_seq odd, outside fork, and is to make it even again. */
  protects: field(flag('pins')),
  /** Address spaces in which it has cleared PTEs whose flush it has deferred (tlb_ubc). */
  batch: listOf('mm', field(flag('swap')), { kept: true }),
  /** Threads whose CPU has not yet answered its flush. */
  asked: listOf(
    'thread',
    field(flag('siblings'), {
      name: '',
      says: ({ name, to }) => {
        const [asker, asked] = name.split(' flush asks ')
        return to === 'yes'
          ? `${asker} asks ${asked}'s CPU to flush and waits for it`
          : `${asked}'s CPU has flushed for ${asker}`
      },
    }),
    { kept: true, called: (t, { actor }: World) => `flush asks ${actor[t].name}` },
  ),
  /** What they are to flush. */
  flush: flushed,
})
export interface Thread extends ValueOf<typeof thread> {}
