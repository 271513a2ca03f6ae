/** What must be true of any kernel: nothing leaks, nothing is freed twice, no TLB lies. */
import type { Property } from '../checker/model.js'
import { NONE, type State } from '../model/state.js'
import { threadName } from './explain.js'
import { canWrite, mappedFrame, pageWillBeFlushed } from './lookups.js'

/** How many PTEs map a frame and how many threads hold it. */
export function holdersOf(s: State, f: number): number {
  let count = 0
  for (const table of s.table) for (const pte of table.pte) if (pte.frame === f) count++
  for (const thread of s.thread) if (thread.frame === f) count++
  return count
}

/** A frame whose count is wrong, or NONE. */
export function frameMiscounted(s: State): number {
  for (let f = 0; f < s.geometry.frames; f++) if (s.frame[f].refs !== holdersOf(s, f)) return f
  return NONE
}

/** A table that is in use and in no PMD, in one and not in use, or in two; or NONE. */
export function tableMiscounted(s: State): number {
  for (let i = 0; i < s.geometry.tables; i++) {
    let count = 0
    for (const mm of s.mm) for (const pmd of mm.pmd) if (pmd.table === i) count++
    if (count !== (s.table[i].used ? 1 : 0)) return i
    if (!s.table[i].used) for (const pte of s.table[i].pte) if (pte.frame !== NONE) return i
  }
  return NONE
}

/** Does a CPU cache for a page what the page tables do not say, with no flush on its way? */
export function isStale(s: State, t: number, page: number): boolean {
  const entry = s.cpu[t].tlb[page]
  if (entry.frame === NONE) return false
  if (s.frame[entry.frame].refs === 0) return true
  const m = s.actor[t].mm
  const differs =
    mappedFrame(s, m, page) !== entry.frame || (entry.writable && !canWrite(s, m, page))
  return differs && !pageWillBeFlushed(s, m, page)
}

/** A CPU with a stale translation, as thread * pages + page; or NONE. */
export function staleTranslation(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++)
    for (let page = 0; page < s.geometry.pages; page++)
      if (isStale(s, t, page)) return t * s.geometry.pages + page
  return NONE
}

export const memory: readonly Property<State>[] = [
  {
    name: 'framesAreCounted',
    kind: 'always',
    says: 'A frame has as many references as PTEs map it and threads hold it: none leaks, none is freed early.',
    holds: (s) => frameMiscounted(s) === NONE,
    explain: (s) => {
      const f = frameMiscounted(s)
      return `frame ${f}: its count says ${s.frame[f].refs}, but ${holdersOf(s, f)} PTEs and threads hold it`
    },
  },
  {
    name: 'tablesAreCounted',
    kind: 'always',
    says: 'A PTE table in use stands in exactly one PMD; a free one stands in none and is empty.',
    holds: (s) => tableMiscounted(s) === NONE,
    explain: (s) => {
      const i = tableMiscounted(s)
      return `table ${i} is ${s.table[i].used ? 'in use' : 'free'}, which its PMDs and entries contradict`
    },
  },
  {
    name: 'noStaleTranslation',
    kind: 'always',
    says: 'No CPU caches a freed frame; none caches what the page tables forbid unless its flush is on the way.',
    holds: (s) => staleTranslation(s) === NONE,
    explain: (s) => {
      const found = staleTranslation(s)
      const t = Math.floor(found / s.geometry.pages)
      const page = found % s.geometry.pages
      const { frame, writable } = s.cpu[t].tlb[page]
      const state =
        s.frame[frame].refs === 0 ? 'which is free' : 'which the page table does not say'
      return `the CPU of ${threadName(s, t)} caches page ${page} as frame ${frame}${writable ? ', writable' : ''}, ${state}`
    },
  },
]
