/** What programs get: what a load finds, what a call does, what a parent is told of its child. */
import type { Vma } from '../model/state/mm.js'
import { contentInWords, permission } from '../model/state/values.js'
import { CHILD, NONE, PARENT, type State, UNMAPPED, ZEROS } from '../model/state.js'
import { spaceName, threadName } from './explain.js'
import { contentOf, isInUserMode, isOneOf, placeAhead, spaceAt } from './lookups.js'
import type { Invariant } from './property.js'

/** Has the instant of its fork passed, so that something can be expected of an address space? */
export const isExpected = (s: State, m: number) => m === PARENT || s.ghost.forked[m]

/**
 * Does some thread remove the page for good, and has the CPU of a thread not answered its flush
 * yet? A load that races with the removal may find the old content.
 */
export function mayLoadOld(s: State, t: number, page: number): boolean {
  const m = s.actor[t].mm
  for (let u = 0; u < s.geometry.threads; u++) {
    const other = s.thread[u]
    if (!other.asked[t] || spaceAt(s, u) !== m || other.page !== page) continue
    if (isOneOf(s.places.removesPage, placeAhead(s, u))) return true
  }
  return false
}

/** Does a load through a CPU's cached translation find something the program may not expect? */
export function loadsWrongly(s: State, t: number, page: number): boolean {
  const m = s.actor[t].mm
  const frame = s.cpu[t].tlb[page].frame
  if (frame === NONE || !isExpected(s, m)) return false
  const expected = s.ghost.memory[m][page]
  const found = s.frame[frame].value
  if (found === expected || expected === UNMAPPED) return false
  if (s.ghost.lazy[m][page] && found === ZEROS) return false
  return !mayLoadOld(s, t, page)
}

/** A CPU through which a load finds something wrong, as thread * pages + page; or NONE. */
export function wrongLoad(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm !== NONE)
      for (let page = 0; page < s.geometry.pages; page++)
        if (loadsWrongly(s, t, page)) return t * s.geometry.pages + page
  return NONE
}

/** Does a VMA permit what a thread wants to do to its page? */
export function isPermitted(s: State, t: number): boolean {
  const me = s.thread[t]
  for (const vma of s.mm[spaceAt(s, t)].vma)
    if (vma.start <= me.page && me.page < vma.end) return !vma.closed && (!me.wants || vma.writable)
  return false
}

/** A thread whose access fails although it is permitted and has not run out of memory; or NONE. */
export function accessFailingForNothing(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++)
    if (isOneOf(s.places.fails, s.thread[t].pc) && !s.thread[t].noMemory && isPermitted(s, t))
      return t
  return NONE
}

/** The VMA of an address space that holds a page, or NONE. */
export function vmaOf(s: State, m: number, page: number): number {
  for (let v = 0; v < s.geometry.vmas; v++)
    if (s.mm[m].vma[v].start <= page && page < s.mm[m].vma[v].end) return v
  return NONE
}

/** Is some page of a range mapped? */
export function isAnyMapped(s: State, m: number, from: number, to: number): boolean {
  for (let page = from; page < to; page++) if (vmaOf(s, m, page) !== NONE) return true
  return false
}

/** Is every page of a range mapped? */
export function areAllMapped(s: State, m: number, from: number, to: number): boolean {
  for (let page = from; page < to; page++) if (vmaOf(s, m, page) === NONE) return false
  return true
}

/** Has each page of a range up to the first hole the protection that is asked for? */
export function areProtected(s: State, m: number, from: number, to: number, writable: boolean) {
  for (let page = from; page < to; page++) {
    const v = vmaOf(s, m, page)
    if (v === NONE) return true
    if (s.mm[m].vma[v].writable !== writable) return false
  }
  return true
}

/** Is the old range of an mremap, in one VMA, still where it was although its new place is free? */
export function isLeftUnmoved(s: State, t: number): boolean {
  const op = s.actor[t].program[s.thread[t].next]
  const m = s.actor[t].mm
  const v = vmaOf(s, m, op.page)
  if (op.target < 0 || v === NONE || s.mm[m].vma[v].end < op.end) return false
  return !isAnyMapped(s, m, op.target, op.target + op.size)
}

/** Is the heap that brk is to move the end of not as large as asked, with nothing in its way? */
export function isHeapAsBefore(s: State, t: number): boolean {
  const op = s.actor[t].program[s.thread[t].next]
  const m = s.actor[t].mm
  const v = vmaOf(s, m, op.page)
  if (v === NONE) return false
  const end = s.mm[m].vma[v].end
  if (end > op.end) return true
  return end < op.end && !isAnyMapped(s, m, end, op.end)
}

/** Is a thread about to return from a call that has not done what it was asked? */
export function hasDoneNothing(s: State, t: number): boolean {
  const op = s.actor[t].program[s.thread[t].next]
  const m = s.actor[t].mm
  if (op.do === 'munmap') return isAnyMapped(s, m, op.page, op.end)
  if (op.do === 'mmap')
    return op.replace ? !areAllMapped(s, m, op.page, op.end) : !isAnyMapped(s, m, op.page, op.end)
  if (op.do === 'mprotect') return !areProtected(s, m, op.page, op.end, op.writable)
  if (op.do === 'mremap') return isLeftUnmoved(s, t)
  return op.do === 'brk' && isHeapAsBefore(s, t)
}

/**
 * A thread whose call returns without having done what it was asked, although its arguments fit
 * and it has not run out of memory; or NONE.
 */
export function callFailingForNothing(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm !== NONE && isOneOf(s.places.returns, s.thread[t].pc))
      if (!s.thread[t].noMemory && hasDoneNothing(s, t)) return t
  return NONE
}

/** Is a thread of the address space discarding the page, and has not returned yet? */
export function isDiscarding(s: State, m: number, page: number): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    const op = s.actor[t].program[s.thread[t].next]
    if (s.actor[t].mm === m && op.do === 'dontneed' && !isInUserMode(s, t))
      if (op.page <= page && page < op.end) return true
  }
  return false
}

/** A page, as space * pages + page, that outlived the call that was to discard it; or NONE. */
export function pageKept(s: State): number {
  for (let m = 0; m < s.geometry.mms; m++)
    for (let page = 0; page < s.geometry.pages; page++)
      if (s.ghost.mustGo[m][page] && contentOf(s, m, page) !== ZEROS)
        if (s.ghost.memory[m][page] !== UNMAPPED && !isDiscarding(s, m, page))
          return m * s.geometry.pages + page
  return NONE
}

/** Is a VMA other than it was when the last writer dropped mmap_lock? */
export const hasChanged = (s: State, m: number, v: number) =>
  s.mm[m].vma[v].start !== s.ghost.vma[m][v].start ||
  s.mm[m].vma[v].end !== s.ghost.vma[m][v].end ||
  s.mm[m].vma[v].writable !== s.ghost.vma[m][v].writable

/** May a VMA change under the read lock: a stack of a kernel before 6.5 that grows? */
export const isStackGrowing = (s: State, m: number, v: number) =>
  s.options.stackGrowth === 'read' &&
  s.mm[m].vma[v].stack &&
  s.mm[m].vma[v].start < s.ghost.vma[m][v].start &&
  s.mm[m].vma[v].end === s.ghost.vma[m][v].end &&
  s.mm[m].vma[v].writable === s.ghost.vma[m][v].writable

/**
 * A VMA, as space * VMAs + number, that has changed while no thread holds mmap_lock for writing; or
 * NONE. A child is built before anybody can see it, and taken down when nobody can any more.
 */
export function vmaChangedUnlocked(s: State): number {
  if (!s.uses.vmaChanges) return NONE
  for (let m = 0; m < s.geometry.mms; m++) {
    if (s.mm[m].lock.writer !== NONE || s.mm[m].users === 0) continue
    if (m !== PARENT && s.mm[m].fork !== 'done') continue
    for (let v = 0; v < s.geometry.vmas; v++)
      if (hasChanged(s, m, v) && !isStackGrowing(s, m, v)) return m * s.geometry.vmas + v
  }
  return NONE
}

/**
 * A child that has ended without a signal although it did not come to the end of its program, or
 * ran on a snapshot that is not whole; or NONE.
 */
export function falseSuccess(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++) {
    const m = s.actor[t].mm
    if (m < CHILD || s.actor[t].rank > 0 || !isOneOf(s.places.ended, s.thread[t].pc)) continue
    if (s.mm[m].killed || s.mm[m].fork !== 'done') continue
    const last = s.actor[t].program[s.thread[t].next].do
    if (last !== 'exit' && last !== 'exec') return t
    if (s.mm[m].copyFailed || !s.ghost.forked[m]) return t
  }
  return NONE
}

/** The child that a thread is making, with the instant of fork past and VMAs locked; or NONE. */
export function childJustMade(s: State): number {
  const t = s.mm[PARENT].lock.writer
  if (t === NONE) return NONE
  const op = s.actor[t].program[s.thread[t].next]
  return op.do === 'fork' && s.ghost.forked[op.child] ? op.child : NONE
}

/** Is a VMA of the parent not found with a child, or found there with other flags? */
export function isMadeWrongly(s: State, v: number, m: number): boolean {
  const vma = s.mm[PARENT].vma[v]
  for (const copy of s.mm[m].vma)
    if (copy.start === vma.start && copy.end === vma.end)
      return (
        vma.leftOut ||
        copy.writable !== vma.writable ||
        copy.closed !== vma.closed ||
        copy.stack !== vma.stack ||
        copy.device !== vma.device
      )
  return !vma.leftOut
}

/** How many VMAs an address space has. */
export function countVmas(s: State, m: number): number {
  let count = 0
  for (const vma of s.mm[m].vma) if (vma.start < vma.end) count++
  return count
}

/** How many VMAs of the parent fork leaves out. */
export function countLeftOut(s: State): number {
  let count = 0
  for (const vma of s.mm[PARENT].vma) if (vma.start < vma.end && vma.leftOut) count++
  return count
}

/** Has the child that is just being made other VMAs than fork promises? */
export function hasOtherVmas(s: State): boolean {
  const m = childJustMade(s)
  if (m === NONE) return false
  for (let v = 0; v < s.geometry.vmas; v++)
    if (s.mm[PARENT].vma[v].start < s.mm[PARENT].vma[v].end && isMadeWrongly(s, v, m)) return true
  return countVmas(s, m) !== countVmas(s, PARENT) - countLeftOut(s)
}

/** A VMA as it is shown elsewhere, with the flags that fork looks at. */
function vmaInWords(vma: Pick<Vma, 'start' | 'end' | 'writable'> & Partial<Vma>): string {
  const { start, end, writable, closed, leftOut, wiped } = vma
  if (start >= end) return 'nothing'
  const flags = [closed && 'PROT_NONE', leftOut && 'dontfork', wiped && 'wipeonfork']
  return [`pages ${start} to ${end} ${permission(writable)}`, ...flags].filter(Boolean).join(', ')
}

export const programs: readonly Invariant[] = [
  {
    // x86 keeps caches coherent, and the kernel flushes every CPU before a page gets another frame
    // (wp_page_copy: ptep_clear_flush before set_pte_at). Broken by golang/go 34988, fault 8.
    name: 'loadsFindWhatWasStored',
    kind: 'always',
    promise: true,
    says: 'A load finds what was stored last, on whichever CPU: all CPUs of an address space see one content of a page.',
    holds: (s) => wrongLoad(s) === NONE,
    explain: (s) => {
      const t = Math.floor(wrongLoad(s) / s.geometry.pages)
      const page = wrongLoad(s) % s.geometry.pages
      const { frame } = s.cpu[t].tlb[page]
      return `page ${page}: a load on the CPU of ${threadName(s, t)} finds ${contentInWords(s, s.frame[frame].value)} in frame ${frame}, but the ${spaceName(s.actor[t].mm)} should find ${contentInWords(s, s.ghost.memory[s.actor[t].mm][page])}`
    },
  },
  {
    // POSIX fork, and the paper on errors: a failed synchronisation is the snapshot's affair. The
    // parent goes on as if there were none.
    name: 'accessesFailForAReason',
    kind: 'always',
    promise: true,
    says: 'An access fails only where no VMA permits it, or where its own fault found no memory.',
    holds: (s) => accessFailingForNothing(s) === NONE,
    explain: (s) => {
      const t = accessFailingForNothing(s)
      return `the access of ${threadName(s, t)} to page ${s.thread[t].page} fails, although its VMA permits it and no allocation of its own failed`
    },
  },
  {
    name: 'callsDoWhatIsAsked',
    kind: 'always',
    promise: true,
    says: 'A system call does what it is asked, unless its arguments do not fit or an allocation of its own fails.',
    holds: (s) => callFailingForNothing(s) === NONE,
    explain: (s) => {
      const t = callFailingForNothing(s)
      return `${threadName(s, t)} returns from ${s.actor[t].program[s.thread[t].next].says}, which has not done its work, although no allocation of its own failed`
    },
  },
  {
    // madvise(2): subsequent accesses will succeed, and find zero-filled pages. Broken for entries
    // closed by NUMA sampling (commit ced108037c2a).
    name: 'discardedPagesAreGone',
    kind: 'always',
    promise: true,
    says: 'When DONTNEED has returned, no page of its range holds what it held before.',
    holds: (s) => pageKept(s) === NONE,
    explain: (s) => {
      const m = Math.floor(pageKept(s) / s.geometry.pages)
      const page = pageKept(s) % s.geometry.pages
      return `page ${page}: DONTNEED has returned, but the ${spaceName(m)} still finds ${contentInWords(s, contentOf(s, m, page))}`
    },
  },
  {
    // include/linux/mm.h: vma_start_write and vm_flags_set assert mmap_lock held for writing.
    name: 'vmasChangeUnderWriteLock',
    kind: 'always',
    says: 'A VMA changes only while mmap_lock is held for writing.',
    holds: (s) => vmaChangedUnlocked(s) === NONE,
    explain: (s) => {
      const m = Math.floor(vmaChangedUnlocked(s) / s.geometry.vmas)
      const v = vmaChangedUnlocked(s) % s.geometry.vmas
      const then = s.ghost.vma[m][v]
      const now = s.mm[m].vma[v]
      return `VMA ${v} of the ${spaceName(m)} was ${vmaInWords(then)}, is ${vmaInWords(now)}, but no thread holds mmap_lock for writing`
    },
  },
  {
    // wait(2), Redis' backgroundSaveDoneHandler: an exit status says that the dump is good.
    name: 'successIsTrue',
    kind: 'always',
    promise: true,
    says: 'A child that ends without a signal has run its program to the end, on a whole snapshot: every failure of a snapshot is told to the parent.',
    holds: (s) => falseSuccess(s) === NONE,
    explain: (s) => {
      const t = falseSuccess(s)
      const m = s.actor[t].mm
      const why = s.mm[m].copyFailed
        ? 'its memory was not copied'
        : `its program was at operation ${s.thread[t].next + 1} (${s.actor[t].program[s.thread[t].next].do})`
      return `the ${spaceName(m)} has ended without a signal, but ${why}`
    },
  },
  {
    // dup_mmap: vm_area_dup of each VMA but those with VM_DONTCOPY.
    name: 'childHasTheParentsVmas',
    kind: 'always',
    promise: true,
    says: "At the instant of fork the child's VMAs have the ranges and flags of the parent's, but for those that fork leaves out.",
    holds: (s) => !hasOtherVmas(s),
    explain: (s) => {
      const m = childJustMade(s)
      const list = (of: number) =>
        s.mm[of].vma
          .filter(({ start, end }) => start < end)
          .map(vmaInWords)
          .join('; ')
      return `the parent has ${list(PARENT)}, but the ${spaceName(m)} has ${list(m) || 'none'}`
    },
  },
]
