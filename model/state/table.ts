/** PTE tables and their entries. */

import { NONE } from './constants.js'
import { field, type Here, listOf, record, type ValueOf } from './declaration.js'
import { flag, frameOrSlot, threadOrNone, upTo } from './ranges.js'
import { heldBy } from './sentences.js'
import type { World } from './sizes.js'
import { emptyEntry, inFull, isNothing, permission, side } from './values.js'

/**
 * A page-table entry of the last level. Where it names a frame or a swap slot it is swapped, or
 * migrating, or present.
 */
export const pte = record(
  {
    /** The frame or swap slot it names; NONE in an empty one. */
    frame: field(frameOrSlot()),
    /** Stores are allowed. */
    writable: field(flag()),
    /** There was a store through it. */
    dirty: field(flag('lazy'), { label: 'D' }),
    /** The entry names a swap slot. */
    swapped: field(flag('swap')),
    /** The entry names a frame that is being migrated. */
    migrating: field(flag('migration')),
    /** It is present but closed to the CPU (PROT_NONE), so that the next access is noticed. */
    hinted: field(flag(['hints', 'closing']), { label: 'closed' }),
  },
  {
    role: 'telling',
    shows: ({ frame, writable, dirty, swapped, migrating, hinted }) => {
      if (frame === NONE) return emptyEntry(writable)
      if (swapped) return `swap slot ${frame}`
      if (migrating) return `migrating frame ${frame} ${permission(writable)}`
      const more = `${dirty ? ', dirty' : ''}${hinted ? ', closed' : ''}`
      return `frame ${frame} ${permission(writable)}${more}`
    },
    says: ({ to, owner, number }) =>
      isNothing(to)
        ? `${owner}'s entry of page ${number} is cleared`
        : `${owner}'s entry of page ${number} becomes ${inFull(to)}`,
  },
)
export interface Pte extends ValueOf<typeof pte> {}

/** A PTE table: its spinlock, and the bit lock of its page (PG_locked) that serialises copying. */
export const pteTable = record({
  /** It stands in some PMD entry, or is about to. */
  used: field(flag(), { name: '', shows: (used) => (used ? 'in use' : 'free') }),
  /** PMD entries that name it besides the first one, where tables are shared. */
  // The range has one more than there can be, so that a wrong count is told as one.
  sharers: field(
    upTo((m) => m.mms, 'sharing'),
    {
      name: 'count',
      shows: (sharers, _, { owner }: Here<{ used: boolean }>) =>
        String(owner.used ? 1 + sharers : 0),
    },
  ),
  /** The thread that holds its spinlock, or NONE. */
  spinlock: field(threadOrNone(), {
    name: 'spinlock',
    says: heldBy,
    role: 'lock',
    named: /spinlock/,
  }),
  /** The thread that holds its copy lock, or NONE. */
  lock: field(threadOrNone(), { name: 'lock', says: heldBy, role: 'lock', named: /copy lock/ }),
  /** GUP has handed out a page of it: it is neither shared nor broken (COW_PTE_OWNER_EXCLUSIVE). */
  exclusive: field(
    flag((m) => m.uses.sharing && (m.uses.pins || m.uses.pipe)),
    { name: 'exclusive', label: 'exclusive', internal: true },
  ),
  /** A flag on its page: a child has yet to copy it (PageAsyncCopy, of Bytedance). */
  flagged: field(flag('flags'), { name: 'flagged', label: 'flagged', internal: true }),
  /** Its entries, one for each page. */
  pte: listOf<Pte>('entry', pte, { title: pageOf }),
})
export interface PteTable extends ValueOf<typeof pteTable> {}

/** A PTE is called by the page it translates, if its table hangs in an address space. */
function pageOf(s: Hanging, table: number, i: number): string | null {
  for (let m = s.mm.length - 1; m >= 0; m--) {
    const slot = s.mm[m].pmd.findIndex((entry) => entry.table === table)
    if (slot >= 0) return `${side(m)} pte ${slot * s.geometry.pagesPerTable + i}`
  }
  return null
}

interface Hanging extends World {
  readonly mm: readonly { readonly pmd: readonly { readonly table: number }[] }[]
}
