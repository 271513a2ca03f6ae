/**
 * How the properties look at a state. They do not use the helpers of the rules, so that a mistake
 * there cannot hide itself here.
 */
import { CHILD, NONE, PARENT, type Place, type State, UNMAPPED, ZEROS } from '../model/state.js'

/** The slot of a page. */
export const slotAt = (s: State, page: number) => Math.floor(page / s.geometry.pagesPerTable)

/**
 * The table that holds a page's entry, even while a thread has taken it out of its PMD; or NONE.
 */
export function tableBehind(s: State, m: number, page: number): number {
  const table = s.mm[m].pmd[slotAt(s, page)].table
  if (table !== NONE || m !== PARENT) return table
  for (let t = 0; t < s.geometry.threads; t++) {
    const op = s.actor[t].program[s.thread[t].next]
    if (
      op.do === 'collapse' &&
      s.thread[t].table !== NONE &&
      slotAt(s, op.page) === slotAt(s, page)
    )
      return s.thread[t].table
  }
  return NONE
}

/**
 * The old table, while a thread replaces it and has not yet copied the page's entry; or NONE.
 */
export function tableReplaced(s: State, m: number, page: number): number {
  if (!s.uses.sharing) return NONE
  for (let t = 0; t < s.geometry.threads; t++) {
    const me = s.thread[t]
    const here = spaceAt(s, t) === m && me.slot === slotAt(s, page)
    if (here && isOneOf(s.places.replaces, me.pc) && me.entry <= page % s.geometry.pagesPerTable)
      return me.table
  }
  return NONE
}

/** The address space a thread works on: its own; for a thread of the kernel the one in `space`. */
export const spaceAt = (s: State, t: number) =>
  s.actor[t].mm === NONE ? s.thread[t].space : s.actor[t].mm

/** Is a place in a list of `s.places`, the places where some fact is true? */
export function isOneOf(places: readonly Place[], place: Place): boolean {
  for (const one of places) if (one === place) return true
  return false
}

/** The frame a page is mapped to, by its table or by the old one being replaced; or NONE. */
export function frameBehind(s: State, m: number, page: number): number {
  const frame = mappedFrame(s, m, page)
  const replaced = tableReplaced(s, m, page)
  if (frame !== NONE || replaced === NONE) return frame
  const pte = s.table[replaced].pte[page % s.geometry.pagesPerTable]
  return pte.swapped || pte.migrating ? NONE : pte.frame
}

/**
 * The frame a page is mapped to in an address space's page table, whatever its permissions; or
 * NONE.
 */
export function mappedFrame(s: State, m: number, page: number): number {
  const table = s.mm[m].pmd[slotAt(s, page)].table
  if (table === NONE) return NONE
  const pte = s.table[table].pte[page % s.geometry.pagesPerTable]
  return pte.swapped || pte.migrating ? NONE : pte.frame
}

/** Is there anything in the entry of a page: a frame, a swap or a migration entry? */
export function hasEntry(s: State, m: number, page: number): boolean {
  const table = s.mm[m].pmd[slotAt(s, page)].table
  return table !== NONE && s.table[table].pte[page % s.geometry.pagesPerTable].frame !== NONE
}

/** Would the page tables let this address space read the page without a fault? */
export function canRead(s: State, m: number, page: number): boolean {
  if (mappedFrame(s, m, page) === NONE) return false
  const pmd = s.mm[m].pmd[slotAt(s, page)]
  return !s.table[pmd.table].pte[page % s.geometry.pagesPerTable].hinted
}

/** Would the page tables let this address space write to the page? */
export function canWrite(s: State, m: number, page: number): boolean {
  if (!canRead(s, m, page)) return false
  const pmd = s.mm[m].pmd[slotAt(s, page)]
  const pte = s.table[pmd.table].pte[page % s.geometry.pagesPerTable]
  return pmd.writable && (pmd.huge || pte.writable)
}

/** The content of a swap slot: that of the frame in the swap cache, or its own. */
export function contentOfSlot(s: State, slot: number): number {
  const cached = s.frame[slot].cache
  return cached === NONE ? s.frame[slot].value : s.frame[cached].value
}

/** The place a thread is at, or will be at when all CPUs have answered its flush. */
export const placeAhead = (s: State, t: number) =>
  isOneOf(s.places.waitsForFlush, s.thread[t].pc) ? s.thread[t].after : s.thread[t].pc

/** The content that a read of a page finds: zeros on a first touch, UNMAPPED outside VMAs. */
export function contentOf(s: State, m: number, page: number): number {
  let inVma = false
  for (const vma of s.mm[m].vma) if (vma.start <= page && page < vma.end) inVma = true
  if (!inVma) return UNMAPPED
  // While an entry is being replaced, a reader waits for its spinlock and then finds the copy.
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === m && s.thread[t].page === page && replacesEntry(s, t))
      return s.thread[t].copy
  const inNew = contentIn(s, tableBehind(s, m, page), page)
  const replaced = tableReplaced(s, m, page)
  return inNew === UNMAPPED && replaced !== NONE
    ? Math.max(ZEROS, contentIn(s, replaced, page))
    : Math.max(ZEROS, inNew)
}

/** Has the thread cleared the entry of its page, to set it when all CPUs have dropped the page? */
export const replacesEntry = (s: State, t: number) =>
  isOneOf(s.places.replacesEntry, placeAhead(s, t))

/** The content behind an entry of a table; UNMAPPED where the entry is empty. */
export function contentIn(s: State, table: number, page: number): number {
  if (table === NONE) return UNMAPPED
  const pte = s.table[table].pte[page % s.geometry.pagesPerTable]
  if (pte.frame === NONE) return UNMAPPED
  return pte.swapped ? contentOfSlot(s, pte.frame) : s.frame[pte.frame].value
}

/** Does a page hold the content that its program may expect, or zeros after MADV_FREE? */
export function isAsExpected(s: State, m: number, page: number): boolean {
  const found = contentOf(s, m, page)
  return found === s.ghost.memory[m][page] || (s.ghost.lazy[m][page] && found === ZEROS)
}

/** Is the thread one of a child's, whichever, in user mode? A copier that gets there runs too. */
export const runsInChild = (s: State, t: number) => s.actor[t].mm >= CHILD && isInUserMode(s, t)

/** Is a snapshot child running its own program? Then it can look at everything it has. */
export function isRunning(s: State, m: number): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === m && runsInChild(s, t)) return true
  return false
}

/** Is some snapshot child running its own program? */
export function childRuns(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++) if (runsInChild(s, t)) return true
  return false
}

/** Has the fork of this child been tried, and is there no child now? */
export function isGone(s: State, m: number): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === m && !isAbsent(s, t)) return false
  return s.mm[m].fork !== 'none'
}

/** Are all threads of the parent and of the kernel in user mode, or gone? */
export function parentAtRest(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm <= PARENT && !isInUserMode(s, t) && !isAbsent(s, t)) return false
  return true
}

/** Does the thread run its program? */
export const isInUserMode = (s: State, t: number) => isOneOf(s.places.userMode, s.thread[t].pc)

/** Is the thread not there: not born yet, or gone? */
export const isAbsent = (s: State, t: number) => isOneOf(s.places.absent, s.thread[t].pc)

/** Is some thread at one of these places? */
export function someoneAt(s: State, places: readonly Place[]): boolean {
  for (const thread of s.thread) if (isOneOf(places, thread.pc)) return true
  return false
}

/** Is the thread between copy lock and copy unlock? */
export const isCopying = (s: State, t: number) => isOneOf(s.places.copies, s.thread[t].pc)

/** Is some thread in fork, before the flush that drops the parent's writable translations? */
export function forkWillFlush(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    if (isOneOf(s.places.flushesAll, s.thread[t].pc)) return true
    if (s.actor[t].program[s.thread[t].next].do === 'fork' && isOnDetour(s, t)) return true
  }
  return false
}

/** Will some thread flush this page on the CPU of a thread before it goes on? */
export function willBeFlushed(s: State, t: number, page: number): boolean {
  const m = s.actor[t].mm
  if (m === PARENT && forkWillFlush(s)) return true
  for (let u = 0; u < s.geometry.threads; u++) {
    const other = s.thread[u]
    if (other.batch[m]) return true
    if (other.asked[t] && other.flush.from <= page && page < other.flush.to) return true
    const ofSlot = spaceAt(s, u) === m && other.slot === slotAt(s, page)
    if (ofSlot && isOneOf(s.places.flushesLater, other.pc)) return true
    const inRange = other.from <= page && page < other.to
    const ownMm = s.actor[u].mm === m || s.actor[u].mm === NONE
    if (inRange && ownMm && flushesLater(s, u)) return true
  }
  return false
}

/** Will a thread flush its whole range at the end of its call? */
export function flushesLater(s: State, u: number): boolean {
  if (isOneOf(s.places.flushesRange, placeOf(s, u))) return true
  if (s.actor[u].program[s.thread[u].next].do !== 'mprotect') return false
  return isOneOf(s.places.changesVmas, placeOf(s, u)) || isOnDetour(s, u)
}

/** Is the thread on a detour that its system has put before a step of the kernel? */
export const isOnDetour = (s: State, t: number) => !isOneOf(s.places.userMode, s.thread[t].back)

/** The place of a thread; on a detour the place it came from, as it keeps the locks of that one. */
export const placeOf = (s: State, t: number) =>
  isOnDetour(s, t) ? s.thread[t].back : s.thread[t].pc
