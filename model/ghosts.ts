/**
 * Observation for the properties: what the programs have every right to find in memory. Helpers
 * called from steps; no guard ever reads what they write.
 */
import { frameOf } from './hardware/tables.js'
import { NONE, PARENT, type State, UNMAPPED, ZEROS } from './state.js'
import { vmaAt } from './vmas.js'

/** Has a thread removed this frame from the page table without having flushed and freed it yet? */
export function beingZapped(s: State, m: number, f: number): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    const other = s.thread[t]
    const here = s.actor[t].mm === m || (s.actor[t].mm === NONE && other.space === m)
    if (here && other.frame === f && (other.pc === 'zap.free' || other.after === 'zap.free'))
      return true
  }
  return false
}

/**
 * A thread stored a value through a translation of a page to a frame. It counts for the page that
 * the frame is mapped at by now (mremap may just be moving it), else for the page itself: then it
 * must not get lost. A store to a page that is being unmapped at that moment does not count: it
 * raced with the unmapping. One that races with MADV_FREE may be dropped with the page.
 */
export function expectStore(s: State, m: number, page: number, f: number, value: number): void {
  expectInPipe(s, m, f, value)
  if (beingZapped(s, m, f)) return
  let target = page
  for (let other = 0; other < s.geometry.pages; other++)
    if (frameOf(s, m, page) !== f && frameOf(s, m, other) === f) target = other
  if (s.ghost.memory[m][target] === UNMAPPED) return
  s.ghost.memory[m][target] = value
  s.ghost.mustGo[m][target] = false
  if (!isBeingFreed(s, m, target)) s.ghost.lazy[m][target] = false
}

/** Is some thread of the address space in MADV_FREE of a range that holds the page? */
export function isBeingFreed(s: State, m: number, page: number): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    const me = s.thread[t]
    const op = s.actor[t].program[me.next]
    if (s.actor[t].mm === m && op.do === 'free' && me.pc !== 'user')
      if (op.page <= page && page < op.end) return true
  }
  return false
}

/**
 * A page is put into the pipe. One that munmap is about to take away holds what it held last
 * (get_user_pages_fast needs no VMA).
 */
export function expectPutIn(s: State, m: number, page: number, f: number): void {
  const expected = s.ghost.memory[m][page]
  s.ghost.pipe = expected === UNMAPPED ? s.frame[f].value : expected
  s.ghost.pipeOf = m
}

/**
 * Who has put a page into a pipe and writes to it finds that in the pipe (vmsplice without
 * SPLICE_F_GIFT promises no copy); what anybody else writes must not show there.
 */
export function expectInPipe(s: State, m: number, f: number, value: number): void {
  if (s.uses.pipe && s.pipe.frame === f && s.ghost.pipeOf === m) s.ghost.pipe = value
}

/** A device wrote to the frame it was given; that shows in the page it was given for. */
export function expectDeviceStore(s: State, value: number): void {
  expectInPipe(s, PARENT, s.device.frame, value)
  if (s.device.page !== NONE) s.ghost.memory[PARENT][s.device.page] = value
}

/**
 * The instant of fork: from here on the child must find what the parent finds now.
 * Pages that fork has copied on the spot, as a device may write to them, hold what they held then.
 */
export function expectSnapshot(s: State, child: number): void {
  s.ghost.forked[child] = true
  for (let page = 0; page < s.geometry.pages; page++) {
    const v = vmaAt(s, PARENT, page)
    if (v === NONE || s.mm[PARENT].vma[v].leftOut) s.ghost.memory[child][page] = UNMAPPED
    else if (s.mm[PARENT].vma[v].wiped) s.ghost.memory[child][page] = ZEROS
    else if (!s.ghost.copied[child][page]) {
      s.ghost.memory[child][page] = s.ghost.memory[PARENT][page]
      s.ghost.lazy[child][page] = s.ghost.lazy[PARENT][page]
    }
  }
}

/** A range is unmapped. */
export function expectUnmapped(s: State, m: number, from: number, to: number): void {
  for (let page = 0; page < s.geometry.pages; page++)
    if (from <= page && page < to) {
      s.ghost.memory[m][page] = UNMAPPED
      s.ghost.lazy[m][page] = false
      if (m === PARENT && s.device.page === page) s.device.page = NONE
    }
}

/** A range is mapped afresh. */
export function expectFresh(s: State, m: number, from: number, to: number): void {
  for (let page = 0; page < s.geometry.pages; page++)
    if (from <= page && page < to) s.ghost.memory[m][page] = ZEROS
}

/** From now on a call has to discard pages of a range that have content. */
export function expectDiscard(s: State, m: number, from: number, to: number): void {
  for (let page = 0; page < s.geometry.pages; page++)
    if (from <= page && page < to)
      s.ghost.mustGo[m][page] =
        s.ghost.memory[m][page] !== UNMAPPED && s.ghost.memory[m][page] !== ZEROS
}

/** A writer drops mmap_lock: from now on VMAs stay as they are until there is another one. */
export function expectVmas(s: State, m: number): void {
  if (!s.uses.vmaChanges) return
  for (let v = 0; v < s.geometry.vmas; v++) {
    s.ghost.vma[m][v].start = s.mm[m].vma[v].start
    s.ghost.vma[m][v].end = s.mm[m].vma[v].end
    s.ghost.vma[m][v].writable = s.mm[m].vma[v].writable
  }
}

/** One page has been discarded and will be found full of zeros. */
export function expectZeros(s: State, m: number, page: number): void {
  if (s.ghost.memory[m][page] !== UNMAPPED) s.ghost.memory[m][page] = ZEROS
  s.ghost.lazy[m][page] = false
  s.ghost.mustGo[m][page] = false
  if (m === PARENT && s.device.page === page) s.device.page = NONE
}

/** One page may from now on be found full of zeros, until it is written to. */
export function expectZerosPerhaps(s: State, m: number, page: number): void {
  if (s.ghost.memory[m][page] !== UNMAPPED) s.ghost.lazy[m][page] = true
}

/**
 * Pages were moved away and their old range cannot be unmapped: it stays mapped and is empty
 * (move_vma: do_vmi_munmap fails, "unable to split vma").
 */
export function expectLeftEmpty(s: State, m: number): void {
  for (let page = 0; page < s.geometry.pages; page++)
    if (s.ghost.memory[m][page] === UNMAPPED && vmaAt(s, m, page) !== NONE)
      s.ghost.memory[m][page] = ZEROS
}

/** One page has moved to another address. */
export function expectMoved(s: State, m: number, from: number, to: number): void {
  s.ghost.memory[m][to] = s.ghost.memory[m][from]
  s.ghost.lazy[m][to] = s.ghost.lazy[m][from]
  s.ghost.memory[m][from] = UNMAPPED
  s.ghost.lazy[m][from] = false
  if (m === PARENT && s.device.page === from) s.device.page = to
}
