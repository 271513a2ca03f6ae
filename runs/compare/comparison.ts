/** Systems side by side: what each operation of the parent can cost, and how it grows. */
import { parseScenario, type Scenario, type ScenarioInput, type System } from '../../model/index.js'
import { type Measure, type WorstCase, worstCases } from './stall.js'

type Operation = ScenarioInput['parent'][number][number]

/** An operation after fork, on a heap of some PMDs. */
interface MeasuredOperation {
  readonly name: string
  /** @param pages of the heap, which begins at page 0; behind it is nothing. */
  readonly after: (pages: number) => readonly Operation[]
}

/** Pages in a table: with two, a page has a neighbour. */
const PAGES_PER_TABLE = 2

const subjects: readonly MeasuredOperation[] = [
  { name: 'fork', after: () => [] },
  { name: 'a write', after: () => [{ do: 'write', page: 'any' }] },
  { name: 'a read', after: () => [{ do: 'read', page: 'any' }] },
  {
    name: 'an mmap beside the heap',
    after: (pages) => [{ do: 'mmap', from: pages, to: pages + 1 }],
  },
  {
    name: 'an mmap apart',
    after: (pages) => [{ do: 'mmap', from: pages + 2, to: pages + 3 }],
  },
  {
    name: 'a munmap of the last table',
    after: (pages) => [{ do: 'munmap', from: pages - PAGES_PER_TABLE, to: pages }],
  },
  {
    name: 'an mprotect of the first page',
    after: () => [{ do: 'mprotect', from: 0, to: 1, write: false }],
  },
  {
    name: 'a madvise DONTNEED of the heap',
    after: (pages) => [{ do: 'dontneed', from: 0, to: pages }],
  },
]

/** One row: a system's worst case for an operation at some size. */
export interface Comparison extends Omit<WorstCase, 'operation'> {
  readonly system: string
  readonly operation: string
  /** PMDs of the heap, each with a full table. */
  readonly pmds: number
}

/** The names of the operations that are compared. */
export const SUBJECTS: readonly string[] = subjects.map(({ name }) => name)

/** The scenario in which an operation is measured: fork, then the operation, and a child. */
export function comparisonScenario(name: string, pmds: number): Scenario {
  const pages = pmds * PAGES_PER_TABLE
  const subject = subjects.find((s) => s.name === name)
  if (!subject) throw new Error(`no such operation: ${name}`)
  const after = subject.after(pages)
  return parseScenario({
    format: 1,
    name: 'compared',
    pagesPerTable: PAGES_PER_TABLE,
    pages: Math.max(pages, ...after.map((op) => ('to' in op ? roundUp(op.to) : 0))),
    vmas: [{ from: 0, to: pages }],
    parent: [[{ do: 'fork' }, ...after]],
  })
}

function roundUp(pages: number): number {
  return Math.ceil(pages / PAGES_PER_TABLE) * PAGES_PER_TABLE
}

/** The worst cases of one operation of one system at one size. */
export function compare(system: System, name: string, pmds: number): Comparison {
  const found = worstCases({ system, scenario: comparisonScenario(name, pmds) })
  const { operation, ...costs } = found[found.length - 1]
  return { system: system.name, operation: name, pmds, ...costs }
}

/** The measures, in words. */
export const HEADINGS: Readonly<Record<Measure, string>> = {
  tables: 'PTE tables the parent copies',
  allocations: 'allocations the parent makes',
  faults: 'page faults the parent takes',
  waits: 'steps of others the parent waits for',
  inUse: 'PTE tables in use at once, of parent and child together',
}

/** A measure as a table: operations and systems down, PMDs across. */
export function comparisonTable(
  rows: readonly Comparison[],
  measure: Measure,
): { head: string[]; rows: string[][] } {
  const operations = [...new Set(rows.map(({ operation }) => operation))]
  const systems = [...new Set(rows.map(({ system }) => system))]
  const most = Math.max(0, ...rows.map(({ pmds }) => pmds))
  const sizes = Array.from({ length: most }, (_, i) => i + 1)
  const value = (operation: string, system: string, pmds: number) =>
    rows.find((r) => r.operation === operation && r.system === system && r.pmds === pmds)?.[measure]
  return {
    head: ['at worst, with this many PMDs', 'system', ...sizes.map(String)],
    rows: operations.flatMap((operation) =>
      systems.map((system) => {
        const values = sizes.map((pmds) => valueText(value(operation, system, pmds)))
        return [operation, system, ...values]
      }),
    ),
  }
}

function valueText(value: number | undefined): string {
  if (value === undefined) return '-'
  return Number.isFinite(value) ? String(value) : 'no bound'
}
