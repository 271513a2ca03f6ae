/**
 * Which values variables that hold names can ever have, by source alone: those of the initial
 * states, and those that some step writes that can be taken. Of program counters this says which
 * places a thread can get to, and so which rules are of use in a model.
 *
 * A name that is copied from another variable is one that was written there. What cannot be read
 * from the source (a step that runs interpreted) may write anything.
 */
import { type Layout, readLeaf } from '../../state/layout.js'
import type { Variable, Write } from '../translate/types.js'
import { variableKey } from '../translate/value-ranges.js'

/** One element of a variable, or all of them. */
type Element = { readonly leaf: { readonly path: string }; readonly index: number | null }

export class Reach {
  /** By the paths of variables. */
  private readonly values = new Map<string, readonly Set<number>[]>()
  /** Which variables are copied to which, each pair once. */
  private readonly copies = new Map<string, { readonly from: Variable; readonly to: Variable }>()
  private anything = false

  /** @param init the initial states, packed. */
  constructor(layout: Layout<never>, init: readonly Int32Array[]) {
    for (const leaf of layout.leaves) {
      if (leaf.scalar.type !== 'oneOf') continue
      const atFirst = (_: number, i: number) => new Set(init.map((s) => readLeaf(leaf, i, s, 0)))
      this.values.set(leaf.path, Array.from(leaf.position, atFirst))
    }
  }

  /** Can this variable have this value? True also of variables that do not hold names. */
  has(variable: Element, value: number): boolean {
    if (this.anything || !this.values.has(variable.leaf.path)) return true
    return this.setsOf(variable).some((values) => values.has(value))
  }

  /** Takes in what a step may write; null when it may be anything. */
  add(writes: Iterable<Write> | null): void {
    if (writes === null) this.anything = true
    for (const { to, origin } of writes ?? []) {
      const all = Array.from(to.leaf.scalar.names, (_, i) => i)
      for (const set of this.setsOf(to)) for (const value of origin?.numbers ?? all) set.add(value)
      for (const from of origin?.variables ?? [])
        this.copies.set(`${variableKey(from)} ${variableKey(to)}`, { from, to })
    }
    const copies = [...this.copies.values()]
    while (copies.some(({ from, to }) => this.copy(from, to)));
  }

  /** @returns whether anything was new. */
  private copy(from: Variable, to: Variable): boolean {
    let isNew = false
    for (const source of this.setsOf(from))
      for (const target of this.setsOf(to))
        for (const value of source) {
          isNew ||= !target.has(value)
          target.add(value)
        }
    return isNew
  }

  private setsOf({ leaf, index }: Element): readonly Set<number>[] {
    const sets = this.values.get(leaf.path) ?? []
    return index === null ? sets : [sets[index]]
  }
}
