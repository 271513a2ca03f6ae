/**
 * What tests of a kernel's fork are about: for each test of reality/guest/flaws.h the mutants whose
 * flaw it looks for, and where that flaw has been seen on a running kernel.
 */

export interface Expectation {
  /** The test's name. */
  readonly test: string
  /** Repairs of systems of this model: without them the flaw is there. */
  readonly mutants: readonly string[]
  /** Kernels that showed it. */
  readonly seenOn: string
}

const ODF = 'On-demand-fork (5.6.19)'
const COW = 'COW PTE (6.0.6)'

export const expectations: readonly Expectation[] = [
  { test: 'discard', mutants: ['odf-ignores-advice'], seenOn: ODF },
  { test: 'discard-one', mutants: ['cow-partial-zap-empties-table'], seenOn: COW },
  {
    test: 'remote-write',
    mutants: ['odf-device-writes-shared-page', 'cow-device-writes-shared-page'],
    seenOn: ODF,
  },
  { test: 'proc-mem-write', mutants: ['odf-device-writes-shared-page'], seenOn: ODF },
  { test: 'pinned-before', mutants: ['odf-device-has-page-already'], seenOn: ODF },
  { test: 'unprotect', mutants: ['odf-mprotect-shares-permission'], seenOn: ODF },
  { test: 'read-only-exit', mutants: ['odf-read-only-table-is-emptied'], seenOn: ODF },
  { test: 'protect', mutants: ['cow-protect-clears-table'], seenOn: COW },
  { test: 'reclaim', mutants: ['odf-reclaim-flushes-one-side'], seenOn: ODF },
  { test: 'swapped', mutants: ['odf-copies-swap-uncounted'], seenOn: ODF },
  { test: 'migrate', mutants: ['odf-migration-flushes-one-side'], seenOn: ODF },
  { test: 'merge', mutants: ['odf-merges-in-shared-table'], seenOn: ODF },
  { test: 'collapse', mutants: ['odf-collapses-shared-table'], seenOn: ODF },
  { test: 'monitor', mutants: ['odf-monitor-fills-shared-table'], seenOn: ODF },
  { test: 'unmap-after', mutants: ['odf-frees-before-flush'], seenOn: ODF },
  { test: 'two-threads', mutants: ['cow-pmd-is-met-empty'], seenOn: COW },
  { test: 'withheld', mutants: ['cow-shares-what-is-withheld'], seenOn: 'none so far' },
  { test: 'pipe', mutants: [], seenOn: 'none so far' },
  { test: 'pagemap', mutants: [], seenOn: COW },
  {
    test: 'no-memory',
    mutants: ['odf-ignores-failure', 'cow-failed-break-loses-table'],
    seenOn: `${ODF}, ${COW}`,
  },
]
