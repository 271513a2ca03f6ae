/** A key-value store saves a snapshot: what Redis does for BGSAVE (protocol facts 9). */
import type { ScenarioInput } from '../scenario.js'

export const bgsave: readonly ScenarioInput[] = [
  {
    format: 1,
    name: 'bgsave',
    says: 'One writer changes any two pages while the child reads them all.',
    pages: 4,
    vmas: [{ from: 0, to: 4 }],
    parent: [[{ do: 'fork' }, { do: 'write', page: 'any' }, { do: 'write', page: 'any' }]],
    child: [
      { do: 'read', page: 0 },
      { do: 'read', page: 1 },
      { do: 'read', page: 2 },
      { do: 'read', page: 3 },
      { do: 'exit' },
    ],
    reaches: [
      'parentSynchronises',
      'copierWaitsForParent',
      'parentWaitsForCopier',
      'copiedMeanwhile',
      'frameIsCopied',
      'childRuns',
    ],
  },
  {
    format: 1,
    name: 'bgsave-log-line',
    says: 'After BGSAVE the parent logs a line: libc maps a page next to the heap, and the parent stalls until all of the heap is copied.',
    pages: 8,
    vmas: [{ from: 0, to: 6 }],
    parent: [[{ do: 'fork' }, { do: 'mmap', from: 6, to: 7 }, { do: 'write', page: 6 }]],
    child: [
      { do: 'read', page: 0 },
      { do: 'read', page: 5 },
    ],
    reaches: ['parentCopiesVmaAlone', 'vmaCallWaitsForCopier', 'childRuns'],
  },
  {
    format: 1,
    name: 'bgsave-log-line-in-child',
    says: 'The cure: the child logs the line, the parent maps nothing and waits for no copy.',
    pages: 8,
    vmas: [
      { from: 0, to: 6 },
      { from: 6, to: 7 },
    ],
    parent: [[{ do: 'fork' }, { do: 'write', page: 0 }]],
    child: [
      { do: 'write', page: 6 },
      { do: 'read', page: 0 },
    ],
    reaches: ['parentSynchronises', 'childRuns'],
  },
]
