/** Threads hold locks exactly where the kernel does, and in the same mode. */
import { NONE, PARENT, type State } from '../model/state.js'
import { threadName } from './explain.js'
import {
  isCopying,
  isInUserMode,
  isOnDetour,
  isOneOf,
  placeAhead,
  placeOf,
  slotAt,
  spaceAt,
} from './lookups.js'
import type { Invariant } from './property.js'

/** A thread that copies without its copy lock, or holds one at the wrong place; or NONE. */
export function threadWithWrongCopyLock(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++) {
    if (!isCopying(s, t) && !isPausing(s, t)) continue
    const table = s.mm[s.thread[t].child].pmd[s.thread[t].slot].table
    if (table === NONE || s.table[table].lock !== t) return t
  }
  for (const table of s.table)
    if (
      table.lock !== NONE &&
      (!table.used || !(isCopying(s, table.lock) || isPausing(s, table.lock)))
    )
      return table.lock
  return NONE
}

/** Has the thread dropped the spinlocks for a while in the middle of copying a table? */
export const isPausing = (s: State, t: number) =>
  isOneOf(s.places.copiesOn, s.thread[t].pc) && s.thread[t].entry > 0

/** Must a thread, where it is, hold the spinlock of a table? */
export function mustHoldSpinlock(s: State, t: number, i: number): boolean {
  const me = s.thread[t]
  if (me.locked === i) return true
  const ahead = placeAhead(s, t)
  if (me.table === i && isOneOf(s.places.spinsReplaced, ahead)) return true
  const page = me.page < s.geometry.pages ? me.page : 0
  if (isOneOf(s.places.spinsPage, ahead) && isTableOf(s, t, slotAt(s, page), i)) return true
  if (isOneOf(s.places.spinsTarget, ahead))
    if (isTableOf(s, t, slotAt(s, movedTo(s, t, page)), i)) return true
  if (isOneOf(s.places.spinsChild, me.pc))
    if (s.mm[childOfPlace(s, t)].pmd[me.slot].table === i) return true
  return isOneOf(s.places.spinsParent, me.pc) && s.mm[PARENT].pmd[me.slot].table === i
}

/** Is a table the one of a slot in the address space that the thread works on? */
export const isTableOf = (s: State, t: number, slot: number, i: number) =>
  s.mm[spaceAt(s, t)].pmd[slot].table === i

/** Where mremap moves a page to. */
export const movedTo = (s: State, t: number, page: number) =>
  s.actor[t].program[s.thread[t].next].target + page - s.actor[t].program[s.thread[t].next].page

/** The child that a thread works for: the one it forks, or the one it copies for. */
export const childOfPlace = (s: State, t: number) =>
  isOneOf(s.places.forks, s.thread[t].pc)
    ? s.actor[t].program[s.thread[t].next].child
    : s.thread[t].child

/** May a thread, where it is, hold the spinlock of a shared table that it copies? */
export const mayHoldSpinlock = (s: State, t: number, i: number) =>
  isOneOf(s.places.maySpinOwn, s.thread[t].pc) &&
  s.mm[spaceAt(s, t)].pmd[s.thread[t].slot].table === i

/** A table whose spinlock is held by the wrong thread, or by none where one must; or NONE. */
export function tableWithWrongSpinlock(s: State): number {
  for (let i = 0; i < s.geometry.tables; i++) {
    const holder = s.table[i].spinlock
    if (holder !== NONE && !mustHoldSpinlock(s, holder, i) && !mayHoldSpinlock(s, holder, i))
      return i
    if (s.table[i].used)
      for (let t = 0; t < s.geometry.threads; t++)
        if (t !== holder && mustHoldSpinlock(s, t, i)) return i
  }
  return NONE
}

/** Does the thread hold this mmap_lock, in either mode? */
export const holdsMmapLock = (s: State, t: number, m: number) =>
  s.mm[m].lock.writer === t || s.mm[m].lock.readers[t]

/** The address space whose mmap_lock the thread's routine takes. */
export function lockedSpace(s: State, t: number): number {
  if (isOneOf(s.places.ofSpace, placeOf(s, t))) return s.thread[t].space
  if (s.actor[t].mm === NONE) return s.thread[t].space
  return isCopierPlace(s, t) ? PARENT : s.actor[t].mm
}

/** Is the thread a copying child? */
export function isCopierPlace(s: State, t: number): boolean {
  const me = s.thread[t]
  return (
    s.actor[t].mm > PARENT && !isInUserMode(s, t) && (s.mm[s.actor[t].mm].peer !== NONE || me.whole)
  )
}

/** Is the thread at a place where the kernel holds no mmap_lock at all? */
export function mustHoldNothing(s: State, t: number): boolean {
  const me = s.thread[t]
  if (me.held !== NONE) return true
  // A thread that waits for the child's lock may hold the parent's.
  if (isOneOf(s.places.waitsToWrite, placeOf(s, t))) return me.space === lockedSpace(s, t)
  return isOneOf(s.places.unlocked, placeOf(s, t))
}

/** Is the thread at a place where the kernel holds its mmap_lock for writing? */
export const mustHoldWrite = (s: State, t: number) => isOneOf(s.places.writes, placeOf(s, t))

/** Does a thread lack the mmap_lock of its child, where that lock covers the pointers? */
export function lacksChildsLock(s: State, t: number): boolean {
  if (s.options.pointerLock !== 'child') return false
  const lock = s.mm[s.thread[t].child].lock
  if (isOneOf(s.places.writesChild, s.thread[t].pc)) return lock.writer !== t
  return isOneOf(s.places.readsChild, s.thread[t].pc) && !lock.readers[t]
}

/** Does another thread hold the lock for this one, or does its place say nothing about it? */
export const isExempt = (s: State, t: number) =>
  (s.actor[t].mm > PARENT && s.actor[t].rank > 0) ||
  (isOneOf(s.places.waitsForFlush, s.thread[t].pc) && !isOnDetour(s, t))

/** A thread that holds a wrong mmap_lock, or lacks the one it needs; or NONE. */
export function threadWithWrongMmapLock(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++) {
    if (lacksChildsLock(s, t)) return t
    if (isExempt(s, t)) continue
    const m = lockedSpace(s, t)
    if (mustHoldNothing(s, t) === holdsMmapLock(s, t, m)) return t
    if (mustHoldWrite(s, t) && s.mm[m].lock.writer !== t) return t
  }
  for (const mm of s.mm)
    for (let t = 0; t < s.geometry.threads; t++)
      if (mm.lock.readers[t] && mm.lock.writer !== NONE) return t
  return NONE
}

/**
 * A VMA, as space * VMAs + number, that is locked for changing although no thread holds mmap_lock
 * for writing; or NONE.
 */
export function vmaWronglyLocked(s: State): number {
  for (let m = 0; m < s.geometry.mms; m++)
    for (let v = 0; v < s.geometry.vmas; v++)
      if (s.mm[m].vma[v].changing && s.mm[m].lock.writer === NONE) return m * s.geometry.vmas + v
  return NONE
}

/** A thread that holds the lock of a VMA which is being changed or is gone; or NONE. */
export function threadInChangedVma(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++) {
    const held = s.thread[t].held
    if (held === NONE) continue
    const vma = s.mm[s.actor[t].mm].vma[held]
    // Who removes pages under that lock comes to the end of the VMA in the end.
    const { page, to } = s.thread[t]
    if (vma.changing || page < vma.start || (page >= vma.end && page !== to)) return t
  }
  return NONE
}

export const locks: readonly Invariant[] = [
  {
    name: 'copyLockIsHeld',
    kind: 'always',
    says: 'A thread that copies a table holds its copy lock; no other thread holds one.',
    holds: (s) => threadWithWrongCopyLock(s) === NONE,
    explain: (s) => {
      const t = threadWithWrongCopyLock(s)
      const me = s.thread[t]
      return isCopying(s, t) || isPausing(s, t)
        ? `${threadName(s, t)} copies the table of slot ${me.slot} without its copy lock`
        : `${threadName(s, t)} holds a copy lock while at ${me.pc}`
    },
  },
  {
    name: 'spinlocksAreHeld',
    kind: 'always',
    says: 'A thread that changes entries of a table over several steps holds its spinlock; no other thread does.',
    holds: (s) => tableWithWrongSpinlock(s) === NONE,
    explain: (s) => {
      const i = tableWithWrongSpinlock(s)
      const holder = s.table[i].spinlock
      const right = s.thread.findIndex((_, t) => t !== holder && mustHoldSpinlock(s, t, i))
      return right < 0
        ? `${threadName(s, holder)} holds the spinlock of table ${i} at ${s.thread[holder].pc} but should not`
        : `${threadName(s, right)} is at ${s.thread[right].pc} without the spinlock of table ${i} (held by ${threadName(s, holder)})`
    },
  },
  {
    name: 'mmapLockIsHeld',
    kind: 'always',
    says: 'Threads hold mmap_lock where the kernel does, in the mode it does, and nowhere else.',
    holds: (s) => threadWithWrongMmapLock(s) === NONE,
    explain: (s) => {
      const t = threadWithWrongMmapLock(s)
      if (lacksChildsLock(s, t))
        return `${threadName(s, t)} is at ${s.thread[t].pc} without the child's mmap_lock`
      const { writer } = s.mm[lockedSpace(s, t)].lock
      const holder = `(for writing: ${threadName(s, writer)})`
      if (mustHoldNothing(s, t))
        return `${threadName(s, t)} holds mmap_lock at ${s.thread[t].pc} but should not ${holder}`
      const mode = mustHoldWrite(s, t) ? ' for writing' : ''
      return holdsMmapLock(s, t, lockedSpace(s, t)) && mode === ''
        ? `${threadName(s, t)} holds mmap_lock for reading while another thread writes ${holder}`
        : `${threadName(s, t)} is at ${s.thread[t].pc} without mmap_lock held${mode} ${holder}`
    },
  },
  {
    name: 'vmaLocksAreHeld',
    kind: 'always',
    says: 'No fault is under way on the lock of a VMA that is being changed, and such a lock is dropped with mmap_lock.',
    holds: (s) => vmaWronglyLocked(s) === NONE && threadInChangedVma(s) === NONE,
    explain: (s) =>
      threadInChangedVma(s) === NONE
        ? `VMA ${vmaWronglyLocked(s) % s.geometry.vmas} is locked for changing, but no thread holds mmap_lock for writing`
        : `${threadName(s, threadInChangedVma(s))} holds the lock of a VMA that is being changed`,
  },
]
