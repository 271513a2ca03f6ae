/** One system call of the parent at a time, against the copying child. */
import { oneVma, readAll, type StandardScenario } from './standard.js'

export const operations: readonly StandardScenario[] = [
  {
    name: 'unmap-whole',
    says: 'The parent unmaps a whole VMA while the child copies it.',
    pages: 4,
    vmas: [
      { from: 0, to: 2 },
      { from: 2, to: 4, write: false },
    ],
    parent: [[{ do: 'fork' }, { do: 'munmap', from: 0, to: 2 }, { do: 'read', page: 2 }]],
    child: readAll(0, 1, 2, 3),
    options: { copierLock: 'vma' },
    reaches: ['parentSynchronisesVma', 'childRuns'],
  },
  {
    name: 'unmap-middle',
    says: 'The parent unmaps the middle of a VMA, which splits it twice, and maps it again.',
    ...oneVma(6),
    parent: [
      [
        { do: 'fork' },
        { do: 'munmap', from: 2, to: 4 },
        { do: 'mmap', from: 2, to: 4 },
        { do: 'write', page: 2 },
      ],
    ],
    child: readAll(0, 1, 2, 3),
    options: { copierLock: 'vma' },
    reaches: ['parentSynchronisesVma', 'vmaCallWaitsForCopier', 'childRuns'],
  },
  {
    name: 'unmap-half-table',
    says: 'The parent unmaps one page of a table whose other page stays mapped.',
    ...oneVma(2),
    parent: [[{ do: 'fork' }, { do: 'munmap', from: 0, to: 1 }, { do: 'write', page: 1 }]],
    child: readAll(0, 1),
    options: { copierLock: 'vma' },
    reaches: ['parentSynchronisesVma', 'childRuns'],
  },
  {
    name: 'merge',
    says: 'The parent maps the gap between two VMAs that are both being copied: three become one. A second mapping on top of it is refused.',
    pages: 6,
    vmas: [
      { from: 0, to: 2 },
      { from: 4, to: 6 },
    ],
    parent: [
      [
        { do: 'fork' },
        { do: 'mmap', from: 2, to: 4 },
        { do: 'mmap', from: 3, to: 4 },
        { do: 'write', page: 4 },
      ],
    ],
    child: readAll(0, 4),
    options: { copierLock: 'vma' },
    reaches: ['boundVmasMerge', 'parentSynchronisesVma', 'childRuns'],
  },
  {
    name: 'protect',
    says: 'The parent makes part of a VMA read-only and then writable again.',
    ...oneVma(4),
    parent: [
      [
        { do: 'fork' },
        { do: 'mprotect', from: 0, to: 2, write: false },
        { do: 'write', page: 0 },
        { do: 'mprotect', from: 0, to: 2, write: true },
        { do: 'write', page: 0 },
      ],
    ],
    child: readAll(0, 1, 2, 3),
    options: { copierLock: 'vma' },
    reaches: ['parentSynchronisesVma', 'childRuns'],
  },
  {
    name: 'opened-at-once',
    says: 'mprotect gives write permission to a page that nobody else has, and then fork takes it.',
    ...oneVma(2),
    parent: [
      [
        { do: 'mprotect', from: 0, to: 2, write: false },
        { do: 'mprotect', from: 0, to: 2, write: true },
        { do: 'fork' },
        { do: 'write', page: 0 },
      ],
      [{ do: 'read', page: 0 }],
    ],
    child: readAll(0, 1),
    reaches: ['frameIsCopied', 'childRuns'],
  },
  {
    name: 'discard',
    says: 'The parent discards pages with madvise DONTNEED and writes to them anew.',
    pages: 4,
    vmas: [{ from: 0, to: 4, populated: [0, 2, 3] }],
    parent: [[{ do: 'fork' }, { do: 'dontneed', from: 1, to: 3 }, { do: 'write', page: 2 }]],
    child: readAll(0, 1, 2, 3),
    reaches: ['parentSynchronises', 'copierWaitsForParent', 'childRuns'],
  },
  {
    name: 'partial-table',
    says: 'Two VMAs share a PTE table that neither covers: fork copies it itself.',
    pages: 6,
    vmas: [
      { from: 0, to: 3 },
      { from: 3, to: 6 },
    ],
    parent: [[{ do: 'fork' }, { do: 'write', page: 'any' }, { do: 'munmap', from: 0, to: 3 }]],
    child: readAll(0, 1, 2, 3, 4, 5),
    reaches: ['parentSynchronises', 'childRuns'],
  },
  {
    name: 'first-touch',
    says: 'Pages that nobody had touched at fork: parent and child must each find zeros.',
    pages: 4,
    vmas: [{ from: 0, to: 4, populated: [0] }],
    parent: [[{ do: 'fork' }, { do: 'write', page: 1 }, { do: 'write', page: 2 }]],
    child: [
      { do: 'read', page: 1 },
      { do: 'write', page: 2 },
      { do: 'read', page: 0 },
    ],
    reaches: ['parentSynchronises', 'childRuns'],
  },
  {
    name: 'isolation',
    says: 'Parent and child both write to the same pages.',
    ...oneVma(4),
    parent: [
      [{ do: 'write', page: 0 }, { do: 'fork' }, { do: 'write', page: 0 }, { do: 'read', page: 1 }],
    ],
    child: [{ do: 'write', page: 0 }, { do: 'write', page: 1 }, { do: 'exit' }],
    reaches: ['parentSynchronises', 'frameIsCopied', 'childRuns'],
  },
]
