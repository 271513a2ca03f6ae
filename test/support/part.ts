/**
 * `npm test` looks at a part of what is there many times over, so that it is done soon;
 * ALL_SCENARIOS=1, as in `.ci/run`, looks at all of it. Names of tests say which part it is.
 */
export const isWhole = process.env.ALL_SCENARIOS !== undefined

/** One in so many of a list. */
export function oneIn<T>(many: number, list: readonly T[]): readonly T[] {
  return isWhole ? list : list.filter((_, i) => i % many === 0)
}

/** For names of tests: which part of a list `oneIn` gives. */
export function partOf(many: number): string {
  return isWhole ? 'all' : `one in ${many}`
}
