/**
 * Covering arrays: rows in which every combination of values of any two (or three) factors stands
 * together at least once. A row sets few factors and leaves the others at rest, so that what it
 * describes stays small enough to be seen whole.
 */

/** The value of each factor; 0 is rest. */
export type Row = readonly number[]

export interface Covering {
  /** How many values each factor has besides rest: they are numbered from 1. */
  readonly factors: readonly number[]
  /** 2 for pairs, 3 for triples. */
  readonly strength: 2 | 3
  /** Factors of a row that are not at rest, at most. */
  readonly most: number
  /** Can these values stand together? Asked of rows that are not full yet. */
  readonly allows: (row: Row) => boolean
}

/**
 * Rows that together cover every allowed combination. Each row takes the first combination that is
 * still missing, and then the values that cover most of the other missing combinations.
 */
export function* coveringRows({ factors, strength, most, allows }: Covering): Generator<Row> {
  const missing = new Missing(factors, strength)
  for (const seed of missing.all()) {
    const row = factors.map(() => 0)
    for (const [factor, value] of seed) row[factor] = value
    if (!allows(row)) {
      missing.take(row)
      continue
    }
    for (let set = strength as number; set < most; set++) {
      const found = bestOf(row, factors, missing, allows)
      if (!found) break
      row[found.factor] = found.value
    }
    missing.take(row)
    yield row
  }
}

/** The value that covers most missing combinations together with what the row has already. */
function bestOf(
  row: number[],
  factors: readonly number[],
  missing: Missing,
  allows: Covering['allows'],
) {
  const candidates: { factor: number; value: number; gain: number }[] = []
  for (const [factor, values] of factors.entries())
    for (let value = 1; row[factor] === 0 && value <= values; value++) {
      const gain = missing.gain(row, factor, value)
      if (gain > 0) candidates.push({ factor, value, gain })
    }
  candidates.sort((x, y) => y.gain - x.gain)
  return candidates.find(({ factor, value }) => allows(row.with(factor, value)))
}

type Combination = readonly (readonly [factor: number, value: number])[]

/** The combinations that no row has covered yet. */
class Missing {
  private readonly groups: { readonly of: readonly number[]; readonly is: Uint8Array }[]

  constructor(
    private readonly factors: readonly number[],
    strength: number,
  ) {
    this.groups = subsets(factors.length, strength).map((of) => ({
      of,
      is: new Uint8Array(of.reduce((size, factor) => size * factors[factor], 1)).fill(1),
    }))
  }

  /** Each that is still missing by the time it is its turn. */
  *all(): Generator<Combination> {
    for (const { of, is } of this.groups)
      for (let index = 0; index < is.length; index++) {
        if (!is[index]) continue
        let rest = index
        yield of.map((factor) => {
          const value = (rest % this.factors[factor]) + 1
          rest = Math.floor(rest / this.factors[factor])
          return [factor, value] as const
        })
      }
  }

  /** How many more are covered when a factor gets a value. */
  gain(row: Row, factor: number, value: number): number {
    const whole = row.with(factor, value)
    let gain = 0
    for (const { of, is } of this.groups)
      if (of.includes(factor)) {
        const index = this.indexOf(of, whole)
        if (index >= 0) gain += is[index]
      }
    return gain
  }

  /** A row has covered what is in it. */
  take(row: Row): void {
    for (const { of, is } of this.groups) {
      const index = this.indexOf(of, row)
      if (index >= 0) is[index] = 0
    }
  }

  private indexOf(of: readonly number[], row: Row): number {
    let index = 0
    let scale = 1
    for (const factor of of) {
      if (row[factor] === 0) return -1
      index += (row[factor] - 1) * scale
      scale *= this.factors[factor]
    }
    return index
  }
}

function subsets(count: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]]
  const firsts = Array.from({ length: count - from }, (_, i) => from + i)
  return firsts.flatMap((first) =>
    subsets(count, size - 1, first + 1).map((rest) => [first, ...rest]),
  )
}
