/** The sizes of a state, and what in it never changes. */
import type { Actor, Shape } from '../shape.js'
import { NONE } from './constants.js'

/** How many there are of each thing. */
export interface Geometry {
  readonly pages: number
  readonly pagesPerTable: number
  /** PMD entries of an address space. */
  readonly slots: number
  readonly tables: number
  readonly mms: number
  readonly vmas: number
  /** Page frames; swap slots are numbered behind them. */
  readonly frames: number
  readonly swapSlots: number
  readonly threads: number
  /** For each entry of a table: may who copies the table drop its spinlocks after it? */
  readonly pauses: readonly boolean[]
  /** Where the heap starts: known from the programs that change it, else NONE. */
  readonly heap: number
}

/** What ranges are made from: a shape, and the numbers that follow from it. */
export interface Sizes extends Shape, Geometry {
  /** Frames and swap slots together. */
  readonly allFrames: number
  /** PTEs that may map one frame. */
  readonly mappers: number
  /** Operations of the longest program, `end` included. */
  readonly longestProgram: number
}

/** What values need of a state to be put into words. */
export interface World {
  readonly geometry: Pick<Geometry, 'pages' | 'pagesPerTable' | 'vmas'>
  readonly actor: readonly Actor[]
}

/** The sizes of the states of a shape. */
export function sizesOf(shape: Shape): Sizes {
  const { mms, actors, uses, options, pagesPerTable } = shape
  const threads = actors.length
  const slots = Math.ceil(shape.pages / pagesPerTable)
  const pauses = Array.from(
    { length: pagesPerTable },
    (_, i) => options.chunk > 0 && (i + 1) % options.chunk === 0 && i + 1 < pagesPerTable,
  )
  const grows = actors.flatMap(({ program }) => program).find((op) => op.do === 'brk')
  return {
    ...shape,
    slots,
    heap: grows?.page ?? NONE,
    // Each PMD slot of each address space may have one, and each thread that replaces a shared
    // one, or frees an emptied one, holds another.
    tables:
      mms * slots +
      (uses.moves ? slots : 0) +
      (uses.sharing ? threads : 0) +
      (uses.tableReclaim ? threads : 0),
    threads,
    pauses,
    allFrames: shape.frames + shape.swapSlots,
    // A table that is being replaced maps its frames beside the new one.
    mappers: (uses.merging ? 2 * mms : mms) + (uses.sharing ? threads : 0),
    longestProgram: Math.max(...actors.map((actor) => actor.program.length)),
  }
}

/** The geometry of a state, as rules see it. */
export function geometryOf(m: Sizes): Geometry {
  const { pages, pagesPerTable, slots, tables, mms, vmas, frames, swapSlots, threads, pauses } = m
  const { heap } = m
  return {
    pages,
    pagesPerTable,
    slots,
    tables,
    mms,
    vmas,
    frames,
    swapSlots,
    threads,
    pauses,
    heap,
  }
}
