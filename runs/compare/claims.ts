/**
 * What articles about fork-based snapshots say, as questions to the model: each a row of totals
 * that are computed over all interleavings, for some systems and along one thing that varies.
 */
import { parseScenario, type Scenario, type ScenarioInput, type System } from '../../model/index.js'
import { systemNamed } from '../fork-machine/names.js'
import { type Total, worstTotal } from './totals.js'

type Operation = ScenarioInput['parent'][number][number]

/** One claim: what is counted, where, and along what. */
export interface Claim {
  readonly name: string
  /** What the articles say. */
  readonly says: string
  readonly total: Total
  /** What varies, and its values. */
  readonly along: string
  readonly values: readonly (number | string)[]
  readonly scenario: (value: never) => Scenario
  /** The systems that it is about; default: all. */
  readonly systems?: readonly string[]
  /** What the numbers answer. */
  readonly answer: string
}

const PAGES_PER_TABLE = 2
const SIZES = [1, 2, 3]

/** A heap of some PMDs, each with a full table, and what the parent does after fork. */
function heap(pmds: number, after: readonly Operation[], more: Partial<ScenarioInput> = {}) {
  const pages = pmds * PAGES_PER_TABLE
  return parseScenario({
    format: 1,
    name: 'claim',
    pages,
    pagesPerTable: PAGES_PER_TABLE,
    vmas: [{ from: 0, to: pages }],
    parent: [[{ do: 'fork' }, ...after]],
    ...more,
  })
}

const pagesOf = (pmds: number) => Array.from({ length: pmds * PAGES_PER_TABLE }, (_, page) => page)
const writeAll = (pmds: number) => pagesOf(pmds).map((page) => ({ do: 'write', page }) as const)
const readAll = (pmds: number) => pagesOf(pmds).map((page) => ({ do: 'read', page }) as const)

export const claims: readonly Claim[] = [
  {
    name: 'fork-grows',
    says: 'The time of the default fork grows with memory, as it copies all page tables; Async-fork leaves that to the child.',
    total: 'forkTables',
    along: 'PMDs of the heap',
    values: SIZES,
    scenario: (pmds: number) => heap(pmds, []),
    answer: 'True of the tables that fork copies.',
  },
  {
    name: 'fork-still-walks',
    says: 'fork in Async-fork takes the same time however large memory is.',
    total: 'forkSteps',
    along: 'PMDs of the heap',
    values: SIZES,
    scenario: (pmds: number) => heap(pmds, []),
    answer:
      'Not quite: it still marks every PMD, one step each. That grows as well, with one step for each table and not for each of its pages (512 on x86).',
  },
  {
    name: 'interruptions',
    says: 'The parent is interrupted only where it changes memory that the child has not copied yet, and once for each PMD at most.',
    total: 'interruptions',
    along: 'PMDs of the heap, of which the parent writes to every page',
    values: SIZES,
    scenario: (pmds: number) => heap(pmds, writeAll(pmds)),
    answer: 'True: one table for each PMD that is written to, never two.',
  },
  {
    name: 'interruptions-by-mmap',
    says: 'System calls that change a VMA synchronise all of it.',
    total: 'interruptions',
    along: 'PMDs of the heap; the parent maps one page beside it',
    values: SIZES,
    scenario: (pmds: number) =>
      heap(pmds, [{ do: 'mmap', from: pmds * PAGES_PER_TABLE, to: pmds * PAGES_PER_TABLE + 1 }], {
        pages: (pmds + 1) * PAGES_PER_TABLE,
      }),
    answer:
      'True where the VMA itself is tied to the child. It grows with memory as fork did. The scenario bgsave-log-line is such a call.',
  },
  {
    name: 'copiers',
    says: 'Several copying threads shorten the time in which the parent can be interrupted.',
    total: 'perCopier',
    along: 'copiers, by table, of a heap of 4 PMDs',
    values: [1, 2, 3, 4],
    scenario: (copiers: number) => heap(4, [], { options: { copiers, copierSplit: 'table' } }),
    systems: ['async-fork'],
    answer: 'True of the work that one copier has: the tables are divided among them.',
  },
  {
    name: 'copiers-worst-case',
    says: 'Several copying threads reduce the synchronisations of the parent.',
    total: 'interruptions',
    along: 'copiers, by table, of a heap of 2 PMDs; the parent writes to one page of each',
    values: [1, 2, 3, 4],
    scenario: (copiers: number) =>
      heap(
        2,
        [
          { do: 'write', page: 0 },
          { do: 'write', page: PAGES_PER_TABLE },
        ],
        {
          options: { copiers, copierSplit: 'table' },
        },
      ),
    systems: ['async-fork'],
    answer:
      'Only on average. At worst no copier is scheduled before the parent writes, and the number is the same.',
  },
  {
    name: 'memory-doubles',
    says: 'While a child lives memory may grow to twice its size.',
    total: 'frames',
    along: 'PMDs of the heap, of which the parent writes to every page',
    values: [1, 2],
    scenario: (pmds: number) => heap(pmds, writeAll(pmds)),
    answer: 'True, with every system.',
  },
  {
    name: 'tables-are-shared',
    says: 'On-demand-fork and COW PTE save page tables, as parent and child share them.',
    total: 'tables',
    along: 'PMDs of the heap, of which the parent reads every page',
    values: SIZES,
    scenario: (pmds: number) => heap(pmds, readAll(pmds)),
    answer: 'True as long as nobody writes. A thread that writes gets its own copy of the table.',
  },
  {
    name: 'huge-pages',
    says: 'With huge pages there are fewer tables, but copy-on-write copies more.',
    total: 'framesCopied',
    along: 'pages in one huge page, of which the parent writes to the first',
    values: [2, 4],
    scenario: (pages: number) =>
      heap(1, [{ do: 'write', page: 0 }], {
        pages,
        pagesPerTable: pages,
        vmas: [{ from: 0, to: pages, huge: true }],
      }),
    answer:
      'Not in this model: the huge page is split, and one small page is copied, as do_huge_pmd_wp_page does since Linux 5.8. Older kernels copied 2 MiB; the model has no rule for that.',
  },
  {
    name: 'save-blocks',
    says: 'SAVE blocks the server while it reads all memory; BGSAVE only for fork.',
    total: 'ownSteps',
    along:
      'PMDs of the heap, read by the parent itself after fork (SAVE), against "fork-still-walks"',
    values: SIZES,
    scenario: (pmds: number) => heap(pmds, [...readAll(pmds)], { child: [{ do: 'exit' }] }),
    answer:
      'True: the steps of SAVE grow with every page, those of fork in Async-fork with every PMD.',
  },
  {
    name: 'rehash',
    says: 'Redis holds rehashing back while a child lives, as it touches pages that would be copied.',
    total: 'framesCopied',
    along: 'pages that rehashing touches beside the one that is served',
    values: [0, 1, 2, 3],
    scenario: (touched: number) =>
      heap(
        2,
        pagesOf(2)
          .slice(0, touched + 1)
          .map((page) => ({ do: 'write', page })),
      ),
    answer: 'True: each page that is touched is one more copy.',
  },
  {
    name: 'exec-needs-no-copy',
    says: 'A child that execs at once needs no copy of the tables.',
    total: 'framesCopied',
    along: 'PMDs of the heap, of which the parent writes to every page while the child execs',
    values: [1, 2],
    scenario: (pmds: number) => heap(pmds, writeAll(pmds), { child: [{ do: 'exec' }] }),
    answer:
      'At worst all pages are copied before the child comes to exec: vfork or posix_spawn avoid it.',
  },
  {
    name: 'switched-off',
    says: 'Async-fork can be switched off for a process, which then forks as ever.',
    total: 'forkTables',
    along: 'PMDs of the heap, with Async-fork switched off',
    values: SIZES,
    scenario: (pmds: number) => heap(pmds, [], { options: { enabled: false } }),
    systems: ['linux', 'async-fork', 'async-fork-anolis'],
    answer: 'True: the same numbers as the default fork.',
  },
]

/** The answer to a claim by one system: the worst total for each value. */
export interface ClaimRow {
  readonly claim: string
  readonly system: string
  readonly values: readonly number[]
}

/** The systems that a claim is about, among some. */
export function systemsOf({ systems }: Claim, among: readonly System[]): readonly System[] {
  return systems ? among.filter(({ name }) => systems.includes(name)) : among
}

/** Computes one row. Takes some seconds. */
export function claimRow(claim: Claim, system: string): ClaimRow {
  const values = claim.values.map((value) =>
    worstTotal(
      { system: systemNamed(system), scenario: claim.scenario(value as never) },
      claim.total,
    ),
  )
  return { claim: claim.name, system, values }
}

/** A total as it is shown. */
export const totalText = (value: number) => (Number.isFinite(value) ? String(value) : 'no bound')
