/**
 * What Async-fork makes felt at one page table of the copying and synchronising of others. Every
 * step goes through the routine that the real one goes through (`beginSync`, `failCopy`), so that
 * locks are taken and dropped where they really are.
 */
import { slotOf } from '../../hardware/tables.js'
import * as kernelEnvironment from '../../kernel/environment.js'
import { failFork } from '../../kernel/fork.js'
import type { Step } from '../../rule.js'
import { NONE, PARENT } from '../../state.js'
import { isChild, mmOf } from '../../threads.js'
import { mayFailCopy } from '../both-tables.js'
import type { Environment } from '../environment.js'
import { failCopy } from './copy-table.js'
import { isBound } from './markers.js'
import { beginSync, syncVma } from './sync.js'

const rules: readonly Step[] = [
  {
    // Another table of the VMA is copied, and there is no memory for it.
    name: 'copyElsewhereFails',
    for: ['thread', 'elsewhere'],
    at: 'copyTable.check',
    source: 'async_fork.c: -ENOMEM',
    guard: (s, t, slot) => s.thread[t].slot === slot && mayFailCopy(s, t),
    effect: (s, t) => failCopy(s, t),
  },
  {
    // The copier goes on to a table that is still on the same side of the spot.
    name: 'copierStaysElsewhere',
    for: ['thread', 'elsewhere'],
    at: 'copier.next',
    source: 'async_fork.c: next PMD',
    guard: (s, t, slot) => s.thread[t].slot === slot,
    to: 'copyTable.check',
  },
  {
    name: 'syncStaysElsewhere',
    for: ['thread', 'elsewhere'],
    at: 'sync.next',
    source: 'async_fork.c fixup_vma: next PMD',
    guard: (s, t, slot) => s.thread[t].slot === slot,
    to: 'copyTable.check',
  },
  {
    // A fault elsewhere in the VMA finds an uncopied table.
    name: 'faultElsewhereSyncs',
    for: ['thread', 'elsewhere'],
    at: 'call.unlockRead',
    source: '5.2: __handle_mm_fault, last before handle_pte_fault',
    guard: (s, t) => mmOf(s, t) === PARENT && s.mm[PARENT].peer !== NONE && isBound(s, 0),
    effect: (s, t, slot) => {
      s.thread[t].vma = 0
      s.thread[t].slot = slot
      beginSync(s, t, 'call.unlockRead')
    },
  },
  {
    // A walk that removes pages finds an uncopied table elsewhere in the VMA.
    name: 'zapElsewhereSyncs',
    for: ['thread', 'elsewhere'],
    at: 'zap.table',
    source: '5.2: zap_pmd_range, before zap_pte_range',
    guard: (s, t, slot) =>
      mmOf(s, t) === PARENT &&
      s.thread[t].page < s.thread[t].to &&
      slotOf(s, s.thread[t].page) === slot &&
      s.mm[PARENT].peer !== NONE &&
      isBound(s, 0),
    effect: (s, t, slot) => {
      s.thread[t].vma = 0
      s.thread[t].slot = slot
      beginSync(s, t, 'zap.table')
    },
  },
  {
    // A call that changes the VMA elsewhere, or something beside it, copies all of it first.
    name: 'callElsewhereSyncs',
    at: 'call.unlock',
    source: '5.1: every place that changes a VMA',
    guard: (s, t) => !isChild(s, t) && isBound(s, 0),
    effect: (s, t) => syncVma(s, t, 0, 'call.unlock'),
  },
  {
    // Another VMA of the child holds an error code, or a table of it finds no memory.
    name: 'copierFailsInAnotherVma',
    at: 'copier.vma',
    source: 'async_fork.c: the pointer is read again, d: break',
    guard: (s) => s.failuresLeft > 0,
    to: 'copier.fail',
  },
  {
    // fork copies another VMA, or its upper tables, and there is no memory for it.
    name: 'forkFailsInAnotherVma',
    at: 'fork.vma',
    source: 'dup_mmap, copy_page_range: -ENOMEM',
    guard: (s) => s.failuresLeft > 0,
    effect: (s, t) => failFork(s, t),
  },
]

export const environment: Environment = {
  rules: [...kernelEnvironment.kernelEnvironmentRules, ...rules],
  vocabulary: [kernelEnvironment],
  elsewhere: [
    ...kernelEnvironment.kernelElsewhere,
    {
      at: [
        'copyTable.allocate',
        'copyTable.childLock',
        'copyTable.lock',
        'copyTable.wait',
        'copyTable.parentLock',
        'copyTable.copy',
        'copyTable.share',
        'copyTable.copied',
        'copyTable.unlock',
      ],
      by: 'slot',
      seenAt: 'copyTable.check',
    },
  ],
}
