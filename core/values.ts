/** Values of variables in words: `frame 0 ro`, `parent writes`, `-` for nothing. */
import { CHILD, ERROR, NONE, PARENT, type State, UNMAPPED } from '../model/state.js'
import { content } from '../properties/explain.js'

/** An operation of a thread's program in words: `munmap(0 to 2)`; a range ends before its `to`. */
export function operation(s: State, t: number, i: number): string {
  const op = s.actor[t].program[i]
  if (op.do === 'end') return 'end'
  if (op.do === 'read' || op.do === 'write') return `${op.do}(${op.page < 0 ? 'any' : op.page})`
  if (op.end === 0) return op.do
  const protection = op.do === 'mprotect' ? (op.writable ? ', rw' : ', ro') : ''
  return `${op.do}(${op.page} to ${op.end}${protection})`
}

/** The owner of an address space. */
export function side(m: number): string {
  return m === PARENT ? 'parent' : 'child'
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

/** What fork has returned. */
export function result({ fork }: State): string {
  return fork.result === 'none' ? '-' : fork.result === 'done' ? 'success' : 'an error'
}

/** An entry of a page table of the last level, or of a TLB. */
export function entry({ frame, writable }: { frame: number; writable: boolean }): string {
  return frame === NONE ? `-${writable ? ' rw' : ''}` : `frame ${frame} ${writable ? 'rw' : 'ro'}`
}

/** A PMD entry; without its RW bit it is marked: not yet copied. */
export function pmd({ table, writable }: { table: number; writable: boolean }): string {
  return table === NONE
    ? `-${writable ? ' rw' : ''}`
    : `table ${table}${writable ? '' : ', marked'}`
}

/** A two-way pointer of a VMA in the address space `m`. */
export function peer(value: number, m: number): string {
  if (value === ERROR) return 'error'
  return value === NONE ? '-' : `${side(m === PARENT ? CHILD : PARENT)} vma ${value}`
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
  const { writer, readers } = s.mm[m].lock
  const reading = readers.flatMap((reads, t) => (reads ? [s.actor[t].name] : []))
  const modes = [
    ...(writer === NONE ? [] : [`${s.actor[writer].name} writes`]),
    ...(reading.length > 0
      ? [`${reading.join(' and ')} read${reading.length > 1 ? '' : 's'}`]
      : []),
  ]
  return modes.join(', ') || 'free'
}

/** A PTE is called by the page it translates, if its table hangs in an address space. */
export function pteName(s: State, table: number, j: number): string | null {
  for (const m of [CHILD, PARENT]) {
    const slot = s.mm[m].pmd.findIndex((entry) => entry.table === table)
    if (slot >= 0) return `${side(m)} pte ${slot * s.geometry.pagesPerTable + j}`
  }
  return null
}

/** What a page or frame holds. */
export function shortContent(s: State, value: number): string {
  return value === UNMAPPED ? '-' : content(s, value)
}
