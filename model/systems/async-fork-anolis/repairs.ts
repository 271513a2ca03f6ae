/**
 * Candidate defects of Async-fork as shipped by Alibaba, seen while its published source was read,
 * with what would repair each. None is confirmed upstream.
 */
import { isAtOrdinaryTable, isPinnedSlot } from '../../kernel/fork-tables.js'
import type { Change, Mutant } from '../../mutant.js'
import { asyncFork } from '../async-fork/index.js'
import { isLeftToChild } from '../async-fork/phase-1.js'

/** Rules of async-fork instead of those as shipped. */
function sound(...names: string[]): Readonly<Record<string, Change>> {
  return Object.fromEntries(
    names.map((name) => {
      const { guard, effect, to } = asyncFork.rules.find((rule) => rule.name === name) ?? {}
      return [name, { guard, effect, to } as Change]
    }),
  )
}

/** Hooks of async-fork that are missing as shipped. */
const hooks = (...names: string[]) => asyncFork.hooks.filter(({ name }) => names.includes(name))

/** Tables with pinned pages are copied by fork itself. */
const copiesPinned: Readonly<Record<string, Change>> = {
  forkMark: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) && isLeftToChild(s, t) && !isPinnedSlot(s, s.thread[t].slot),
  },
  forkEnterTable: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) && (!isLeftToChild(s, t) || isPinnedSlot(s, s.thread[t].slot)),
  },
}

const of = { system: 'async-fork-anolis', origin: 'candidate', repairs: true } as const

export const anolisRepairs: readonly Mutant[] = [
  {
    ...of,
    name: 'anolis-leaks-copy-lock',
    says: 'There is no frame for the copy of a pinned page: the way out leaves the table locked, and the parent waits for a lock that it holds itself.',
    scenario: 'late-pinned-copy-fails',
    breaks: ['copyLockIsHeld', 'parentGoesOn'],
    source: 'a failed allocation for a pinned page returns without unlock_page',
    change: sound('tableCopyPinnedFails'),
  },
  {
    ...of,
    name: 'anolis-outlives-child',
    says: 'A fault under a VMA lock takes the mmap_lock of a child that did not wait for it and is gone.',
    scenario: 'vma-lock-sync',
    breaks: ['copiesForItsOwnChild'],
    source: 'lock_vma_under_rcu without a test',
    change: { syncBeforeFault: null },
    hooks: hooks('faultFallsBackToSync', 'syncBeforeFault'),
  },
  {
    ...of,
    name: 'anolis-debugger-makes-zeros',
    says: 'A debugger faults a page of zeros into the child, which then takes it for copied.',
    scenario: 'debugged-child',
    breaks: ['childSeesForkTimeMemory'],
    source: "copiers hold the child's mmap_lock for reading only",
    hooks: hooks('peekIsRefused'),
  },
  {
    ...of,
    name: 'anolis-device-writes-later',
    says: 'A page that a device has is copied after fork has returned: what it writes meanwhile is in the snapshot.',
    scenario: 'pinned-before',
    breaks: ['childSeesForkTimeMemory'],
    source: 'pinned pages are copied by SLOW',
    change: copiesPinned,
  },
  {
    ...of,
    name: 'anolis-late-failure-leaves-markers',
    says: 'fork fails after its lock has been dropped: markers and pointers stay, to a child that never was.',
    scenario: 'fork-fails-late',
    breaks: ['boundVmasArePairs', 'snapshotLeavesNoTrace'],
    source: 'asserted not to happen at __mmdrop; Bytedance undoes it',
    hooks: hooks('forkUndoesLate'),
  },
]

/** All of it at once. */
export const repairedAnolis: Mutant = {
  ...of,
  name: 'anolis-repaired',
  says: "Alibaba's variant with none of its repairs.",
  scenario: 'debugged-child',
  breaks: ['childSeesForkTimeMemory'],
  source: 'all of the above',
  change: {
    ...sound('tableCopyPinnedFails', 'tableLock', 'tableIsBusy'),
    ...copiesPinned,
    syncBeforeFault: null,
  },
  hooks: hooks('faultFallsBackToSync', 'syncBeforeFault', 'peekIsRefused', 'forkUndoesLate'),
}
