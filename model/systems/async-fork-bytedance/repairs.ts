/**
 * Candidate defects of Async-fork as shipped by Bytedance, seen while its published source was read
 * (mm/async_fork.c, include/linux/async_fork.h, mm/memory.c), with what would repair
 * each. None is confirmed upstream; of mm/gup.c no version with a hook, and none that must be
 * without, was at hand.
 */
import { slotOf } from '../../hardware/tables.js'
import { joinProtecting, leaveProtecting } from '../../kernel/fork.js'
import { isAtOrdinaryTable, isPinnedSlot } from '../../kernel/fork-tables.js'
import type { Change, Mutant } from '../../mutant.js'
import type { Hook } from '../../rule.js'
import { NONE, PARENT } from '../../state.js'
import { mmOf } from '../../threads.js'
import { tableOf } from '../both-tables.js'
import { leaveEntire } from './entire.js'
import { isFlagged } from './flags.js'
import { isTarget } from './hand-over.js'
import { copyEntirely, isAtFlagged } from './hooks.js'

/** Tables with pinned pages are copied by fork itself. */
const copiesPinned: Readonly<Record<string, Change>> = {
  forkMark: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) && isTarget(s, t) && !isPinnedSlot(s, s.thread[t].slot),
  },
  forkEnterTable: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) && (!isTarget(s, t) || isPinnedSlot(s, s.thread[t].slot)),
  },
}

/** GUP copies the table before it hands out a page of it; GUP-fast leaves it to the slow way. */
const pins: readonly Hook[] = [
  {
    name: 'pinFallsBackToCopy',
    before: 'pin.look',
    resume: 'pin.lock',
    source: 'GUP, before taking the page reference (GUP-fast)',
    due: (s, t) => mmOf(s, t) === PARENT && isFlagged(s, slotOf(s, s.thread[t].page)),
    effect: (s, t) => {
      s.thread[t].pc = 'pin.lock'
    },
  },
  {
    name: 'copyBeforePin',
    before: 'pin.follow',
    resume: 'pin.pte',
    source: 'GUP, before taking the page reference',
    due: (s, t) => isAtFlagged(s, t),
    effect: (s, t) => copyEntirely(s, t, 'pin.pte'),
  },
]

/** Whoever copies a table has write_protect_seq odd meanwhile, as fork has. */
const countsSequence: Readonly<Record<string, Change>> = {
  entireLocksPage: {
    effect: (s, t) => {
      tableOf(s, t).lock = t
      joinProtecting(s, t)
      s.thread[t].pc = 'entire.lockParent'
    },
  },
  entireUnlocks: {
    effect: (s, t) => {
      tableOf(s, t).lock = NONE
      leaveProtecting(s, t)
      leaveEntire(s, t)
    },
  },
}

const of = { system: 'async-fork-bytedance', origin: 'candidate', repairs: true } as const

export const bytedanceRepairs: readonly Mutant[] = [
  {
    ...of,
    name: 'byte-device-writes-later',
    says: 'A page that a device has is copied after fork has returned: what it writes meanwhile is in the snapshot.',
    scenario: 'pinned-before',
    breaks: ['childSeesForkTimeMemory'],
    source: 'is_async_copy_target_vma asks for no pins; pinned pages are copied late',
    change: copiesPinned,
  },
  {
    ...of,
    name: 'byte-gup-minds-no-flag',
    says: 'GUP looks at the PTE only, which is writable: a device gets a page that the child has yet to copy.',
    scenario: 'pinned-after',
    breaks: ['childSeesForkTimeMemory'],
    source: 'no hook of GUP seen',
    hooks: pins,
  },
  {
    ...of,
    name: 'byte-copies-unseen-by-gup-fast',
    says: 'Copying a table write-protects it with write_protect_seq even: a page that GUP-fast pins just then is copied away from the device.',
    scenario: 'pinned-while-copied',
    breaks: ['pinnedPagesStay'],
    source: 'copy_page_range_async begins no write_protect_seq section (57efa1fe5957)',
    change: countsSequence,
  },
]

/** All of it at once. */
export const repairedBytedance: Mutant = {
  ...of,
  name: 'byte-repaired',
  says: "Bytedance's variant with none of its repairs.",
  scenario: 'pinned-after',
  breaks: ['childSeesForkTimeMemory'],
  source: 'all of the above',
  change: { ...copiesPinned, ...countsSequence },
  hooks: pins,
}
