/**
 * mmap_lock, VMA locks and page-table spinlocks. Helpers; see hardware/tables.ts.
 *
 * A spinlock that is taken and dropped within one step needs no variable: the step asks whether it
 * is free (isUnlocked). A thread that keeps one over several steps sets `spinlock`.
 */
import { expectVmas } from './ghosts.js'
import { NONE, type Place, type State } from './state.js'

/**
 * May mmap_lock be taken for reading? A writer that waits keeps later readers out. The order of
 * the queue is not kept: a reader that came before the writer got in before it, and a thread that
 * overtakes another in the queue is one whose rival came later.
 */
export function mayRead(s: State, m: number): boolean {
  const lock = s.mm[m].lock
  if (lock.writer !== NONE) return false
  for (const waits of lock.waiting) if (waits) return false
  return true
}

/** May mmap_lock be taken for writing? */
export function mayWrite(s: State, m: number): boolean {
  const lock = s.mm[m].lock
  if (lock.writer !== NONE) return false
  for (const reads of lock.readers) if (reads) return false
  return true
}

/** Queues for an address space's mmap_lock, for writing; on at a place when it is taken. */
export function queueToWrite(s: State, t: number, m: number, then: Place): void {
  s.mm[m].lock.waiting[t] = true
  s.thread[t].space = m
  s.thread[t].onward = then
  s.thread[t].pc = 'lock.write'
}

/** Takes mmap_lock for writing. */
export function takeToWrite(s: State, t: number, m: number): void {
  s.mm[m].lock.waiting[t] = false
  s.mm[m].lock.writer = t
}

/** Drops mmap_lock, held for writing, and with it the locks of all VMAs (vma_end_write_all). */
export function dropWrite(s: State, m: number): void {
  if (s.mm[m].lock.writer !== NONE) expectVmas(s, m)
  s.mm[m].lock.writer = NONE
  for (const vma of s.mm[m].vma) vma.changing = false
}

/** May the reverse map be walked? Its lock can be taken for reading (anon_vma_lock_read). */
export const mayWalk = (s: State) => s.rmap.writer === NONE

/** May the lock of the reverse map be taken for writing: does nobody walk it or change it? */
export function mayChangeRmap(s: State): boolean {
  for (const walks of s.rmap.readers) if (walks) return false
  return s.rmap.writer === NONE
}

/** Takes the lock of the reverse map for writing, where anybody ever walks it. */
export function lockRmap(s: State, t: number): void {
  if (s.uses.swap || s.uses.migration) s.rmap.writer = t
}

/** Drops it, held for writing. */
export function unlockRmap(s: State): void {
  s.rmap.writer = NONE
}

/** Is nobody in a fault on the VMA's own lock? What vma_start_write waits for. */
export function hasNoFaults(s: State, m: number, v: number): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === m && s.thread[t].held === v) return false
  return true
}

/** Locks a VMA for changing (vma_start_write), where nobody is in a fault on its own lock. */
export function startChanging(s: State, m: number, v: number): void {
  if (s.uses.vmaLocks) s.mm[m].vma[v].changing = true
}
