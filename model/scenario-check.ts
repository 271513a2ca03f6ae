/** What a scenario's schema cannot say: how its parts must fit together. */
import type { KernelOperation, ProcessOperation, Scenario } from './scenario.js'

/** What a child can do; it forks no children of its own. */
const CHILD_OPERATIONS: readonly string[] = [
  'read',
  'write',
  'exit',
  'exec',
  'munmap',
  'mmap',
  'mprotect',
  'dontneed',
  'splice',
  'readPipe',
]

/** The first mistake in words, the culprit named; or null. */
export function firstMistake(scenario: Scenario): string | null {
  return (
    geometryMistake(scenario) ??
    vmaMistake(scenario) ??
    programMistake(scenario) ??
    forkMistake(scenario) ??
    waitMistake(scenario) ??
    optionMistake(scenario)
  )
}

function geometryMistake({ pages, pagesPerTable }: Scenario): string | null {
  return pages % pagesPerTable === 0
    ? null
    : `pages: ${pages} must be a multiple of pagesPerTable, ${pagesPerTable}`
}

function rangeMistake(
  what: string,
  { from, to }: { from: number; to: number },
  pages: number,
): string | null {
  return from < to && to <= pages
    ? null
    : `${what}: pages ${from} to ${to} must be a range within 0 to ${pages}`
}

function vmaMistake({ vmas, pages, pagesPerTable }: Scenario): string | null {
  for (const [i, vma] of vmas.entries()) {
    const bad = rangeMistake(`vmas.${i}`, vma, pages)
    if (bad) return bad
    const outside = vma.populated?.find((p) => p < vma.from || p >= vma.to)
    if (outside !== undefined) return `vmas.${i}.populated: page ${outside} is not in the VMA`
    const other = vmas.findIndex((w, j) => j > i && w.from < vma.to && vma.from < w.to)
    if (other >= 0) return `vmas.${other}: overlaps vmas.${i}`
    const aligned = vma.from % pagesPerTable === 0 && vma.to % pagesPerTable === 0
    if (vma.huge && (!aligned || vma.populated))
      return `vmas.${i}.huge: must cover whole tables of ${pagesPerTable} pages, all populated`
  }
  return null
}

function programMistake(scenario: Scenario): string | null {
  const { parent, child, secondChild = [], kernel } = scenario
  const programs = [
    ...parent.map((p, i) => [`parent.${i}`, p, false] as const),
    ['child', child, true] as const,
    ['secondChild', secondChild, true] as const,
    ...kernel.map((p, i) => [`kernel.${i}`, p, false] as const),
  ]
  for (const [who, operations, isChild] of programs)
    for (const [i, op] of operations.entries()) {
      const what = `${who}.${i}`
      const bad = operationMistake(what, op, scenario)
      if (bad) return bad
      if (isChild && !CHILD_OPERATIONS.includes(op.do))
        return `${what}: a child can ${CHILD_OPERATIONS.join(', ')}, not ${op.do}`
      if ((op.do === 'exit' || op.do === 'exec') && i < operations.length - 1)
        return `${what}: nothing can follow an ${op.do}`
    }
  if (parent.length > 1 && parent.flat().some((op) => op.do === 'exec'))
    return 'parent: exec is for a process with one thread'
  const pinners = parent.filter((p) => p.some((op) => op.do === 'pin' || op.do === 'unpin'))
  if (pinners.length > 1) return 'parent: only one thread can pin pages'
  return null
}

function operationMistake(
  what: string,
  op: ProcessOperation | KernelOperation,
  { pages }: Scenario,
): string | null {
  for (const field of ['page', 'with', 'target'] as const) {
    const page = field in op ? (op as Record<string, unknown>)[field] : undefined
    if (typeof page === 'number' && page >= pages)
      return `${what}: ${field} ${page} must be below ${pages}`
  }
  if ('from' in op) {
    const bad = rangeMistake(what, op, pages)
    if (bad) return bad
  }
  if (op.do !== 'mremap') return null
  const size = op.size ?? op.to - op.from
  if (op.target === undefined)
    return op.from + size <= pages ? null : `${what}: size ${size} reaches beyond page ${pages}`
  if (size < op.to - op.from) return `${what}: what moves cannot shrink as well`
  const bad = rangeMistake(`${what}.target`, { from: op.target, to: op.target + size }, pages)
  const overlaps = op.target < op.to && op.from < op.target + size
  return bad ?? (overlaps ? `${what}.target: overlaps the old place` : null)
}

function forkMistake({ parent, secondChild, kill }: Scenario): string | null {
  const forks = parent.flat().filter((op) => op.do === 'fork').length
  if (forks === 0) return 'parent: nobody forks, so there is no snapshot to check'
  if (forks > 2) return `parent: ${forks} forks: at most two are modelled`
  if (forks === 1 && secondChild) return 'secondChild: the parent forks only once'
  if (forks === 1 && Array.isArray(kill) && kill.includes('secondChild'))
    return 'kill: there is no secondChild, the parent forks only once'
  return null
}

/** Who waits for a child that never ends waits for ever, and no kernel is to blame. */
function waitMistake({ parent, child, secondChild = [] }: Scenario): string | null {
  const operations = parent.flat()
  if (!operations.some((op) => op.do === 'wait')) return null
  const forks = operations.filter((op) => op.do === 'fork').length
  const children = [['child', child] as const, ['secondChild', secondChild] as const]
  const endless = children.slice(0, forks).find(([, program]) => {
    const last = program.at(-1)?.do
    return last !== 'exit' && last !== 'exec'
  })
  return endless
    ? `${endless[0]}: the parent waits for its end, so its program must end with exit or exec`
    : null
}

function optionMistake({ options }: Scenario): string | null {
  if (options.copiers > 1 && options.copierLock === 'vma')
    return 'options.copierLock: several copiers need the lock for the whole copy'
  return null
}
