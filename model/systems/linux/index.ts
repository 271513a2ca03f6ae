/**
 * Default fork: the parent copies every page table itself before it returns (kernel 6.6,
 * kernel/fork.c dup_mmap, mm/memory.c copy_page_range). The baseline.
 */
import { enterTable, isAtTable } from '../../kernel/fork.js'
import { kernel, kernelRoutines, kernelVocabulary } from '../../kernel/index.js'
import type { Step } from '../../rule.js'
import { PARENT } from '../../state.js'
import type { System } from '../system.js'
import { environment } from './environment.js'

const rules: readonly Step[] = [
  {
    // A present table is copied at once; one step, as it only decides where to go on.
    name: 'forkEnterTable',
    at: 'fork.slot',
    source: 'copy_pmd_range: pmd_none_or_clear_bad is false',
    guard: (s, t) => isAtTable(s, t) && !s.mm[PARENT].pmd[s.thread[t].slot].huge,
    effect: (s, t) => enterTable(s, t),
  },
]

export const linux: System = {
  name: 'linux',
  says: 'Default fork with copy-on-write: the parent copies all page tables before fork returns.',
  childStart: 'user',
  routines: kernelRoutines,
  rules: [...kernel, ...rules],
  hooks: [],
  environment,
  vocabulary: kernelVocabulary,
}
