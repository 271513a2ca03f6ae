/**
 * Which values variables that hold names can ever have, by the rules' trees alone: those of the
 * initial states, and those that are written by a step that can be taken. For program counters this
 * says which places a thread can get to, and so which rules are of use in a model.
 *
 * A name that is copied from another variable is one that was written there. A step that runs as it
 * stands may write anything.
 */
import { type Layout, readLeaf } from '../../state/layout.js'
import { type Element, elementKey, type Write } from './writes.js'

/** One element of a variable, or all of them. */
type NamedElement = { readonly path: string; readonly index: number | null }

export class PossibleNames {
  /** By the paths of variables. */
  private readonly values = new Map<string, readonly Set<number>[]>()
  /** Which variables are copied to which, each pair once. */
  private readonly copies = new Map<string, { readonly from: Element; readonly to: Element }>()
  /** The writes that are accounted for. */
  private readonly writes = new Set<Write>()
  private isCopied = true
  private isAnything = false

  /** @param init the initial states, packed. */
  constructor(layout: Layout<never>, init: readonly Int32Array[]) {
    for (const leaf of layout.leaves) {
      if (leaf.scalar.type !== 'oneOf') continue
      const atFirst = (_: number, i: number) => new Set(init.map((s) => readLeaf(leaf, i, s, 0)))
      this.values.set(leaf.path, Array.from(leaf.position, atFirst))
    }
  }

  /** Can this variable have this value? True also of variables that do not hold names. */
  has(place: NamedElement, value: number): boolean {
    if (this.isAnything || !this.values.has(place.path)) return true
    if (!this.isCopied) this.copyAll()
    return this.setsOf(place).some((values) => values.has(value))
  }

  /** Takes in what a step may write; null when it may be anything. */
  add(writes: readonly Write[] | null): void {
    if (writes === null) this.isAnything = true
    const news = (writes ?? []).filter((write) => !this.writes.has(write))
    for (const write of news) {
      const { to, origin } = write
      this.writes.add(write)
      const all = Array.from(to.variable.scalar.names, (_, i) => i)
      const values = origin ? origin.numbers : all
      for (const set of this.setsAt(to)) for (const value of values) set.add(value)
      for (const from of origin?.elements ?? [])
        this.copies.set(`${elementKey(from)} ${elementKey(to)}`, { from, to })
    }
    this.isCopied &&= news.length === 0
  }

  /** Copies names until nothing is new. */
  private copyAll(): void {
    const copies = [...this.copies.values()]
    while (copies.some(({ from, to }) => this.copy(from, to)));
    this.isCopied = true
  }

  /** @returns whether anything was new. */
  private copy(from: Element, to: Element): boolean {
    let isNew = false
    for (const source of this.setsAt(from))
      for (const target of this.setsAt(to))
        for (const value of source) {
          isNew ||= !target.has(value)
          target.add(value)
        }
    return isNew
  }

  private setsAt({ variable, index }: Element): readonly Set<number>[] {
    return this.setsOf({ path: variable.path, index })
  }

  private setsOf({ path, index }: NamedElement): readonly Set<number>[] {
    const sets = this.values.get(path) ?? []
    return index === null ? sets : [sets[index]]
  }
}
