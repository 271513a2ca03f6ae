/** The memory that a sweep works on: small, and each with its own way to be awkward. */
import type { ScenarioInput } from '../../model/scenario.js'

export type Geometry = Required<Pick<ScenarioInput, 'name' | 'says' | 'pages' | 'pagesPerTable'>> &
  Pick<ScenarioInput, 'vmas' | 'options'>

/** Behind the VMAs of each there is room for a mapping that moves or is new. */
export const geometries: readonly Geometry[] = [
  {
    name: 'one-table',
    says: 'One table, wholly inside one VMA.',
    pages: 4,
    pagesPerTable: 2,
    vmas: [{ from: 0, to: 2 }],
  },
  {
    name: 'boundary',
    says: 'Two tables, and in the second one a VMA ends and another one begins.',
    pages: 4,
    pagesPerTable: 2,
    vmas: [
      { from: 0, to: 3 },
      { from: 3, to: 4, write: false },
    ],
  },
  {
    name: 'huge',
    says: 'One huge page.',
    pages: 4,
    pagesPerTable: 2,
    vmas: [{ from: 0, to: 2, huge: true }],
  },
  {
    name: 'small-tables',
    says: 'Two tables of one page each, in one VMA.',
    pages: 3,
    pagesPerTable: 1,
    vmas: [{ from: 0, to: 2 }],
  },
  {
    name: 'stack',
    says: 'A stack that may grow by one page, within its table.',
    pages: 4,
    pagesPerTable: 2,
    vmas: [{ from: 1, to: 2, stack: true }],
  },
  {
    name: 'freed-tables',
    says: 'One table, which DONTNEED frees once it is empty, under the lock of its VMA.',
    pages: 4,
    pagesPerTable: 2,
    vmas: [{ from: 0, to: 2 }],
    options: { tableReclaim: true, madviseLock: 'vma' },
  },
]
