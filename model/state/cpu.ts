/** What CPUs cache of page tables. */
import { NONE } from './constants.js'
import { field, listOf, record, type ValueOf } from './declaration.js'
import { shownPmd } from './mm.js'
import { flag, frameOrNone, tableOrNone } from './ranges.js'
import { emptyEntry, inFull, isNothing, permission } from './values.js'

/** What a CPU may have cached for a page: the frame and the combined permission. */
export const tlbEntry = record(
  {
    /** The frame, or NONE where nothing is cached. */
    frame: field(frameOrNone()),
    /** Stores are allowed by all levels. */
    writable: field(flag()),
    /** The CPU has noted a store in the PTE already. */
    dirty: field(flag('lazy')),
  },
  {
    shows: ({ frame, writable }) =>
      frame === NONE ? emptyEntry(writable) : `frame ${frame} ${permission(writable)}`,
    says: ({ to, owner, number }) =>
      isNothing(to)
        ? `${owner}'s CPU drops its cached entry of page ${number}`
        : `${owner}'s CPU caches page ${number} as ${inFull(to)}`,
  },
)
export interface TlbEntry extends ValueOf<typeof tlbEntry> {}

/** A cached PMD entry (x86 paging-structure caches). */
export const upperEntry = record(
  {
    /** The table, or NONE where nothing is cached. */
    table: field(tableOrNone('upperCache')),
    /** The RW bit. */
    writable: field(flag('upperCache')),
    /** It maps a huge page. */
    huge: field(flag((m) => m.uses.upperCache && m.uses.huge)),
  },
  { internal: true, shows: shownPmd },
)

/** A thread's CPU. */
export const cpu = record({
  /** What it has cached for each page. */
  tlb: listOf<TlbEntry>('page', tlbEntry),
  /** Cached PMD entries. */
  upper: listOf('slot', upperEntry, { name: 'cached pmd' }),
})
export interface Cpu extends ValueOf<typeof cpu> {}
