/** Calls that walk page tables and change no entry: the snapshot must not notice them. */
import { oneVma, readAll, type StandardScenario, writeAll } from './standard.js'

export const walks: readonly StandardScenario[] = [
  {
    name: 'asks-what-is-in-memory',
    says: 'Parent and child ask which pages are in memory, and go on reading and writing.',
    ...oneVma(4),
    parent: [[{ do: 'fork' }, { do: 'mincore', from: 0, to: 2 }, { do: 'write', page: 0 }]],
    child: [{ do: 'mincore', from: 0, to: 4 }, ...readAll(0, 2)],
    reaches: ['parentSynchronises', 'childRuns'],
  },
  {
    name: 'will-not-need',
    says: 'The parent says that it will not need a range soon, and reads and writes it all the same.',
    ...oneVma(4),
    parent: [[{ do: 'fork' }, { do: 'cold', from: 0, to: 3 }, ...writeAll(0)]],
    child: readAll(0, 2),
    reaches: ['parentSynchronises', 'childRuns'],
  },
  {
    name: 'will-not-need-part',
    says: 'The parent says that it will not need part of a huge page soon: the page is split.',
    pages: 2,
    vmas: [{ from: 0, to: 2, huge: true }],
    parent: [[{ do: 'cold', from: 0, to: 1 }, { do: 'fork' }, { do: 'write', page: 1 }]],
    child: readAll(0, 1),
    reaches: ['parentHasHugePage', 'childRuns'],
  },
  {
    name: 'will-need',
    says: 'The parent wants a page that was swapped out back in the swap cache, while both read and write it.',
    ...oneVma(2),
    parent: [[{ do: 'fork' }, { do: 'willneed', from: 0, to: 2 }, { do: 'write', page: 0 }]],
    child: readAll(0),
    kernel: [[{ do: 'swapOut', page: 0 }]],
    reaches: ['childHasSwapEntry', 'childRuns'],
  },
  {
    name: 'will-need-fails',
    says: 'There is no frame for a page that is wanted back from swap: the advice is not followed.',
    ...oneVma(2),
    parent: [[{ do: 'willneed', from: 0, to: 2 }, { do: 'fork' }, { do: 'write', page: 0 }]],
    child: readAll(0),
    kernel: [[{ do: 'swapOut', page: 0 }]],
    failures: { budget: 1, at: ['faultFrame'] },
    reaches: ['childRuns'],
  },
]
