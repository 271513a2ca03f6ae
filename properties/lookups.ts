/**
 * How the properties look at a state. On purpose not the helpers the rules use: a mistake there
 * must not hide itself here.
 */
import { CHILD, NONE, PARENT, type Place, type State, UNMAPPED, ZEROS } from '../model/state.js'

/** The frame behind a page in an address space's page table, whatever its permissions; or NONE. */
export function mappedFrame(s: State, m: number, page: number): number {
  const slot = Math.floor(page / s.geometry.pagesPerTable)
  const table = s.mm[m].pmd[slot].table
  if (table === NONE) return NONE
  return s.table[table].pte[page % s.geometry.pagesPerTable].frame
}

/** Would the page tables let this address space write to the page? */
export function canWrite(s: State, m: number, page: number): boolean {
  if (mappedFrame(s, m, page) === NONE) return false
  const pmd = s.mm[m].pmd[Math.floor(page / s.geometry.pagesPerTable)]
  return pmd.writable && s.table[pmd.table].pte[page % s.geometry.pagesPerTable].writable
}

/** What a read of a page finds: its frame's content, zeros on a first touch, UNMAPPED outside. */
export function contentOf(s: State, m: number, page: number): number {
  let inVma = false
  for (const vma of s.mm[m].vma) if (vma.start <= page && page < vma.end) inVma = true
  if (!inVma) return UNMAPPED
  const frame = mappedFrame(s, m, page)
  return frame === NONE ? ZEROS : s.frame[frame].value
}

/** Is the snapshot child running its own program? Then it can look at everything it has. */
export function childRuns(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === CHILD && s.thread[t].pc === 'user') return true
  return false
}

/** Is there no child, or none any more, after a fork was tried? */
export function childGone(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === CHILD && s.thread[t].pc !== 'gone' && s.thread[t].pc !== 'unborn')
      return false
  return s.fork.result !== 'none'
}

/** Are all the parent's threads in user mode, or gone? */
export function parentAtRest(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === PARENT && s.thread[t].pc !== 'user' && s.thread[t].pc !== 'gone')
      return false
  return true
}

/** Is the thread between copy lock and copy unlock? */
export const isCopying = (s: State, t: number) =>
  s.thread[t].pc === 'slow.copy' || s.thread[t].pc === 'slow.unlock'

/** Is some thread in fork, before the flush that every lowered permission waits for? */
export function forkWillFlush(s: State): boolean {
  for (const thread of s.thread)
    if (
      thread.pc === 'fork.vma' ||
      thread.pc === 'fork.slot' ||
      thread.pc === 'fork.table' ||
      thread.pc === 'fork.pte' ||
      thread.pc === 'fork.failed'
    )
      return true
  return false
}

/** Does the thread hold the mmap_lock of an address space, in either mode? */
export function holdsLock(s: State, t: number): boolean {
  for (const mm of s.mm) if (mm.lock.writer === t || mm.lock.readers[t]) return true
  return false
}

/** Is the thread at a place where the kernel holds mmap_lock? */
export function mustHoldLock(s: State, t: number): boolean {
  const me = s.thread[t]
  if (me.pc === 'unborn' || me.pc === 'user' || me.pc === 'gone') return false
  if (me.pc === 'fault' || me.pc === 'fork.wake' || me.pc === 'fork.destroy') return false
  if (me.pc === 'copier.start' || me.pc === 'copier.relock') return false
  return me.pc !== 'copier.drain' && me.pc !== 'copier.die'
}

/** Is the thread at a place where the kernel holds the parent's mmap_lock for writing? */
export function mustHoldWrite(s: State, t: number): boolean {
  const me = s.thread[t]
  if (me.pc === 'munmap.split' || me.pc === 'munmap.tables') return true
  if (me.pc === 'mmap.merge' || me.pc === 'mmap.unlock') return true
  if (me.pc === 'mprotect.vma' || me.pc === 'mprotect.pte' || me.pc === 'mprotect.unlock')
    return true
  if (me.pc === 'fork.vma' || me.pc === 'fork.slot' || me.pc === 'fork.table') return true
  if (me.pc === 'fork.pte' || me.pc === 'fork.unlock') return true
  return me.pc === 'fork.failed' || me.pc === 'fork.undo'
}

/** Is some thread at a place? */
export function someoneAt(s: State, place: Place): boolean {
  for (const thread of s.thread) if (thread.pc === place) return true
  return false
}

/** Will some thread of the address space flush this page before it returns to user mode? */
export function pageWillBeFlushed(s: State, m: number, page: number): boolean {
  if (m === PARENT && forkWillFlush(s)) return true
  for (let t = 0; t < s.geometry.threads; t++) {
    const me = s.thread[t]
    if (s.actor[t].mm !== m) continue
    if (me.pc === 'zap.flush' && me.page === page) return true
    if (me.pc === 'mprotect.pte') {
      const op = s.actor[t].program[me.next]
      if (op.page <= page && page < op.end) return true
    }
  }
  return false
}
