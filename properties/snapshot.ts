/** The promise of a snapshot: the child sees the instant of fork, the parent loses nothing. */

import { contentInWords } from '../model/state/values.js'
import { CHILD, NONE, PARENT, type State, UNMAPPED, ZEROS } from '../model/state.js'
import { spaceName } from './explain.js'
import { canWrite, contentOf, isAsExpected, isRunning, mappedFrame } from './lookups.js'
import type { Invariant } from './property.js'

/** The first page, as space * pages + page, with a wrong content in a child; or NONE. */
export function pageWrongInChild(s: State): number {
  for (let m = CHILD; m < s.geometry.mms; m++)
    if (isRunning(s, m))
      for (let page = 0; page < s.geometry.pages; page++)
        if (!isAsExpected(s, m, page)) return m * s.geometry.pages + page
  return NONE
}

/**
 * The first page with a wrong content in the parent, or NONE. One that is mapped must be expected
 * to hold something; a call that holds mmap_lock for writing may be about to say what.
 */
export function pageWrongInParent(s: State): number {
  for (let page = 0; page < s.geometry.pages; page++)
    if (!isAsExpected(s, PARENT, page))
      if (s.ghost.memory[PARENT][page] !== UNMAPPED || s.mm[PARENT].lock.writer === NONE)
        return page
  return NONE
}

/** A page, as space * pages + page, that can be written to while another entry maps its frame. */
export function pageSharedWritable(s: State): number {
  for (let m = 0; m < s.geometry.mms; m++)
    for (let page = 0; page < s.geometry.pages; page++)
      if (canWrite(s, m, page) && isSharedFrame(s, m, page)) return m * s.geometry.pages + page
  return NONE
}

/** Does another entry map the frame of a page? */
export function isSharedFrame(s: State, m: number, page: number): boolean {
  const f = mappedFrame(s, m, page)
  for (let n = 0; n < s.geometry.mms; n++)
    for (let other = 0; other < s.geometry.pages; other++)
      if ((n !== m || other !== page) && mappedFrame(s, n, other) === f) return true
  return false
}

/**
 * The frame that a page of the parent is mapped to that a device may write to, if that is another
 * one than the device has; or NONE. What a device reads is told by `devicesReadMemory`.
 */
export function pinnedPageHasMoved(s: State): number {
  if (s.device.page === NONE || s.device.readOnly) return NONE
  const frame = mappedFrame(s, PARENT, s.device.page)
  return frame === s.device.frame ? NONE : frame
}

/** Is a device about to read its page, and is that not what the parent has every right to find? */
export function readsOldMemory(s: State): boolean {
  const { frame, page } = s.device
  if (frame === NONE || page === NONE || !isReadByDevice(s)) return false
  const found = s.frame[frame].value
  return found !== s.ghost.memory[PARENT][page] && !(s.ghost.lazy[PARENT][page] && found === ZEROS)
}

/** Has a device yet to read? */
export function isReadByDevice(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].program[s.thread[t].next].do === 'dmaRead') return true
  return false
}

/** Are pages kept for devices that only read them (gup_must_unshare, since 5.19)? */
export const isReadPromised = (s: State) => s.options.reuse === 'exclusive' || !s.device.readOnly

export const snapshot: readonly Invariant[] = [
  {
    name: 'childSeesForkTimeMemory',
    kind: 'always',
    promise: true,
    says: 'Whenever the child can look, every page mapped at fork holds what it held at fork.',
    holds: (s) => pageWrongInChild(s) === NONE,
    explain: (s) => {
      const m = Math.floor(pageWrongInChild(s) / s.geometry.pages)
      const page = pageWrongInChild(s) % s.geometry.pages
      return `page ${page}: the ${spaceName(m)} finds ${contentInWords(s, contentOf(s, m, page))}, but at fork it held ${contentInWords(s, s.ghost.memory[m][page])}`
    },
  },
  {
    name: 'parentKeepsItsWrites',
    kind: 'always',
    promise: true,
    says: 'Every page of the parent holds what was last written to it: no write is lost.',
    holds: (s) => pageWrongInParent(s) === NONE,
    explain: (s) => {
      const page = pageWrongInParent(s)
      return `page ${page}: the parent finds ${contentInWords(s, contentOf(s, PARENT, page))}, but it should hold ${contentInWords(s, s.ghost.memory[PARENT][page])}`
    },
  },
  {
    name: 'neitherWritesWhatBothMap',
    kind: 'always',
    says: 'No page table allows stores to a frame that another entry maps, too.',
    holds: (s) => pageSharedWritable(s) === NONE,
    explain: (s) => {
      const m = Math.floor(pageSharedWritable(s) / s.geometry.pages)
      const page = pageSharedWritable(s) % s.geometry.pages
      return `page ${page}: frame ${mappedFrame(s, m, page)} is mapped more than once, but the ${spaceName(m)}'s page table allows stores to it`
    },
  },
  {
    name: 'pinnedPagesStay',
    kind: 'always',
    promise: true,
    says: 'As long as a page of the parent is pinned for a device that may write to it, it is not mapped to another frame.',
    holds: (s) => pinnedPageHasMoved(s) === NONE,
    explain: (s) =>
      `page ${s.device.page} was pinned as frame ${s.device.frame}, but is frame ${pinnedPageHasMoved(s)} now`,
  },
  {
    name: 'devicesReadMemory',
    kind: 'always',
    promise: true,
    says: 'A device that is to read a pinned page finds there what the parent holds. For a page pinned only to be read, kernels before 5.19 promise no such thing.',
    holds: (s) => !readsOldMemory(s) || !isReadPromised(s),
    explain: (s) =>
      `the device finds ${contentInWords(s, s.frame[s.device.frame].value)} in page ${s.device.page}, where the parent holds ${contentInWords(s, s.ghost.memory[PARENT][s.device.page])}`,
  },
  {
    name: 'pipeDeliversWhatWasPutIn',
    kind: 'always',
    promise: true,
    says: 'A page in a pipe holds what it held when it was put in, or what its owner has written to it since.',
    holds: (s) => s.pipe.frame === NONE || s.frame[s.pipe.frame].value === s.ghost.pipe,
    explain: (s) =>
      `the pipe delivers ${contentInWords(s, s.frame[s.pipe.frame].value)}, but it should hold ${contentInWords(s, s.ghost.pipe)}`,
  },
]
