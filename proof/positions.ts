/**
 * Where the spot stands among the tables of its VMA. The spot is the one page table that the
 * abstract model keeps. One slot below it stands for all lower tables of the VMA, one slot above it
 * for all higher ones; these two have no table of their own.
 */

/** The only table of its VMA, the lowest of several, one in between, or the highest. */
export type Position = 'only' | 'first' | 'middle' | 'last'

export const POSITIONS: readonly Position[] = ['only', 'first', 'middle', 'last']

/** A VMA of some tables that starts at page 0, and the table that is looked at. */
export interface Stage {
  /** Tables that the VMA has room for. */
  readonly tables: number
  readonly pagesPerTable: number
  /** The slot of the spot. */
  readonly spot: number
}

/** The abstract model's VMA. */
export function stageOf(position: Position, pagesPerTable: number): Stage {
  const before = position === 'middle' || position === 'last' ? 1 : 0
  const after = position === 'middle' || position === 'first' ? 1 : 0
  return { tables: before + 1 + after, pagesPerTable, spot: before }
}

/** The position of a table in a VMA of several. */
export function positionOf(spot: number, tables: number): Position {
  if (tables === 1) return 'only'
  if (spot === 0) return 'first'
  return spot === tables - 1 ? 'last' : 'middle'
}

/** The first page of a slot of a stage. */
export const firstPage = ({ pagesPerTable }: Stage, slot: number) => slot * pagesPerTable

/** The page behind the stage's VMA. */
export const endOf = ({ tables, pagesPerTable }: Stage) => tables * pagesPerTable

/** The pages of the spot: the first one, and the one behind the last. */
export function spotOf(stage: Stage): { readonly from: number; readonly to: number } {
  const from = firstPage(stage, stage.spot)
  return { from, to: from + stage.pagesPerTable }
}

/**
 * Where a page number of one stage stands in another: exact at the spot and behind the VMA. A page
 * below the spot becomes the last one below it, one above the spot the last one of the VMA: a walk
 * that is there has the spot, or the end, before it.
 */
export function mapPage(page: number, from: Stage, to: Stage): number {
  const here = spotOf(from)
  const there = spotOf(to)
  if (page < here.from) return there.from - 1
  if (page < here.to) return there.from + page - here.from
  return page >= endOf(from) ? endOf(to) : endOf(to) - 1
}

/** Where a bound of a range stands: outside the spot it becomes the end of the VMA. */
export function mapBound(page: number, from: Stage, to: Stage): number {
  const here = spotOf(from)
  if (page < here.from || page === 0) return 0
  return page > here.to ? endOf(to) : spotOf(to).from + page - here.from
}

/** The same for a slot number. */
export function mapSlot(slot: number, from: Stage, to: Stage): number {
  if (slot < from.spot) return 0
  if (slot === from.spot) return to.spot
  return slot >= from.tables ? to.tables : to.spot + 1
}

/**
 * Where a range of pages stands in another stage, or null if it has no page of the spot. A bound
 * outside the spot becomes the end of the VMA: what of the range lies outside the spot is not seen.
 */
export function mapRange(
  range: { readonly from: number; readonly to: number },
  from: Stage,
  to: Stage,
): { readonly from: number; readonly to: number } | null {
  const here = spotOf(from)
  const there = spotOf(to)
  if (range.to <= here.from || range.from >= here.to) return null
  return {
    from: range.from <= here.from ? 0 : there.from + range.from - here.from,
    to: range.to >= here.to ? endOf(to) : there.from + range.to - here.from,
  }
}
