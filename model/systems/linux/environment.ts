/** What is felt at one page table while the default fork copies others. */
import * as kernelEnvironment from '../../kernel/environment.js'
import { failFork } from '../../kernel/fork.js'
import type { Step } from '../../rule.js'
import type { Environment } from '../environment.js'

const rules: readonly Step[] = [
  {
    // Another table of the VMA is copied, and there is no memory for its copy.
    name: 'forkElsewhereFails',
    for: ['thread', 'elsewhere'],
    at: 'fork.slot',
    source: 'copy_pte_range: pte_alloc_map_lock, -ENOMEM',
    guard: (s, t, slot) => s.thread[t].slot === slot && s.mayFail.forkTable && s.failuresLeft > 0,
    effect: (s, t) => failFork(s, t),
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
    { at: ['fork.table', 'fork.lock', 'fork.pte', 'fork.share'], by: 'slot', seenAt: 'fork.slot' },
  ],
  // It is left where the last table ended, until fork goes on to the next VMA or has failed.
  pageless: ['fork.slot', 'fork.failed'],
}
