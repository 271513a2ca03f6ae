/** Values of variables in words: `frame 0 ro`, `parent writes`, `-` for nothing. */
import {
  CHILD,
  ERROR,
  NONE,
  PARENT,
  PENDING,
  type Pmd,
  type Pte,
  type State,
  type TlbEntry,
  UNMAPPED,
} from '../../model/state.js'
import { content } from '../../properties/explain.js'

/** The owner of an address space. */
export function side(m: number): string {
  return m === PARENT ? 'parent' : m === CHILD ? 'child' : `child${m}`
}

/** A thread by its name. */
export function holder(s: State, t: number): string {
  return t === NONE ? '-' : s.actor[t].name
}

/** A thing by its number. */
export function numbered(what: string, i: number): string {
  return i === NONE ? '-' : `${what} ${i}`
}

/** A truth. */
export function yesNo(truth: boolean): string {
  return truth ? 'yes' : 'no'
}

/** What the fork that makes an address space has returned. */
export function result(s: State, m: number): string {
  const { fork } = s.mm[m]
  return fork === 'none' ? '-' : fork === 'done' ? 'success' : 'an error'
}

/** An entry of a page table of the last level. */
export function pte(entry: Pte): string {
  const { frame, writable, dirty, swapped, migrating, hinted } = entry
  const permission = writable ? 'rw' : 'ro'
  if (frame === NONE) return `-${writable ? ' rw' : ''}`
  if (swapped) return `swap slot ${frame}`
  if (migrating) return `migrating frame ${frame} ${permission}`
  return `frame ${frame} ${permission}${dirty ? ', dirty' : ''}${hinted ? ', closed' : ''}`
}

/** An entry of a TLB. */
export function tlb({ frame, writable }: TlbEntry): string {
  return frame === NONE ? `-${writable ? ' rw' : ''}` : `frame ${frame} ${writable ? 'rw' : 'ro'}`
}

/** A PMD entry; without its RW bit it is marked: not yet copied. */
export function pmd({ table, writable, huge }: Pmd): string {
  if (table === NONE) return `-${writable ? ' rw' : ''}`
  if (huge) return `huge page ${table} ${writable ? 'rw' : 'ro'}`
  return `table ${table}${writable ? '' : ', marked'}`
}

/** A two-way pointer of a VMA. */
export function peer(s: State, value: number): string {
  if (value === ERROR) return 'error'
  const { vmas } = s.geometry
  return value === NONE ? '-' : `${side(Math.floor(value / vmas))} vma ${value % vmas}`
}

/** The range and permission of a VMA. */
export function pages({
  start,
  end,
  writable,
}: {
  start: number
  end: number
  writable: boolean
}): string {
  const permission = writable ? 'rw' : 'ro'
  if (start >= end)
    return start === 0 && end === 0 && !writable ? '-' : `pages ${start} to ${end} ${permission}`
  return `pages ${start} to ${end} ${permission}`
}

/** Who holds the mmap_lock of an address space, and how. */
export function lock(s: State, m: number): string {
  const { writer, readers, waiting } = s.mm[m].lock
  return lockModes(s, writer, readers, waiting)
}

/** The lock of the reverse map. */
export function reverseMapLock(s: State): string {
  return lockModes(s, s.rmap.writer, s.rmap.readers, [])
}

/** Does reclaim owe an address space a flush, and who makes up for it? */
export function deferredFlush(s: State, m: number): string {
  const { batched } = s.mm[m]
  return batched === NONE ? '-' : batched === PENDING ? 'pending' : `by ${holder(s, batched)}`
}

function lockModes(
  s: State,
  writer: number,
  readers: readonly boolean[],
  waiting: readonly boolean[],
): string {
  const reading = readers.flatMap((reads, t) => (reads ? [s.actor[t].name] : []))
  const modes = [
    ...(writer === NONE ? [] : [`${s.actor[writer].name} writes`]),
    ...(reading.length > 0
      ? [`${reading.join(' and ')} read${reading.length > 1 ? '' : 's'}`]
      : []),
    ...waiting.flatMap((waits, t) => (waits ? [`${s.actor[t].name} waits`] : [])),
  ]
  return modes.join(', ') || 'free'
}

/** A PTE is called by the page it translates, if its table hangs in an address space. */
export function pteName(s: State, table: number, j: number): string | null {
  for (let m = s.geometry.mms - 1; m >= 0; m--) {
    const slot = s.mm[m].pmd.findIndex((entry) => entry.table === table)
    if (slot >= 0) return `${side(m)} pte ${slot * s.geometry.pagesPerTable + j}`
  }
  return null
}

/** What a page or frame holds. */
export function shortContent(s: State, value: number): string {
  return value === UNMAPPED ? '-' : content(s, value)
}
