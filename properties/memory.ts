/** What must be true of any kernel: nothing leaks, nothing is freed twice, no TLB lies. */
import { NONE, PARENT, type State } from '../model/state.js'
import { counted, spaceName, threadName } from './explain.js'
import {
  canRead,
  canWrite,
  frameBehind,
  hasEntry,
  isInUserMode,
  isOnDetour,
  isOneOf,
  mappedFrame,
  placeAhead,
  replacesEntry,
  slotAt,
  willBeFlushed,
} from './lookups.js'
import type { Invariant } from './property.js'

/** How many PTEs map a frame or name a swap slot, including PTEs that are being replaced. */
export function mappingsOf(s: State, f: number): number {
  let count = 0
  for (const table of s.table)
    for (const pte of table.pte) if (pte.frame === f && !pte.migrating) count++
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.thread[t].frame === f && replacesEntry(s, t)) count++
  return count
}

/** How many threads, devices, pipes and swap slots hold a frame besides PTEs. */
export function holdersOf(s: State, f: number): number {
  let count = 0
  for (let t = 0; t < s.geometry.threads; t++) {
    const thread = s.thread[t]
    if (thread.frame === f) count++
    if (thread.other === f && holdsOther(s, t)) count++
  }
  if (s.device.frame === f) count++
  if (s.pipe.frame === f) count++
  for (const frame of s.frame) if (frame.cache === f) count++
  return count
}

/** How many devices have a frame pinned, and threads that are about to give it to a device. */
export function pinnersOf(s: State, f: number): number {
  let count = s.device.frame === f ? 1 : 0
  for (const thread of s.thread)
    if (thread.frame === f && isOneOf(s.places.pins, thread.pc)) count++
  return count
}

/** A frame or swap slot whose counts are wrong, or NONE. */
export function frameMiscounted(s: State): number {
  for (let f = 0; f < s.geometry.frames + s.geometry.swapSlots; f++) {
    const frame = s.frame[f]
    const mappings = mappingsOf(s, f)
    if (frame.refs !== mappings + holdersOf(s, f)) return f
    if (f < s.geometry.frames && frame.maps !== mappings) return f
    if (frame.pins !== pinnersOf(s, f)) return f
  }
  return NONE
}

/** Does a thread hold a reference on the frame in `other`? On a detour it keeps what it holds. */
export const holdsOther = (s: State, t: number) =>
  isOneOf(s.places.holdsOther, isOnDetour(s, t) ? s.thread[t].back : placeAhead(s, t))

/**
 * How many PMDs name a table, plus threads that have taken it out of its PMD, without those whose
 * thread has let go of it and is about to clear the entry.
 */
export function standsOf(s: State, i: number): number {
  let count = 0
  for (const mm of s.mm) for (const pmd of mm.pmd) if (pmd.table === i) count++
  for (const thread of s.thread) {
    if (thread.table === i) count++
    if (thread.seen === i && isOneOf(s.places.letsGo, thread.pc)) count--
  }
  return count
}

/** A table that fewer or more PMDs name than it counts, or a free one with entries; or NONE. */
export function tableMiscounted(s: State): number {
  for (let i = 0; i < s.geometry.tables; i++) {
    if (standsOf(s, i) !== (s.table[i].used ? 1 + s.table[i].sharers : 0)) return i
    if (!s.table[i].used && s.table[i].flagged) return i
    if (!s.table[i].used) for (const pte of s.table[i].pte) if (pte.frame !== NONE) return i
  }
  return NONE
}

/**
 * A page, as space * pages + page, that has an entry and no VMA while no thread unmaps it; or NONE.
 */
export function pageOutsideVmas(s: State): number {
  for (let m = 0; m < s.geometry.mms; m++)
    for (let page = 0; page < s.geometry.pages; page++)
      if (hasEntry(s, m, page) && !isCovered(s, m, page) && !mayBeBare(s, m, page))
        return m * s.geometry.pages + page
  return NONE
}

/** Is a page being unmapped, or in a table that fork has shared before it made the VMA? */
export const mayBeBare = (s: State, m: number, page: number) =>
  isBeingUnmapped(s, m, page) || (s.uses.sharing && m !== PARENT && s.mm[m].fork === 'none')

/** Is a page part of a VMA? */
export function isCovered(s: State, m: number, page: number): boolean {
  for (const vma of s.mm[m].vma) if (vma.start <= page && page < vma.end) return true
  return false
}

/** Is some thread of the address space in a system call whose range holds the page? */
export function isBeingUnmapped(s: State, m: number, page: number): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    const me = s.thread[t]
    if (s.actor[t].mm === m && !isInUserMode(s, t) && me.from <= page && page < me.to) return true
  }
  return false
}

/**
 * A page, as space * pages + page, that can be written to although its VMA forbids it, while no
 * call is changing it; or NONE.
 */
export function pageWronglyWritable(s: State): number {
  for (let m = 0; m < s.geometry.mms; m++)
    for (const vma of s.mm[m].vma)
      if (!vma.writable)
        for (let page = vma.start; page < vma.end; page++)
          if (canWrite(s, m, page) && !isBeingUnmapped(s, m, page))
            return m * s.geometry.pages + page
  return NONE
}

/**
 * A page, as space * pages + page, that can be read although its VMA forbids it (PROT_NONE), while
 * no call is changing it; or NONE.
 */
export function pageWronglyOpen(s: State): number {
  if (!s.uses.closing) return NONE
  for (let m = 0; m < s.geometry.mms; m++)
    for (const vma of s.mm[m].vma)
      if (vma.closed)
        for (let page = vma.start; page < vma.end; page++)
          if (canRead(s, m, page) && !isBeingUnmapped(s, m, page))
            return m * s.geometry.pages + page
  return NONE
}

/** Does a CPU cache a translation that differs from the page tables, with no flush pending? */
export function isStale(s: State, t: number, page: number): boolean {
  const entry = s.cpu[t].tlb[page]
  if (entry.frame === NONE) return false
  if (s.frame[entry.frame].refs === 0) return true
  const m = s.actor[t].mm
  const differs =
    frameBehind(s, m, page) !== entry.frame ||
    (mappedFrame(s, m, page) !== NONE && !canRead(s, m, page)) ||
    (entry.writable && !canWrite(s, m, page))
  return differs && !willBeFlushed(s, t, page)
}

/** Does a CPU cache a PMD entry that has changed since, with no flush pending? */
export function isUpperStale(s: State, t: number, page: number): boolean {
  const upper = s.cpu[t].upper[slotAt(s, page)]
  if (upper.table === NONE) return false
  if (!s.table[upper.table].used) return true
  const pmd = s.mm[s.actor[t].mm].pmd[slotAt(s, page)]
  const differs = pmd.table !== upper.table || (upper.writable && !pmd.writable)
  return differs && !willBeFlushed(s, t, page)
}

/** A CPU with a stale translation, as thread * pages + page; or NONE. */
export function staleTranslation(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm !== NONE)
      for (let page = 0; page < s.geometry.pages; page++)
        if (isStale(s, t, page) || isUpperStale(s, t, page)) return t * s.geometry.pages + page
  return NONE
}

export const memory: readonly Invariant[] = [
  {
    name: 'framesAreCounted',
    kind: 'always',
    says: 'The counts of a frame are those of the page-table entries that map it and of the others that hold or pin it: none leaks, none is freed early.',
    holds: (s) => frameMiscounted(s) === NONE,
    explain: (s) => {
      const f = frameMiscounted(s)
      const { refs, maps, pins } = s.frame[f]
      const [mappings, holders, pinners] = [mappingsOf(s, f), holdersOf(s, f), pinnersOf(s, f)]
      const entries = counted(mappings, 'page-table entry', 'page-table entries')
      const others = holders > 0 ? ` and ${counted(holders, 'other holder')}` : ''
      const pin = mappings + holders === 1 ? 'names' : 'name'
      return refs !== mappings + holders
        ? `frame ${f}: its reference count is ${refs}, but ${entries}${others} ${pin} it`
        : pins !== pinners
          ? `frame ${f}: its pin count is ${pins}, but it has ${counted(pinners, 'pin')}`
          : `frame ${f}: its map count is ${maps}, but ${entries} ${mappings === 1 ? 'maps' : 'map'} it`
    },
  },
  {
    name: 'tablesAreCounted',
    kind: 'always',
    says: 'As many PMDs name a PTE table in use as its count says, one if it is not shared. No PMD names a free one, and it is empty.',
    holds: (s) => tableMiscounted(s) === NONE,
    explain: (s) => {
      const i = tableMiscounted(s)
      const { used, sharers } = s.table[i]
      const stands = counted(standsOf(s, i), 'PMD')
      const names = standsOf(s, i) === 1 ? 'names' : 'name'
      if (used) return `table ${i}: its count is ${1 + sharers}, but ${stands} ${names} it`
      return standsOf(s, i) > 0
        ? `table ${i} is free, but ${stands} still ${names} it`
        : `table ${i} is free, but it has entries or sharers`
    },
  },
  {
    name: 'pagesBelongToVmas',
    kind: 'always',
    says: 'A page table has entries only for pages that a VMA covers, or that are just being unmapped.',
    holds: (s) => pageOutsideVmas(s) === NONE,
    explain: (s) => {
      const found = pageOutsideVmas(s)
      return `page ${found % s.geometry.pages} of the ${spaceName(Math.floor(found / s.geometry.pages))} has an entry, but no VMA covers it`
    },
  },
  {
    name: 'permissionIsAsked',
    kind: 'always',
    promise: true,
    says: 'No page table lets a program write, or read, where its VMA forbids it, once the call that forbids it is over.',
    holds: (s) => pageWronglyWritable(s) === NONE && pageWronglyOpen(s) === NONE,
    explain: (s) => {
      const isOpen = pageWronglyWritable(s) === NONE
      const found = isOpen ? pageWronglyOpen(s) : pageWronglyWritable(s)
      return `page ${found % s.geometry.pages} of the ${spaceName(Math.floor(found / s.geometry.pages))} can be ${isOpen ? 'read' : 'written to'}, but its VMA forbids it`
    },
  },
  {
    name: 'noStaleTranslation',
    kind: 'always',
    says: 'No CPU caches a freed frame or table; none caches what the page tables forbid unless its flush is on the way.',
    holds: (s) => staleTranslation(s) === NONE,
    explain: (s) => {
      const found = staleTranslation(s)
      const t = Math.floor(found / s.geometry.pages)
      const page = found % s.geometry.pages
      const { frame, writable } = s.cpu[t].tlb[page]
      if (!isStale(s, t, page))
        return `the CPU of ${threadName(s, t)} caches the PMD entry of page ${page} with table ${s.cpu[t].upper[slotAt(s, page)].table}, but the page table has another entry there`
      const m = s.actor[t].mm
      const table =
        frameBehind(s, m, page) !== frame
          ? 'does not map the page to it'
          : canRead(s, m, page)
            ? 'allows no stores'
            : 'allows no access'
      const state = s.frame[frame].refs === 0 ? 'the frame is free' : `the page table ${table}`
      return `the CPU of ${threadName(s, t)} caches page ${page} as frame ${frame}${writable ? ', writable' : ''}, but ${state}`
    },
  },
]
