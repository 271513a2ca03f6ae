/**
 * How large a scenario is, as JSON: nothing here knows what its operations mean, so that new ones
 * need no code here.
 */

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/**
 * The sizes to make small, the most important first: page tables, VMAs, threads, operations,
 * failures, pages, elements of lists, accesses to any page, the pages of ranges, and all numbers
 * together.
 * All are natural numbers, so sizes cannot shrink for ever.
 */
export type Size = readonly number[]

/** How many parts of a size, from the first on, are numbers of things. */
export const PARTS = 6

export function sizeOf(scenario: JsonObject): Size {
  const { pages, pagesPerTable, vmas, failures } = scenario
  const counts = { programs: 0, operations: 0, elements: 0, any: 0, ranges: 0, numbers: 0 }
  // An option is a choice among equals: its number says nothing about size.
  visit({ ...scenario, options: null }, (value) => {
    if (typeof value === 'number') counts.numbers += value
    else if (value === 'any') counts.any++
    else if (Array.isArray(value)) {
      counts.elements += value.length
      if (value.some(isOperation)) counts.programs++
    } else if (isObject(value)) {
      if (isOperation(value)) counts.operations++
      if (isRange(value)) counts.ranges += value.to - value.from
    }
  })
  const budget = isObject(failures) ? failures.budget : 0
  return [
    Math.ceil(Number(pages) / Number(pagesPerTable)),
    Array.isArray(vmas) ? vmas.length : 0,
    counts.programs,
    counts.operations,
    Number(budget),
    Number(pages),
    counts.elements,
    counts.any,
    counts.ranges,
    counts.numbers,
  ]
}

/** Compares the first parts that differ: below 0 when x is smaller, 0 when they are equal. */
export function compareSizes(x: Size, y: Size): number {
  const at = x.findIndex((part, i) => part !== y[i])
  return at < 0 ? 0 : x[at] - y[at]
}

/** Calls `see` with a value and everything in it, from the outside in. */
function visit(value: Json, see: (value: Json) => void): void {
  see(value)
  if (Array.isArray(value)) for (const element of value) visit(element, see)
  else if (isObject(value)) for (const field of Object.values(value)) visit(field, see)
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isRange(
  value: JsonObject,
): value is { readonly from: number; readonly to: number } {
  return typeof value.from === 'number' && typeof value.to === 'number'
}

/** Something that a program does. */
function isOperation(value: Json): boolean {
  return isObject(value) && 'do' in value
}
