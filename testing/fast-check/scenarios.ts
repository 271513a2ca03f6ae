/** Scenarios as a fast-check arbitrary: every one that is drawn is valid. */
import * as fc from 'fast-check'
import type { ScenarioInput } from '../../model/scenario.js'
import { ALLOCATION_POINTS, type AllocationPoint } from '../../model/state.js'
import { childProgram, ending, kernelPrograms, parentPrograms } from './programs.js'

/** Bounds of the scenarios that are drawn: small numbers. */
export interface ScenarioBounds {
  /** Number of PTE tables, 1 or more. Default 3. */
  readonly slots?: number
  /** Pages in a table, 1 to 8. Default 2. */
  readonly pagesPerTable?: number
  /** VMAs at the start, 1 to 8. Default 3. */
  readonly vmas?: number
  /** Threads of the parent, 1 to 3. Default 2. */
  readonly threads?: number
  /** Operations in each program, besides fork and the end. Default 3. */
  readonly operations?: number
  /** How often the parent forks, 1 or 2. Default 2. */
  readonly forks?: number
  /** Threads of the kernel and devices, 0 to 2. Default 1. */
  readonly kernel?: number
  /** Threads of a child that copy, 1 to 3. Default 2. */
  readonly copiers?: number
  /** Allocations that may fail, 0 to 4. Default 2. */
  readonly failures?: number
}

const DEFAULTS: Required<ScenarioBounds> = {
  slots: 3,
  pagesPerTable: 2,
  vmas: 3,
  threads: 2,
  operations: 3,
  forks: 2,
  kernel: 1,
  copiers: 2,
  failures: 2,
}

type Options = NonNullable<ScenarioInput['options']>
type Programs = Pick<ScenarioInput, 'parent' | 'secondChild' | 'kernel'> & {
  readonly child: NonNullable<ScenarioInput['child']>
}
type Vma = ScenarioInput['vmas'][number]
type Victim = Exclude<ScenarioInput['kill'], boolean | undefined>[number]

/** Arbitrary scenarios within bounds; every one of them is valid. */
export function scenarioArbitrary(bounds: ScenarioBounds = {}): fc.Arbitrary<ScenarioInput> {
  const all = { ...DEFAULTS, ...bounds }
  return fc
    .record({
      slots: fc.integer({ min: 1, max: all.slots }),
      pagesPerTable: fc.integer({ min: 1, max: all.pagesPerTable }),
    })
    .chain(({ slots, pagesPerTable }) => withPages(slots * pagesPerTable, pagesPerTable, all))
}

function withPages(
  pages: number,
  pagesPerTable: number,
  bounds: Required<ScenarioBounds>,
): fc.Arbitrary<ScenarioInput> {
  const { vmas, operations, failures, copiers } = bounds
  const room = { pages, pagesPerTable }
  const child = childProgram(room, operations)
  return fc
    .record({
      vmas: vmasArbitrary(pages, pagesPerTable, vmas),
      // One fork is what most scenarios are about.
      parent: fc.oneof(
        { weight: 3, arbitrary: parentPrograms(room, { ...bounds, forks: 1 }) },
        parentPrograms(room, bounds),
      ),
      child,
      secondChild: child,
      kernel: kernelPrograms(room, bounds),
      failures: failuresArbitrary(failures),
      kill: killArbitrary,
      options: optionsArbitrary(pagesPerTable, copiers),
    })
    .map(({ secondChild, kill, options, ...rest }) => {
      const isTwice = rest.parent.flat().filter((op) => op.do === 'fork').length === 2
      const victims = isTwice ? kill : kill.filter((who) => who !== 'secondChild')
      const waits = rest.parent.flat().some((op) => op.do === 'wait')
      const ended = (program: typeof rest.child) => (waits ? ending(program) : program)
      const scenario = {
        ...rest,
        child: ended(rest.child),
        ...(isTwice ? { secondChild: ended(secondChild) } : {}),
        kill: victims,
      }
      const geometry = { format: 1, name: 'drawn', pages, pagesPerTable } as const
      return { ...geometry, ...scenario, options: sound(options, scenario) }
    })
}

/** Leaves out choices that are known to break the promise (see the options in docs/design.md). */
function sound(
  options: Options,
  { parent, child, secondChild = [], kernel = [] }: Programs,
): Options {
  const all = [...parent, child, secondChild, ...kernel].flat()
  const does = (name: string) => all.some((op) => op.do === name)
  return {
    ...options,
    // Several copiers need the lock for the whole copy.
    ...((options.copiers ?? 1) > 1 ? { copierLock: 'copy' } : {}),
    // An error code that is stored after the look, without a lock, is missed.
    ...(options.pointerLock === 'none' ? { errorCheck: 'both' } : {}),
    // A frame that only a pipe holds as well is taken over.
    ...(does('splice') ? { reuse: 'exclusive' } : {}),
    // What a device writes after fork gets into the snapshot.
    ...(does('dmaWrite') ? { pinned: 'fork' } : {}),
  }
}

/** One or more VMAs, cut out of the pages from left to right, some of their pages populated. */
function vmasArbitrary(pages: number, pagesPerTable: number, most: number): fc.Arbitrary<Vma[]> {
  const cut = fc.record({ gap: fc.nat(2), length: fc.integer({ min: 1, max: pages }) })
  const details = fc.record({
    write: fc.boolean(),
    holes: fc.array(fc.nat(pages - 1)),
    kind: rarely('plain', 'huge', 'device', 'stack', 'same'),
  })
  return fc.array(fc.tuple(cut, details), { minLength: 1, maxLength: most }).map((drawn) => {
    const vmas: Vma[] = []
    let next = 0
    for (const [{ gap, length }, { write, holes, kind }] of drawn) {
      const from = next + (vmas.length === 0 ? Math.min(gap, pages - 1) : gap)
      if (from >= pages) break
      const to = Math.min(pages, from + length)
      // The first VMA can be written to, so that something can happen.
      const vma = { from, to, write: write || vmas.length === 0 }
      const isWhole = from % pagesPerTable === 0 && to % pagesPerTable === 0
      const inside = Array.from({ length: to - from }, (_, i) => from + i)
      if (kind === 'huge' && isWhole) vmas.push({ ...vma, huge: true })
      else {
        const populated = inside.filter((page) => !holes.includes(page))
        const special = kind === 'plain' || kind === 'huge' ? {} : { [kind]: true }
        vmas.push({ ...vma, populated, ...special })
      }
      next = to
    }
    return vmas
  })
}

function failuresArbitrary(most: number): fc.Arbitrary<ScenarioInput['failures']> {
  const points = Object.keys(ALLOCATION_POINTS) as AllocationPoint[]
  const lasting = rarely(false, true)
  return fc.record({ budget: fc.nat(most), at: fc.subarray(points), lasting })
}

const killArbitrary: fc.Arbitrary<Victim[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Victim[]>([]) },
  fc.subarray<Victim>(['parent', 'child', 'secondChild']),
)

function optionsArbitrary(pagesPerTable: number, copiers: number): fc.Arbitrary<Options> {
  return fc.record({
    enabled: rarely(true, false),
    copierLock: fc.constantFrom('copy', 'vma'),
    copiers: fc.oneof(
      { weight: 3, arbitrary: fc.constant(1) },
      fc.integer({ min: 1, max: copiers }),
    ),
    copierSplit: fc.constantFrom('vma', 'table'),
    pointerLock: rarely('none', 'child'),
    errorCheck: fc.constantFrom('both', 'before'),
    chunk: fc.nat(pagesPerTable),
    faultLock: rarely('mmap', 'vma'),
    madviseLock: rarely('mmap', 'vma'),
    reuse: rarely('exclusive', 'refcount', 'mapcount'),
    arch: rarely('x86', 'arm64'),
    upperCache: rarely(false, true),
    tableReclaim: rarely(false, true),
    stackGrowth: rarely('write', 'read'),
    pinned: rarely('fork', 'later'),
  })
}

/** The first value mostly, another one sometimes. */
function rarely<const T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, fc.constantFrom(...others))
}
