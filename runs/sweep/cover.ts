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
  row: readonly number[],
  factors: readonly number[],
  missing: Missing,
  allows: Covering['allows'],
): { factor: number; value: number } | null {
  const gains = factors.map((_, factor) => missing.gains(row, factor))
  const most = gains.reduce((most, of) => of.reduce((x, y) => Math.max(x, y), most), 0)
  for (let gain = most; gain > 0; gain--)
    for (const [factor, of] of gains.entries())
      for (let value = 1; value <= of.length; value++)
        if (of[value - 1] === gain && allows(row.with(factor, value))) return { factor, value }
  return null
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

  /** How many more are covered when a factor at rest gets a value: for each value. */
  gains(row: Row, factor: number): Uint16Array {
    const gains = new Uint16Array(row[factor] === 0 ? this.factors[factor] : 0)
    const first = row.with(factor, 1)
    for (const { of, is } of this.groups) {
      if (gains.length === 0 || !of.includes(factor)) continue
      const index = this.indexOf(of, first)
      if (index < 0) continue
      const scale = this.scaleOf(of, factor)
      for (let i = 0; i < gains.length; i++) gains[i] += is[index + i * scale]
    }
    return gains
  }

  /** A row has covered what is in it. */
  take(row: Row): void {
    for (const { of, is } of this.groups) {
      const index = this.indexOf(of, row)
      if (index >= 0) is[index] = 0
    }
  }

  /** How far apart in a group are two values of a factor that follow each other. */
  private scaleOf(of: readonly number[], factor: number): number {
    const before = of.slice(0, of.indexOf(factor))
    return before.reduce((scale, other) => scale * this.factors[other], 1)
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
