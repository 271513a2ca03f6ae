/** Memory that is moved over something mapped, or closed to every access. */
import { oneVma, readAll, type StandardScenario } from './standard.js'

/** The parent's lock is dropped between VMAs, so that the call may come in the middle. */
const between = { copierLock: 'vma' } as const

export const closing: readonly StandardScenario[] = [
  {
    name: 'move-over',
    says: 'mremap moves a VMA over another one, which it unmaps first (MREMAP_FIXED).',
    pages: 4,
    vmas: [
      { from: 0, to: 2 },
      { from: 2, to: 4 },
    ],
    parent: [
      [
        { do: 'fork' },
        { do: 'mremap', from: 0, to: 2, target: 2, replace: true },
        { do: 'write', page: 2 },
      ],
    ],
    child: readAll(0, 2),
    options: between,
    reaches: ['parentSynchronisesVma', 'childRuns'],
  },
  {
    name: 'move-over-part',
    says: 'mremap moves a page over a part of another VMA that a sibling writes to, and may find no memory to cut that.',
    pages: 3,
    pagesPerTable: 1,
    vmas: [
      { from: 0, to: 1 },
      { from: 1, to: 3 },
    ],
    parent: [
      [{ do: 'fork' }, { do: 'mremap', from: 0, to: 1, target: 1, replace: true }],
      [{ do: 'write', page: 1 }],
    ],
    child: readAll(1),
    options: between,
    failures: { budget: 1, at: ['vma'] },
    reaches: ['callFails', 'parentSynchronisesVma', 'childRuns'],
  },
  {
    name: 'close-and-open',
    says: 'The parent forbids every access to a VMA (PROT_NONE) that a sibling reads, and allows it again.',
    ...oneVma(2),
    parent: [
      [
        { do: 'fork' },
        { do: 'mprotect', from: 0, to: 2, write: false, none: true },
        { do: 'mprotect', from: 0, to: 2, write: true },
        { do: 'write', page: 0 },
      ],
      readAll(1, 1),
    ],
    child: readAll(0, 1),
    options: between,
    reaches: ['flushIsAnswered', 'parentSynchronisesVma', 'childRuns'],
  },
  {
    name: 'closed-at-fork',
    says: 'Memory that is closed at fork (PROT_NONE), as a guard page is: the child opens it and finds what it held.',
    ...oneVma(2),
    parent: [
      [
        { do: 'mprotect', from: 0, to: 2, write: false, none: true },
        { do: 'fork' },
        { do: 'read', page: 0 },
      ],
    ],
    child: [
      { do: 'read', page: 0 },
      { do: 'mprotect', from: 0, to: 2, write: true },
      { do: 'write', page: 0 },
    ],
    kernel: [[{ do: 'swapOut', page: 0 }]],
    reaches: ['frameIsCopied', 'childHasSwapEntry', 'childRuns'],
  },
  {
    name: 'close-and-lock',
    says: 'Memory that is closed (PROT_NONE) is put into a pipe and locked, and both are refused.',
    ...oneVma(2),
    parent: [
      [
        { do: 'fork' },
        { do: 'mprotect', from: 0, to: 1, write: false, none: true },
        { do: 'splice', page: 0 },
        { do: 'mlock', from: 0, to: 1 },
      ],
    ],
    child: readAll(0),
    options: between,
    reaches: ['parentSynchronisesVma', 'childRuns'],
  },
]
