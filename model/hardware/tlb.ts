/**
 * What CPUs cache of page tables (Intel SDM vol. 3A, 4.10), and how the kernel takes it back:
 * a flush asks every CPU that runs the address space and ends when all have answered
 * (kernel/flush.ts). Helpers; see tables.ts.
 */
import { tlbEntry, upperEntry } from '../state/cpu.js'
import { emptying } from '../state/written.js'
import { NONE, PENDING, type Place, type State } from '../state.js'
import { dropTableLock, keepTableLock } from './tables.js'

/** Drops what a CPU caches of one page. */
export const dropPage = emptying(tlbEntry, (s, t: number, page: number) => s.cpu[t].tlb[page])

/** Drops one PMD entry that a CPU caches. */
export const dropCachedPmd = emptying(
  upperEntry,
  (s, t: number, slot: number) => s.cpu[t].upper[slot],
)

/** Drops all PMD entries a CPU caches: any invalidation does (Intel SDM vol. 3A, 4.10.4.1). */
export function dropUpper(s: State, t: number): void {
  for (let slot = 0; slot < s.geometry.slots; slot++) dropCachedPmd(s, t, slot)
}

/** Drops what a CPU caches of a range of pages. */
export function dropRange(s: State, t: number, from: number, to: number): void {
  for (let page = 0; page < s.geometry.pages; page++)
    if (from <= page && page < to) dropPage(s, t, page)
  dropUpper(s, t)
}

/** Drops what all CPUs of an address space cache, when nobody runs in it any more. */
export function dropAll(s: State, m: number): void {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === m) dropRange(s, t, 0, s.geometry.pages)
}

/** Does a CPU cache anything of a range of pages, or any PMD entry? */
export function caches(s: State, t: number, from: number, to: number): boolean {
  for (let page = 0; page < s.geometry.pages; page++)
    if (from <= page && page < to && s.cpu[t].tlb[page].frame !== NONE) return true
  for (const upper of s.cpu[t].upper) if (upper.table !== NONE) return true
  return false
}

/**
 * Asks all CPUs of an address space to drop a range, the thread's own at once, and goes on at a
 * place when all have answered. A CPU that caches nothing there is not asked: whether it answers
 * now or later can make no difference to anybody, as the tables have been changed already.
 */
export function flush(
  s: State,
  t: number,
  m: number,
  from: number,
  to: number,
  after: Place,
): void {
  const me = s.thread[t]
  let waits = false
  for (let u = 0; u < s.geometry.threads; u++)
    if (s.actor[u].mm === m && caches(s, u, from, to)) {
      if (u === t) dropRange(s, u, from, to)
      else {
        me.asked[u] = true
        waits = true
      }
    }
  if (waits) {
    me.flush.mm = m
    me.flush.from = from
    me.flush.to = to
    me.after = after
    me.pc = 'flush.wait'
  } else me.pc = after
}

/** Flushes one page; see flush. */
export function flushPage(s: State, t: number, m: number, page: number, after: Place): void {
  flush(s, t, m, page, page + 1, after)
}

/** Flushes all pages; see flush. */
export function flushAll(s: State, t: number, m: number, after: Place): void {
  flush(s, t, m, 0, s.geometry.pages, after)
}

/**
 * Notes that PTEs of an address space have been cleared whose flush comes later, for all pages of
 * the batch at once (set_tlb_ubc_flush_pending). Who changes PTEs meanwhile flushes first.
 */
export function deferFlush(s: State, t: number, m: number): void {
  s.thread[t].batch[m] = true
  s.mm[m].batched = PENDING
}

/**
 * Flushes all that a thread has deferred: every CPU of those address spaces drops everything
 * (try_to_unmap_flush, arch_tlbbatch_flush).
 */
export function flushDeferred(s: State, t: number, after: Place): void {
  const me = s.thread[t]
  let waits = false
  for (let m = 0; m < s.geometry.mms; m++)
    if (me.batch[m]) {
      me.batch[m] = false
      for (let u = 0; u < s.geometry.threads; u++)
        if (s.actor[u].mm === m && caches(s, u, 0, s.geometry.pages)) {
          me.asked[u] = true
          waits = true
        }
    }
  if (waits) {
    me.flush.from = 0
    me.flush.to = s.geometry.pages
    me.after = after
    me.pc = 'flush.wait'
  } else me.pc = after
}

/** Has reclaim cleared PTEs of an address space that some CPU may still use? */
export const hasDeferredFlush = (s: State, m: number) => s.mm[m].batched !== NONE

/**
 * Flushes an address space because reclaim has not yet, under the PTE lock of a page, which is
 * kept (flush_tlb_batched_pending).
 */
export function flushBatched(s: State, t: number, m: number, page: number, after: Place): void {
  keepTableLock(s, t, m, page)
  s.mm[m].batched = t
  flushAll(s, t, m, after)
}

/** That flush is over; a batch that has begun meanwhile stays pending. The PTE lock is dropped. */
export function endBatched(s: State, t: number, m: number): void {
  dropTableLock(s, t)
  if (s.mm[m].batched === t) s.mm[m].batched = NONE
}

/** Has a flush been answered by every CPU? */
export function allAnswered(s: State, t: number): boolean {
  for (const waits of s.thread[t].asked) if (waits) return false
  return true
}
