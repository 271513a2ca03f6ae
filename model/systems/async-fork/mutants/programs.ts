/** Async-fork with a promise to programs broken: a failure lands at the wrong one, or is hidden. */

import { putMm } from '../../../hardware/frames.js'
import type { Mutant } from '../../../mutant.js'
import { ERROR, PARENT } from '../../../state.js'
import { mmOf, opOf, rest } from '../../../threads.js'
import { farPointer, leaveSync } from '../sync.js'

export const programMutants: readonly Mutant[] = [
  {
    name: 'phase-3-fails-the-access',
    system: 'async-fork',
    says: "The parent's store fails because it could not copy the table for the child first.",
    scenario: 'sync-fails',
    breaks: ['accessesFailForAReason'],
    origin: 'synthetic',
    source: 'paper, errors, phase 3: "continues" omitted; a hook that returns VM_FAULT_OOM',
    change: {
      syncClosesParentVma: {
        effect: (s, t) => {
          const failed = farPointer(s, t) === ERROR
          s.mm[PARENT].vma[s.thread[t].vma].peer = -1
          leaveSync(s, t)
          if (failed && s.thread[t].pc === 'fault.pte') s.thread[t].pc = 'fault.fail'
        },
      },
    },
  },
  {
    name: 'phase-3-fails-the-call',
    system: 'async-fork',
    says: "The parent's system call gives up because it could not copy a VMA for the child first.",
    scenario: 'sync-fails-in-call',
    breaks: ['callsDoWhatIsAsked'],
    origin: 'synthetic',
    source: 'paper, errors, phase 3: "continues" omitted; a hook that returns -ENOMEM',
    change: {
      syncClosesParentVma: {
        effect: (s, t) => {
          const failed = farPointer(s, t) === ERROR
          const isCall = opOf(s, t).do === 'mprotect' || opOf(s, t).do === 'munmap'
          s.mm[PARENT].vma[s.thread[t].vma].peer = -1
          leaveSync(s, t)
          if (failed && isCall) s.thread[t].pc = 'call.unlock'
        },
      },
    },
  },
  {
    name: 'failed-copier-reports-success',
    system: 'async-fork',
    says: 'A child whose copying has failed undoes everything and then exits with status 0, without a signal.',
    scenario: 'failed-save-is-reported',
    breaks: ['successIsTrue'],
    origin: 'synthetic',
    source: 'paper, errors, phase 2: do_exit(0) in place of SIGKILL',
    change: {
      copierKillsItself: { to: 'copier.finish', effect: () => {} },
      copierPuts: {
        effect: (s, t) => {
          rest(s, t)
          s.thread[t].page = s.geometry.pages
          const failed = s.mm[mmOf(s, t)].copyFailed || s.mm[mmOf(s, t)].killed
          s.thread[t].pc = failed ? 'copier.die' : 'user'
          putMm(s, PARENT)
        },
      },
    },
  },
  {
    name: 'copier-runs-the-program',
    system: 'async-fork',
    says: "The child's second thread returns to user mode when its share is copied, before the first one is done.",
    scenario: 'two-copiers',
    breaks: ['childSeesForkTimeMemory', 'noHalfBuiltChild'],
    origin: 'synthetic',
    source: 'a copy thread made with clone instead of kthread_create',
    change: {
      copierJoins: {
        effect: (s, t) => {
          rest(s, t)
          s.thread[t].page = s.geometry.pages
          s.thread[t].pc = 'user'
        },
      },
    },
  },
]
