/** Default fork with one thing done wrong. */

import { expectSnapshot } from '../ghosts.js'
import type { Mutant } from '../mutant.js'

export const linuxMutants: readonly Mutant[] = [
  {
    name: 'linux-no-flush',
    system: 'linux',
    says: 'fork does not flush the TLBs: a CPU may go on writing to what the child shares.',
    scenario: 'two-writers',
    breaks: ['childSeesForkTimeMemory', 'noStaleTranslation'],
    origin: 'synthetic',
    source: 'protocol facts 8.7: flush_tlb_mm removed from dup_mmap',
    change: {
      forkFlush: {
        effect: (s, t) => {
          expectSnapshot(s)
          s.thread[t].pc = 'fork.unlock'
        },
      },
    },
  },
]
