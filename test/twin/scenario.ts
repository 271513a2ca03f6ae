/**
 * A scenario as definitions for async-fork.pml: who maps what, who does what, what may fail. Data, with no step of any
 * protocol in it: those are written twice.
 */
import type { ProcessOperation, Scenario } from '../../model/scenario.js'
import { ALLOCATION_POINTS, type AllocationPoint } from '../../model/shape.js'

/** What the twin knows of; see `mutants.pml` for what can be done wrong. */
const OPERATIONS = ['read', 'write', 'fork', 'exit', 'munmap', 'mmap', 'dontneed'] as const
const NOT_MAPPED = 255
const ANY = 255
/** Content of a page: as in model/state/constants.ts, its own for each page that has a frame. */
const [UNMAPPED, ZEROS] = [0, 1]

/** Why the twin cannot follow a scenario, or null. */
export function beyondTwin(scenario: Scenario): string | null {
  const { parent, child, kernel, options, vmas, secondChild, pagesPerTable } = scenario
  const ops = [...parent, child].flat()
  const strange = ops.find((op) => !OPERATIONS.some((known) => known === op.do))
  if (strange) return `the operation ${strange.do}`
  if (kernel.length > 0) return 'threads of the kernel'
  if (secondChild) return 'a second child'
  if (parent.flat().filter((op) => op.do === 'fork').length !== 1) return 'no fork, or several'
  if (vmas.some((vma) => vma.huge || vma.device || vma.stack || vma.same)) return 'special VMAs'
  if (ops.some((op) => op.do === 'mmap' && op.replace)) return 'MAP_FIXED'
  if (vmasOf(scenario) > 4) return 'so many VMAs'
  if (child.some((op) => op.do === 'munmap' || op.do === 'mmap')) return 'VMAs of the child'
  if (options.chunk > 1 && pagesPerTable > 2) return 'groups of entries'
  const { copiers, pointerLock, errorCheck, faultLock, reuse, arch, upperCache, enabled } = options
  const isPlain =
    enabled && copiers === 1 && pointerLock === 'none' && errorCheck === 'both' && !upperCache
  if (!isPlain || faultLock !== 'mmap' || reuse !== 'exclusive' || arch !== 'x86')
    return 'another variant of the protocol or the machine'
  return null
}

/** How many VMAs there may be at once: those at the start, those mapped, and one for each cut. */
function vmasOf({ parent, vmas }: Scenario): number {
  const ops = parent.flat()
  const mapped = ops.filter((op) => op.do === 'mmap')
  const bounds = ops.flatMap((op) => (op.do === 'munmap' ? [op.from, op.to] : []))
  // Neighbours may be joined, and cut again where they met.
  const cuts = bounds.filter((page) =>
    [...vmas, ...mapped].some(
      ({ from, to }) =>
        (from <= page && page <= to && vmas.length + mapped.length > 1) ||
        (from < page && page < to),
    ),
  )
  return vmas.length + mapped.length + cuts.length
}

/** The definitions. @throws Error when the twin cannot follow the scenario. */
export function definitionsOf(scenario: Scenario): string {
  const beyond = beyondTwin(scenario)
  if (beyond) throw new Error(`${scenario.name}: the twin has nothing for ${beyond}`)
  const { pages, pagesPerTable, parent, child, vmas, options, failures, kill } = scenario
  const slots = Math.ceil(pages / pagesPerTable)
  const programs = [...parent, child]
  const threads = programs.length
  const length = Math.max(...programs.map((program) => program.length)) + 1
  const slotsForVmas = vmasOf(scenario)
  const ofEach = <T>(most: number, of: (i: number) => T) =>
    Array.from({ length: most }, (_, i) => of(i))
  const program = (of: (op: ProcessOperation | undefined) => number | string) =>
    programs.flatMap((operations) => ofEach(length, (i) => of(operations[i])))
  const vmaOf = (page: number) => vmas.find((vma) => vma.from <= page && page < vma.to)
  const hasFrame = (page: number) => {
    const vma = vmaOf(page)
    return vma !== undefined && (vma.populated?.includes(page) ?? true)
  }
  const hasTable = (slot: number) =>
    ofEach(pagesPerTable, (i) => slot * pagesPerTable + i).some(hasFrame)
  const content = (page: number) => (hasFrame(page) ? 2 + page : vmaOf(page) ? ZEROS : UNMAPPED)
  // Of the parent, then of the child, which has nothing yet; the frames of pages, then spare ones.
  const inMms = (most: number, of: (i: number) => number, none: number) =>
    ofEach(2 * most, (i) => (i < most ? of(i) : none))
  const ofFrames = (of: (page: number) => number) =>
    ofEach(2 * pages + threads, (f) => (f < pages && hasFrame(f) ? of(f) : 0))
  const points = Object.keys(ALLOCATION_POINTS) as AllocationPoint[]
  const canFail = (point: AllocationPoint) =>
    failures.budget > 0 && (failures.at?.includes(point) ?? true)
  const definitions: Record<string, number | string | readonly (number | string)[]> = {
    PAGES: pages,
    TABLE_PAGES: pagesPerTable,
    SLOTS: slots,
    VMAS: slotsForVmas,
    THREADS: threads,
    OPS: length,
    OP: program((op) => `o_${op?.do ?? 'end'}`),
    OP_PAGE: program((op) => {
      if (op === undefined) return 0
      if ('page' in op) return op.page === 'any' ? ANY : op.page
      return 'from' in op ? op.from : 0
    }),
    OP_END: program((op) => (op && 'to' in op ? op.to : 0)),
    OP_WRITE: program((op) => Number(op?.do === 'mmap' && op.write)),
    PC_AT_START: ofEach(threads, (i) => (i < parent.length ? 'user' : 'unborn')),
    USERS_AT_START: [parent.length, 0],
    VMA_START: inMms(slotsForVmas, (i) => vmas[i]?.from ?? 0, 0),
    VMA_END: inMms(slotsForVmas, (i) => vmas[i]?.to ?? 0, 0),
    VMA_WRITABLE: inMms(slotsForVmas, (i) => Number(vmas[i]?.write ?? false), 0),
    PMD_AT_START: inMms(slots, (i) => Number(hasTable(i)), 0),
    PTE_AT_START: inMms(slots * pagesPerTable, (i) => (hasFrame(i) ? i : NOT_MAPPED), NOT_MAPPED),
    PTE_RW_AT_START: inMms(
      slots * pagesPerTable,
      (i) => Number(hasFrame(i) && (vmaOf(i)?.write ?? false)),
      0,
    ),
    VALUE_AT_START: ofFrames(content),
    REFS_AT_START: ofFrames(() => 1),
    EXPECTED_AT_START: inMms(pages, content, UNMAPPED),
    FAILURES: failures.budget,
    KILL_CHILD: Number(kill === true || (kill !== false && kill.includes('child'))),
    KILL_PARENT: Number(typeof kill === 'object' && kill.includes('parent')),
    PAUSES: Number(options.chunk === 1),
    COPIER_LOCKS_VMA: Number(options.copierLock === 'vma'),
    ...Object.fromEntries(points.map((point) => [`FAIL_${point}`, Number(canFail(point))])),
  }
  return Object.entries(definitions)
    .map(
      ([name, meaning]) =>
        `#define ${name} ${typeof meaning === 'object' ? `{ ${meaning.join(', ')} }` : meaning}\n`,
    )
    .join('')
}
