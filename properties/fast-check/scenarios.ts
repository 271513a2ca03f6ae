/** Scenarios as a fast-check arbitrary: every one that is drawn is valid. */
import * as fc from 'fast-check'
import type { ScenarioInput } from '../../model/scenario.js'
import { ALLOCATION_POINTS, type AllocationPoint } from '../../model/state.js'

/** Bounds of the scenarios that are drawn. All are small numbers of 1 or more. */
export interface ScenarioBounds {
  /** Number of PTE tables. Default 3. */
  readonly slots?: number
  /** Pages in a table. Default 2. */
  readonly pagesPerTable?: number
  /** Threads of the parent, 1 or 2. Default 2. */
  readonly threads?: number
  /** Operations in each thread's program, besides fork. Default 3. */
  readonly operations?: number
  /** Allocations that may fail. Default 2. */
  readonly failures?: number
}

type Operation = ScenarioInput['parent'][number][number]

/** Arbitrary scenarios within bounds; every one of them is valid. */
export function scenarioArbitrary(bounds: ScenarioBounds = {}): fc.Arbitrary<ScenarioInput> {
  const { slots = 3, pagesPerTable = 2, threads = 2, operations = 3, failures = 2 } = bounds
  return fc
    .record({
      slots: fc.integer({ min: 1, max: slots }),
      pagesPerTable: fc.integer({ min: 1, max: pagesPerTable }),
    })
    .chain((geometry) => {
      const pages = geometry.slots * geometry.pagesPerTable
      const programs = fc.array(programArbitrary(pages, operations), {
        minLength: 1,
        maxLength: threads,
      })
      return fc
        .record({
          vmas: vmasArbitrary(pages),
          parent: fc.tuple(programs, fc.nat(operations)).map(([all, at]) => withFork(all, at)),
          child: fc.array(accessArbitrary(pages), { maxLength: operations }),
          failures: failuresArbitrary(failures),
          kill: fc.boolean(),
          copierLock: fc.constantFrom('copy' as const, 'vma' as const),
        })
        .map(({ copierLock, ...rest }) => ({
          format: 1 as const,
          name: 'drawn',
          pagesPerTable: geometry.pagesPerTable,
          pages,
          options: { copierLock },
          ...rest,
        }))
    })
}

/** Puts a fork into the first program, as its first or a later operation. */
function withFork(programs: Operation[][], at: number): Operation[][] {
  const [first = [], ...others] = programs
  const last = first.at(-1)?.do === 'exit' ? first.length - 1 : first.length
  const place = Math.min(at, last)
  return [[...first.slice(0, place), { do: 'fork' }, ...first.slice(place)], ...others]
}

function programArbitrary(pages: number, operations: number): fc.Arbitrary<Operation[]> {
  const range = fc
    .tuple(fc.nat(pages - 1), fc.integer({ min: 1, max: pages }))
    .map(([from, length]) => ({ from, to: Math.min(pages, from + length) }))
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    { weight: 4, arbitrary: accessArbitrary(pages) },
    range.map((r) => ({ do: 'munmap' as const, ...r })),
    fc.tuple(range, fc.boolean()).map(([r, write]) => ({ do: 'mmap' as const, ...r, write })),
    fc.tuple(range, fc.boolean()).map(([r, write]) => ({ do: 'mprotect' as const, ...r, write })),
    range.map((r) => ({ do: 'dontneed' as const, ...r })),
  )
  return fc
    .tuple(fc.array(operation, { maxLength: operations }), fc.boolean())
    .map(([program, exits]) => (exits ? [...program, { do: 'exit' as const }] : program))
}

function accessArbitrary(pages: number): fc.Arbitrary<Operation> {
  const page = fc.oneof({ weight: 4, arbitrary: fc.nat(pages - 1) }, fc.constant('any' as const))
  return fc.record({ do: fc.constantFrom('read' as const, 'write' as const), page })
}

/** One to three VMAs, cut out of the pages from left to right, some of their pages populated. */
function vmasArbitrary(pages: number): fc.Arbitrary<ScenarioInput['vmas']> {
  const cut = fc.record({ gap: fc.nat(2), length: fc.integer({ min: 1, max: pages }) })
  const details = fc.record({ write: fc.boolean(), holes: fc.array(fc.nat(pages - 1)) })
  return fc.array(fc.tuple(cut, details), { minLength: 1, maxLength: 3 }).map((drawn) => {
    const vmas: { from: number; to: number; write: boolean; populated: number[] }[] = []
    let next = 0
    for (const [{ gap, length }, { write, holes }] of drawn) {
      const from = next + (vmas.length === 0 ? Math.min(gap, pages - 1) : gap)
      if (from >= pages) break
      const to = Math.min(pages, from + length)
      const inside = Array.from({ length: to - from }, (_, i) => from + i)
      // The first VMA can be written to, so that something can happen.
      const isWritable = write || vmas.length === 0
      vmas.push({
        from,
        to,
        write: isWritable,
        populated: inside.filter((p) => !holes.includes(p)),
      })
      next = to
    }
    return vmas
  })
}

function failuresArbitrary(most: number): fc.Arbitrary<ScenarioInput['failures']> {
  const points = Object.keys(ALLOCATION_POINTS) as AllocationPoint[]
  return fc.record({ budget: fc.nat(most), at: fc.subarray(points) })
}
