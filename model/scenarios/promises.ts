/** What programs are promised: loads, results of calls, VMAs of a child, what a parent is told. */
import { oneVma, readAll, type StandardScenario } from './standard.js'

export const promises: readonly StandardScenario[] = [
  {
    name: 'three-threads-share',
    says: 'Two threads store to a page that is copied on write, while a third one has read it.',
    pages: 1,
    pagesPerTable: 1,
    vmas: [{ from: 0, to: 1 }],
    parent: [
      [{ do: 'fork' }, { do: 'write', page: 0 }],
      [{ do: 'write', page: 0 }],
      [{ do: 'read', page: 0 }],
    ],
    child: [],
    options: { enabled: false },
    reaches: ['frameIsCopied', 'flushIsAnswered', 'childRuns'],
  },
  {
    name: 'discard-while-sampled',
    says: 'A page is discarded and read again while NUMA sampling closes entries.',
    ...oneVma(2),
    parent: [[{ do: 'fork' }, { do: 'dontneed', from: 0, to: 1 }, { do: 'read', page: 0 }]],
    child: [{ do: 'read', page: 0 }],
    kernel: [[{ do: 'numaScan', from: 0, to: 1 }]],
    reaches: ['parentSynchronises', 'flushIsAnswered', 'childRuns'],
  },
  {
    name: 'move-while-sampled',
    says: 'A page moves to another address while NUMA sampling closes entries.',
    pages: 4,
    vmas: [{ from: 0, to: 1 }],
    parent: [
      [{ do: 'mremap', from: 0, to: 1, target: 3 }, { do: 'fork' }, { do: 'read', page: 3 }],
    ],
    child: [{ do: 'read', page: 3 }],
    kernel: [[{ do: 'numaScan', from: 0, to: 1 }]],
    reaches: ['childRuns'],
  },
  {
    name: 'grow-stack-in-thread',
    says: 'Two threads touch the page below the stack at the same time, after a fork.',
    pages: 4,
    vmas: [{ from: 2, to: 4, stack: true }],
    parent: [[{ do: 'fork' }], [{ do: 'write', page: 1 }], [{ do: 'read', page: 1 }]],
    child: [{ do: 'read', page: 2 }],
    reaches: ['parentSynchronisesVma', 'childRuns'],
  },
  {
    name: 'read-only-beside-writable',
    says: 'The child stores to memory that is read-only and to memory that is not.',
    pages: 4,
    vmas: [
      { from: 0, to: 2, write: false },
      { from: 2, to: 4 },
    ],
    parent: [[{ do: 'fork' }, { do: 'write', page: 2 }]],
    child: [
      { do: 'write', page: 0 },
      { do: 'write', page: 2 },
    ],
    reaches: ['parentSynchronises', 'frameIsCopied', 'childRuns'],
  },
  {
    name: 'sync-fails-in-call',
    says: 'The parent fails to synchronise a VMA that it protects, and one that it unmaps.',
    ...oneVma(4),
    parent: [
      [
        { do: 'fork' },
        { do: 'mprotect', from: 0, to: 4, write: false },
        { do: 'munmap', from: 2, to: 4 },
      ],
    ],
    child: [{ do: 'read', page: 0 }, { do: 'exit' }],
    failures: { budget: 1, at: ['syncTable'] },
    options: { copierLock: 'vma' },
    reaches: ['phase3Fails', 'parentSynchronisesVma', 'childRuns'],
  },
  {
    name: 'failed-save-is-reported',
    says: 'A save whose copying may fail, by either side; the parent waits for its result.',
    ...oneVma(4),
    parent: [[{ do: 'fork' }, { do: 'write', page: 0 }, { do: 'wait' }]],
    child: [...readAll(0, 2), { do: 'exit' }],
    failures: { budget: 1, at: ['copierTable', 'syncTable'] },
    reaches: ['phase2Fails', 'phase3Fails', 'toldOfSuccess', 'childRuns'],
  },
]
