/** What the snapshot promises: the child sees the instant of fork, the parent loses nothing. */
import type { Property } from '../checker/model.js'
import { CHILD, NONE, PARENT, type State, UNMAPPED } from '../model/state.js'
import { content } from './explain.js'
import { canWrite, childRuns, contentOf, mappedFrame } from './lookups.js'

/** The first page at which the child finds something else than it has a right to, or NONE. */
export function pageWrongInChild(s: State): number {
  if (!childRuns(s)) return NONE
  for (let page = 0; page < s.geometry.pages; page++)
    if (contentOf(s, CHILD, page) !== s.ghost.child[page]) return page
  return NONE
}

/** The first page at which the parent finds something else than it has a right to, or NONE. */
export function pageWrongInParent(s: State): number {
  for (let page = 0; page < s.geometry.pages; page++) {
    const expected = s.ghost.parent[page]
    if (expected !== UNMAPPED && contentOf(s, PARENT, page) !== expected) return page
  }
  return NONE
}

/** A page whose frame both address spaces map and one of them can write, or NONE. */
export function pageSharedWritable(s: State): number {
  for (let page = 0; page < s.geometry.pages; page++)
    for (let other = 0; other < s.geometry.pages; other++) {
      const f = mappedFrame(s, PARENT, page)
      const shared = f !== NONE && mappedFrame(s, CHILD, other) === f
      if (shared && (canWrite(s, PARENT, page) || canWrite(s, CHILD, other))) return page
    }
  return NONE
}

export const snapshot: readonly Property<State>[] = [
  {
    name: 'childSeesForkTimeMemory',
    kind: 'always',
    says: 'Whenever the child can look, every page mapped at fork holds what it held at fork.',
    holds: (s) => pageWrongInChild(s) === NONE,
    explain: (s) => {
      const page = pageWrongInChild(s)
      return `page ${page}: the child finds ${content(s, contentOf(s, CHILD, page))}, at fork it held ${content(s, s.ghost.child[page])}`
    },
  },
  {
    name: 'parentKeepsItsWrites',
    kind: 'always',
    says: 'Every page of the parent holds what the parent last wrote to it: no write is lost.',
    holds: (s) => pageWrongInParent(s) === NONE,
    explain: (s) => {
      const page = pageWrongInParent(s)
      return `page ${page}: the parent finds ${content(s, contentOf(s, PARENT, page))}, it should hold ${content(s, s.ghost.parent[page])}`
    },
  },
  {
    name: 'neitherWritesWhatBothMap',
    kind: 'always',
    says: 'No page table lets parent or child write to a frame that the other one maps too.',
    holds: (s) => pageSharedWritable(s) === NONE,
    explain: (s) => {
      const page = pageSharedWritable(s)
      const who = canWrite(s, PARENT, page) ? 'parent' : 'child'
      return `page ${page}: frame ${mappedFrame(s, PARENT, page)} is mapped by both, and the ${who}'s page table lets it write`
    },
  },
]
