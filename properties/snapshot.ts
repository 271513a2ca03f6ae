/** The promise of a snapshot: the child sees the instant of fork, the parent loses nothing. */

import { contentInWords } from '../model/state/values.js'
import { CHILD, NONE, PARENT, type State, UNMAPPED } from '../model/state.js'
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

/** The frame that a pinned page of the parent is mapped to, if that is another one; or NONE. */
export function pinnedPageHasMoved(s: State): number {
  if (s.device.page === NONE) return NONE
  const frame = mappedFrame(s, PARENT, s.device.page)
  return frame === s.device.frame ? NONE : frame
}

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
    says: 'As long as a page of the parent is pinned for a device, it is not mapped to another frame.',
    holds: (s) => pinnedPageHasMoved(s) === NONE,
    explain: (s) =>
      `page ${s.device.page} was pinned as frame ${s.device.frame}, but is frame ${pinnedPageHasMoved(s)} now`,
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
