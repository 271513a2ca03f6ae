/**
 * Small scenarios in which the sound kernel violated its own properties, as nobody had combined two
 * operations before: a call of the parent, a sibling that stores, and a thread of the kernel.
 */
import { expect, test } from 'vitest'
import '../../testing/vitest.js'
import type { ScenarioInput } from '../../model/index.js'

type Part = Omit<ScenarioInput, 'format' | 'name'>

const fork = { do: 'fork' } as const
const write = { do: 'write', page: 0 } as const
const read = { do: 'read', page: 0 } as const
const migrate = { do: 'migrate', page: 0 } as const
const swapOut = { do: 'swapOut', page: 0 } as const
const merge = { do: 'mergeSame', page: 0, with: 1 } as const

/** Two pages of one table. */
const two = { pages: 2, vmas: [{ from: 0, to: 2 }] }

const cases: readonly (readonly [string, Part])[] = [
  [
    'DONTNEED does not overtake the flush of a migration',
    {
      ...two,
      parent: [[{ do: 'dontneed', from: 0, to: 1 }, fork], [write]],
      kernel: [[migrate]],
    },
  ],
  [
    'reclaim does not find a table that mremap has moved and not flushed',
    {
      pages: 2,
      pagesPerTable: 1,
      vmas: [{ from: 0, to: 1 }],
      parent: [[{ do: 'mremap', from: 0, to: 1, target: 1 }, fork], [write]],
      kernel: [[{ do: 'swapOut', page: 1 }]],
    },
  ],
  [
    'migration does not find a page that mremap has moved and not flushed',
    {
      pages: 4,
      vmas: [{ from: 0, to: 1 }],
      parent: [[{ do: 'mremap', from: 0, to: 1, target: 3 }, fork], [write]],
      kernel: [[{ do: 'migrate', page: 3 }]],
    },
  ],
  [
    'migration waits for a collapse before it puts its entries right',
    { ...two, parent: [[write, fork]], kernel: [[migrate], [{ do: 'collapse', page: 0 }]] },
  ],
  [
    'mprotect takes the permission from a migration entry too',
    {
      ...two,
      parent: [[{ do: 'mprotect', from: 0, to: 2, write: false }, fork]],
      kernel: [[migrate]],
    },
  ],
  [
    'swapoff leaves pages alone whose VMA munmap has cut off',
    {
      ...two,
      parent: [[{ do: 'munmap', from: 0, to: 1 }, fork]],
      child: [],
      kernel: [[swapOut, { do: 'swapOff' }]],
    },
  ],
  [
    'a huge page that is split or shared stays dirty',
    {
      pages: 2,
      vmas: [{ from: 0, to: 2, huge: true }],
      parent: [[{ do: 'free', from: 0, to: 2 }, write, fork]],
      child: [{ do: 'dontneed', from: 1, to: 2 }, read],
      kernel: [[{ do: 'splitHuge', page: 0 }, swapOut]],
    },
  ],
  [
    'a store that races with MADV_FREE may be dropped',
    {
      ...two,
      parent: [
        [{ do: 'free', from: 0, to: 1 }, fork],
        [write, write],
      ],
      child: [],
      kernel: [[swapOut]],
    },
  ],
  [
    'KSM keeps the PTE lock until its write protection is flushed',
    {
      ...two,
      parent: [
        [{ do: 'mlock', from: 0, to: 1 }, fork],
        [write, write],
      ],
      child: [read, write],
      kernel: [[merge]],
    },
  ],
  [
    'fork copies a pinned page as it is, lazily freed or not',
    {
      ...two,
      parent: [
        [{ do: 'pin', page: 0 }, fork],
        [{ do: 'free', from: 0, to: 1 }, write],
      ],
      child: [read, write],
      kernel: [[swapOut]],
    },
  ],
  [
    'what mremap has moved away reads as zeros where the old range cannot be unmapped',
    {
      pages: 3,
      pagesPerTable: 1,
      vmas: [{ from: 0, to: 2 }],
      parent: [[{ do: 'mremap', from: 0, to: 1, target: 2 }, fork, read]],
      child: [read],
      failures: { budget: 1, at: ['vma'] },
    },
  ],
]

test.each(cases)('%s', (_, part) => {
  const scenario: ScenarioInput = { format: 1, name: 'small', ...part }
  expect({ system: 'linux', scenario }).toHold()
})
