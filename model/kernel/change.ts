/**
 * System calls that change the flags of all VMAs in a range, one VMA after the other: mprotect,
 * mlock and munlock, madvise DONTFORK and WIPEONFORK (mprotect_fixup, mlock_fixup,
 * madvise_update_vma). For each VMA: may it be merged with its neighbours; if not it is cut at the
 * bounds of the range; then its flags change. Under mmap_lock held for writing. mprotect and mlock
 * end with -ENOMEM where nothing is mapped; what comes before is changed.
 *
 * The kernel tries to merge before it cuts, with the flags that are to come; here VMAs that have
 * become alike are joined when the flags change. The outcome is the same, and nobody can see the
 * difference under the lock. What is tried first either way are the hooks of merging.
 */
import { flush } from '../hardware/tlb.js'
import { queueToWrite, startChanging } from '../locks.js'
import { operation, range } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { begins, mmOf, opOf } from '../threads.js'
import { areAlike, removeVma, vmaBefore, vmaFrom, vmaIn } from '../vmas.js'
import { isQuiet } from './mmap.js'
import { splitAtBounds } from './split.js'

/** Does the call end with an error where nothing is mapped? madvise goes on behind the hole. */
export const stopsAtHole = (s: State, t: number) =>
  opOf(s, t).do === 'mprotect' || opOf(s, t).do === 'mlock' || opOf(s, t).do === 'munlock'

/** The VMA the thread comes to next in its range, or NONE. */
export function vmaToChange(s: State, t: number): number {
  const v = vmaIn(s, mmOf(s, t), s.thread[t].page, s.thread[t].to)
  if (v === NONE || !stopsAtHole(s, t)) return v
  return s.mm[mmOf(s, t)].vma[v].start <= s.thread[t].page ? v : NONE
}

/** Has a call that ends at a hole come to one? */
export const meetsHole = (s: State, t: number) =>
  stopsAtHole(s, t) && s.thread[t].page < s.thread[t].to

/** The end of the call; mprotect flushes what it has changed. */
export function endChange(s: State, t: number): void {
  const me = s.thread[t]
  if (opOf(s, t).do === 'mprotect') flush(s, t, mmOf(s, t), me.from, me.to, 'call.unlock')
  else me.pc = 'call.unlock'
}

/** Does the call ask for what the VMA already has? */
export function isAsAsked(s: State, t: number, v: number): boolean {
  const vma = s.mm[mmOf(s, t)].vma[v]
  const wanted = opOf(s, t).do
  if (wanted === 'mprotect')
    return vma.writable === opOf(s, t).writable && vma.closed === opOf(s, t).closed
  if (wanted === 'mlock') return vma.locked
  if (wanted === 'munlock') return !vma.locked
  return wanted === 'dontfork' ? vma.leftOut : vma.wiped
}

/** Gives the VMA what the call asks for. */
export function setFlags(s: State, t: number, v: number): void {
  const vma = s.mm[mmOf(s, t)].vma[v]
  const wanted = opOf(s, t).do
  if (wanted === 'mprotect') {
    vma.writable = opOf(s, t).writable
    vma.closed = opOf(s, t).closed
  }
  if (wanted === 'mlock') vma.locked = true
  if (wanted === 'munlock') vma.locked = false
  if (wanted === 'dontfork') vma.leftOut = true
  if (wanted === 'wipeonfork') vma.wiped = true
}

/** Joins a VMA with each neighbour that is alike by now. */
export function joinAlike(s: State, m: number, v: number): void {
  const lower = vmaBefore(s, m, s.mm[m].vma[v].start)
  if (lower !== NONE && areAlike(s, m, lower, v)) {
    s.mm[m].vma[v].start = s.mm[m].vma[lower].start
    removeVma(s, m, lower)
  }
  const upper = vmaFrom(s, m, s.mm[m].vma[v].end)
  if (upper !== NONE && areAlike(s, m, upper, v)) {
    s.mm[m].vma[v].end = s.mm[m].vma[upper].end
    removeVma(s, m, upper)
  }
}

/** Is the call one that changes flags of VMAs? */
export const beginsChange = (s: State, t: number) =>
  begins(s, t, 'mprotect') ||
  begins(s, t, 'mlock') ||
  begins(s, t, 'munlock') ||
  begins(s, t, 'dontfork') ||
  begins(s, t, 'wipeonfork')

/** Is nobody in a fault in the VMA that comes next or in a neighbour it may be joined with? */
export function mayChangeNext(s: State, t: number): boolean {
  const m = mmOf(s, t)
  const v = vmaToChange(s, t)
  if (!isQuiet(s, m, vmaBefore(s, m, s.mm[m].vma[v].start))) return false
  if (!isQuiet(s, m, vmaFrom(s, m, s.mm[m].vma[v].end))) return false
  return isQuiet(s, m, v)
}

export const changeRoutine = routine(
  'change',
  'Changes the flags of VMAs in a range: mprotect, mlock, madvise.',
  {
    'change.vma': ['writes', 'changesVmas'],
    'change.merge': ['writes', 'changesVmas'],
    'change.flags': ['writes', 'changesVmas'],
  },
)

export const change: readonly Step[] = [
  {
    name: 'changeFlags',
    at: 'user',
    source: 'do_mprotect_pkey, apply_vma_lock_flags, madvise_lock: mmap_write_lock_killable',
    guard: (s, t) => beginsChange(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      me.from = opOf(s, t).page
      me.to = opOf(s, t).end
      me.page = me.from
      queueToWrite(s, t, mmOf(s, t), 'change.vma')
    },
  },
  {
    name: 'changeSkipsVma',
    at: 'change.vma',
    source: 'mprotect_fixup, mlock_fixup, madvise_update_vma: nothing to do',
    guard: (s, t) => vmaToChange(s, t) !== NONE && isAsAsked(s, t, vmaToChange(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      me.page = Math.min(me.to, s.mm[mmOf(s, t)].vma[vmaToChange(s, t)].end)
    },
  },
  {
    name: 'changeVma',
    at: 'change.vma',
    to: 'change.merge',
    source: 'mprotect_fixup, mlock_fixup, madvise_update_vma',
    guard: (s, t) => vmaToChange(s, t) !== NONE && !isAsAsked(s, t, vmaToChange(s, t)),
  },
  {
    // The neighbours are looked at, and turned out not to be joined before a cut.
    name: 'changeSplits',
    at: 'change.merge',
    source: 'vma_merge, then split_vma',
    effect: (s, t) => splitAtBounds(s, t, 'change.flags'),
  },
  {
    // Under mmap_lock for writing, with no fault in them: the new flags of one VMA, joined with
    // neighbours that are alike by now. No CPU looks at VMAs, and every kernel path that does
    // waits for the lock.
    name: 'changeSetsFlags',
    at: 'change.flags',
    source: 'mprotect_fixup, mlock_fixup, madvise_update_vma: vma_start_write, vm_flags_reset',
    guard: (s, t) => mayChangeNext(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      const v = vmaToChange(s, t)
      const end = Math.min(me.to, s.mm[m].vma[v].end)
      // Nothing is mapped before the VMA: what there is of the range begins with it.
      const begin = Math.max(me.page, s.mm[m].vma[v].start)
      startChanging(s, m, v)
      setFlags(s, t, v)
      joinAlike(s, m, v)
      if (opOf(s, t).do === 'mprotect') me.vma = v
      me.page = opOf(s, t).do === 'mprotect' ? begin : end
      me.pc = opOf(s, t).do === 'mprotect' ? 'mprotect.pte' : 'change.vma'
    },
  },
  {
    name: 'changeDone',
    at: 'change.vma',
    source: 'do_mprotect_pkey, apply_vma_lock_flags, madvise_walk_vmas: end of range',
    guard: (s, t) => vmaToChange(s, t) === NONE && !meetsHole(s, t),
    effect: (s, t) => {
      if (opOf(s, t).do === 'mlock') s.thread[t].pc = 'populate.begin'
      else endChange(s, t)
    },
  },
  {
    // What comes before the hole is changed; mlock brings nothing in.
    name: 'changeMeetsHole',
    at: 'change.vma',
    source: 'do_mprotect_pkey, apply_vma_lock_flags: nothing is mapped, -ENOMEM',
    guard: (s, t) => vmaToChange(s, t) === NONE && meetsHole(s, t),
    effect: (s, t) => endChange(s, t),
  },
]

export const mlockOperation = operation('mlock', ['parent', 'sibling'], range, {
  says: 'Populates a range, and keeps its pages from being reclaimed.',
  needs: ['mlock', 'vmaChanges'],
  vmas: 2,
})

export const munlockOperation = operation('munlock', ['parent', 'sibling'], range, {
  says: 'Lets the pages of a range be reclaimed again.',
  needs: ['vmaChanges'],
  vmas: 2,
})

export const dontforkOperation = operation('dontfork', ['parent', 'sibling'], range, {
  says: 'Leaves a range out of later forks (MADV_DONTFORK).',
  needs: ['forkAdvice', 'vmaChanges'],
  vmas: 2,
})

export const wipeonforkOperation = operation('wipeonfork', ['parent', 'sibling'], range, {
  says: 'Gives children zeros for a range (MADV_WIPEONFORK).',
  needs: ['forkAdvice', 'vmaChanges'],
  vmas: 2,
})

declare module '../operation-names.js' {
  interface ProcessOperations {
    mlock: typeof mlockOperation
    munlock: typeof munlockOperation
    dontfork: typeof dontforkOperation
    wipeonfork: typeof wipeonforkOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof changeRoutine>, unknown> {}
}
