/**
 * Which thread does which check. Those of one system in one scenario, as it is and with mutants,
 * are for one thread: most of what is translated for one of them is of use to the others
 * (checker/rules/reading/library.ts).
 */
export class Turns {
  /** Numbers of checks that nobody has begun, alike ones together. */
  private readonly groups: readonly number[][]
  private readonly begun = new Set<number[]>()

  /** @param kinds what each check is like; equal for alike ones. */
  constructor(kinds: readonly string[]) {
    const groups = new Map<string, number[]>()
    for (const [number, kind] of kinds.entries())
      groups.set(kind, [...(groups.get(kind) ?? []), number])
    this.groups = [...groups.values()]
  }

  /** The checks for one thread, one after the other; several threads share what there is. */
  *ofThread(): Generator<number> {
    for (let mine = this.largest(); mine; mine = this.largest()) {
      this.begun.add(mine)
      for (let next = mine.shift(); next !== undefined; next = mine.shift()) yield next
    }
  }

  /** The largest group that nobody has begun, or what is left of another one, or nothing. */
  private largest(): number[] | undefined {
    const left = this.groups.filter((group) => group.length > 0)
    const fresh = left.filter((group) => !this.begun.has(group))
    const [first, ...others] = fresh.length > 0 ? fresh : left
    return others.reduce((one, other) => (other.length > one.length ? other : one), first)
  }
}
