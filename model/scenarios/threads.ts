/** Two threads of the parent: one in a fault or in user mode while the other forks or unmaps. */
import type { ScenarioInput } from '../scenario.js'

export const threads: readonly ScenarioInput[] = [
  {
    format: 1,
    name: 'two-writers',
    says: 'One thread forks and writes while another one keeps writing through its TLB.',
    pages: 4,
    vmas: [{ from: 0, to: 4 }],
    parent: [
      [{ do: 'fork' }, { do: 'write', page: 0 }],
      [
        { do: 'write', page: 0 },
        { do: 'write', page: 1 },
      ],
    ],
    child: [{ do: 'read', page: 0 }],
    reaches: ['staleEntryIsWritable', 'parentSynchronises', 'frameIsCopied', 'childRuns'],
  },
  {
    format: 1,
    name: 'write-and-discard',
    says: 'One thread writes to pages while another one discards them.',
    pages: 2,
    vmas: [{ from: 0, to: 2 }],
    parent: [
      [{ do: 'fork' }, { do: 'dontneed', from: 0, to: 2 }],
      [
        { do: 'write', page: 0 },
        { do: 'write', page: 1 },
      ],
    ],
    child: [
      { do: 'read', page: 0 },
      { do: 'read', page: 1 },
    ],
    reaches: ['parentSynchronises', 'copierWaitsForParent', 'childRuns'],
  },
  {
    format: 1,
    name: 'write-and-unmap',
    says: 'One thread faults while another one unmaps the page under it.',
    pages: 4,
    vmas: [{ from: 0, to: 4 }],
    parent: [
      [{ do: 'fork' }, { do: 'munmap', from: 0, to: 2 }],
      [
        { do: 'write', page: 0 },
        { do: 'write', page: 2 },
      ],
    ],
    child: [
      { do: 'read', page: 0 },
      { do: 'read', page: 2 },
    ],
    options: { copierLock: 'vma' },
    reaches: ['parentSynchronisesVma', 'childRuns'],
  },
  {
    format: 1,
    name: 'two-readers',
    says: 'One thread writes to a page while another one reads it through its TLB.',
    pages: 2,
    vmas: [{ from: 0, to: 2 }],
    parent: [
      [{ do: 'fork' }, { do: 'write', page: 0 }],
      [
        { do: 'read', page: 0 },
        { do: 'read', page: 0 },
      ],
    ],
    child: [{ do: 'read', page: 0 }],
    reaches: ['frameIsCopied', 'childRuns'],
  },
  {
    format: 1,
    name: 'late-first-touch',
    says: 'A table is copied by one side while the other waits for it and then finds a new page in it.',
    pages: 2,
    vmas: [{ from: 0, to: 2, populated: [0] }],
    parent: [[{ do: 'fork' }, { do: 'write', page: 1 }]],
    child: [{ do: 'read', page: 1 }],
    reaches: ['copierWaitsForParent', 'copiedMeanwhile', 'childRuns'],
  },
  {
    format: 1,
    name: 'vma-lock-faults',
    says: 'Faults hold only the lock of their VMA while another thread forks.',
    pages: 4,
    vmas: [{ from: 0, to: 4, populated: [0, 2] }],
    parent: [
      [{ do: 'fork' }, { do: 'write', page: 0 }],
      [
        { do: 'write', page: 1 },
        { do: 'write', page: 2 },
      ],
    ],
    child: [{ do: 'read', page: 0 }, { do: 'exit' }],
    options: { faultLock: 'vma' },
    reaches: ['parentSynchronises', 'frameIsCopied', 'childRuns'],
  },
  {
    format: 1,
    name: 'vma-lock-protect',
    says: 'Faults hold only the lock of their VMA while another thread changes its protection.',
    pages: 4,
    vmas: [{ from: 0, to: 4 }],
    parent: [
      [{ do: 'fork' }, { do: 'mprotect', from: 0, to: 4, write: false }],
      [
        { do: 'write', page: 0 },
        { do: 'read', page: 1 },
      ],
    ],
    child: [{ do: 'read', page: 0 }],
    options: { faultLock: 'vma', copierLock: 'vma' },
    reaches: ['parentSynchronisesVma', 'flushIsAnswered', 'childRuns'],
  },
  {
    format: 1,
    name: 'fault-behind-writer',
    says: 'A fault of one thread waits behind a system call of another one that waits for the copying child.',
    pages: 4,
    vmas: [
      { from: 0, to: 2 },
      { from: 2, to: 4 },
    ],
    parent: [[{ do: 'fork' }, { do: 'munmap', from: 2, to: 4 }], [{ do: 'write', page: 0 }]],
    child: [{ do: 'read', page: 0 }],
    reaches: ['faultWaitsBehindWriter', 'vmaCallWaitsForCopier', 'childRuns'],
  },
]
