/** What a scenario's schema cannot say: how its parts must fit together. */
import { operations } from './kernel/index.js'
import { type Doer, misfit } from './operation.js'
import { type ProcessOperation, recordOf, type Scenario } from './scenario.js'

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
    ...parent.map((p, i) => [`parent.${i}`, p, 'parent'] as const),
    ['child', child, 'child'] as const,
    ['secondChild', secondChild, 'child'] as const,
    ...kernel.map((p, i) => [`kernel.${i}`, p, 'kernel'] as const),
  ]
  for (const [who, program, doer] of programs)
    for (const [i, op] of program.entries()) {
      const record = recordOf(op)
      const what = `${who}.${i}`
      const bad = misfit(record, op, scenario)
      if (bad) return `${what}: ${bad}`
      if (!record.by.includes(doer))
        return `${what}: a ${doer} can ${namesOf(doer).join(', ')}, not ${op.do}`
      if (record.ends && i < program.length - 1) return `${what}: nothing can follow an ${op.do}`
    }
  return threadMistake(parent)
}

const namesOf = (doer: Doer) =>
  operations.filter(({ by }) => by.includes(doer)).map(({ name }) => name)

/** What threads of the parent cannot do beside each other. */
function threadMistake(parent: Scenario['parent']): string | null {
  const alone = parent.flat().find((op) => !recordOf(op).by.includes('sibling'))
  if (parent.length > 1 && alone) return `parent: ${alone.do} is for a process with one thread`
  const isByOne = (op: ProcessOperation) => recordOf(op).byOneThread
  const doers = parent.filter((program) => program.some(isByOne))
  if (doers.length <= 1) return null
  const names = operations.filter(({ byOneThread }) => byOneThread).map(({ name }) => name)
  return `parent: only one thread can ${names.join(' and ')} pages`
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
