/**
 * Which steps the watched properties can see: where a property fails, or a situation is met, before
 * a step that is put in front, it must be so after it too, or not be so at all.
 *
 * A conjunct of a property is asked about every state that the others can lead to (others.ts): what
 * it says there is known, or is found by asking it about such a state, whether or not there is one.
 */

import type { Conjunct, Footprints } from '../../rules/passes/footprints.js'
import { Evaluations, type Way } from './decision-tree.js'
import { ElementSet } from './element-set.js'
import type { Others } from './interference.js'
import type { Step } from './processes.js'

/** So many ways of one question are looked at; where there are more, the step counts as seen. */
const MOST_WAYS = 300

/** A value that a conjunct does not tell from other such values. */
type Kind = number

export class Visibility<S> {
  /** All that each conjunct has been seen to read. */
  readonly seen: readonly ElementSet[]
  /** Has anything been seen that was not known before? Whoever wants to know sets it back. */
  news = false
  private readonly evaluations: readonly Evaluations<boolean>[]
  private readonly scratch: Int32Array
  private readonly elements: number[] = []
  /** By conjunct and element: the kinds of its values, where it does not tell all of them apart. */
  private readonly kinds: readonly (readonly Kind[] | undefined)[][]

  constructor(
    private readonly footprints: Footprints<S>,
    /** 1 for each property in which something new is still of interest. */
    private readonly watched: Uint8Array,
    /** What a state is renamed to (symmetry.ts): what is seen there is kept as well. */
    private readonly orbit: (state: Int32Array) => readonly Int32Array[] = () => [],
  ) {
    const { conjuncts, size, model } = footprints
    this.seen = conjuncts.map(() => new ElementSet(size))
    this.evaluations = conjuncts.map(
      ({ property }) => new Evaluations<boolean>(model.properties[property].name),
    )
    this.scratch = new Int32Array(model.layout.words)
    this.kinds = conjuncts.map((conjunct) => this.kindsOf(conjunct))
  }

  /** Looks at all properties that a step can have changed, and keeps what they look at. */
  inspect(state: Int32Array, writes: ElementSet | null): Conjunct[] {
    this.lookAtRenamed(state)
    return this.footprints.conjuncts.filter((conjunct, i) => {
      if (this.watched[conjunct.property] === 0) return false
      if (writes && !this.seen[i].meets(writes)) return false
      return !this.look(i, state)
    })
  }

  /** May some conjunct that is watched tell whether one of the steps was taken? */
  sees(steps: readonly Step[], others: Others<S>, state: Int32Array): boolean {
    return this.footprints.conjuncts.some(({ property }, i) => {
      if (this.watched[property] === 0) return false
      if (steps.some((step) => this.changesNothing(i, step, state))) return false
      if (this.holdsThroughout(i, others, state)) return false
      return !steps.some((step) => this.isSameBehind(i, step, others, state))
    })
  }

  /** Does a conjunct hold? One that cannot be evaluated does not. */
  private look(conjunct: number, state: Int32Array): boolean {
    const { footprints } = this
    const known = this.evaluations[conjunct].known((element) =>
      this.kindOf(conjunct, element, footprints.valueOf(element, state)),
    )
    return known ?? this.evaluate(conjunct, state)
  }

  private evaluate(conjunct: number, state: Int32Array): boolean {
    const { footprints, elements } = this
    elements.length = 0
    const reads = new ElementSet(footprints.size)
    const reader = {
      add(element: number) {
        if (reads.has(element)) return
        reads.add(element)
        elements.push(element)
      },
    }
    footprints.tell(reader, null)
    let holds = false
    try {
      holds = footprints.conjuncts[conjunct].holds(state, 0)
    } catch {
      // It stays false.
    } finally {
      footprints.tell(null, null)
    }
    const values = elements.map((element) =>
      this.kindOf(conjunct, element, footprints.valueOf(element, state)),
    )
    const evaluation = { elements, values, answer: () => holds }
    if (this.evaluations[conjunct].keep(evaluation)) this.news = true
    if (this.seen[conjunct].include(reads)) this.news = true
    return holds
  }

  private kindsOf({ compared }: Conjunct): (readonly Kind[] | undefined)[] {
    const kinds: (readonly Kind[] | undefined)[] = new Array(this.footprints.size).fill(undefined)
    for (const [leaf, told] of compared) {
      const { min, max } = leaf.scalar
      const some = Array.from({ length: max - min + 1 }, (_, value) =>
        told.has(value + min) ? value : max - min + 1,
      )
      for (let i = 0; i < leaf.position.length; i++)
        kinds[this.footprints.elementOf(leaf, i)] = some
    }
    return kinds
  }

  private kindOf(conjunct: number, element: number, value: number): Kind {
    return this.kinds[conjunct][element]?.[value] ?? value
  }

  private oneOfEachKind(conjunct: number, element: number, values: readonly number[]): number[] {
    const kinds = values.map((value) => this.kindOf(conjunct, element, value))
    return values.filter((_, i) => kinds.indexOf(kinds[i]) === i)
  }

  /** Does a step change nothing that the conjunct has ever told from what was there before? */
  private changesNothing(conjunct: number, { writes, target }: Step, state: Int32Array): boolean {
    const { footprints } = this
    return !writes.some(this.seen[conjunct], (element) => {
      const before = footprints.valueOf(element, state)
      const after = footprints.valueOf(element, target as Int32Array)
      return this.kindOf(conjunct, element, before) !== this.kindOf(conjunct, element, after)
    })
  }

  /** Does the conjunct hold wherever the others can get to? */
  private holdsThroughout(conjunct: number, others: Others<S>, state: Int32Array): boolean {
    return this.holdsIn(conjunct, others, state, new Map(), { left: MOST_WAYS })
  }

  /** The same, with some elements known to have certain values. */
  private holdsIn(
    conjunct: number,
    others: Others<S>,
    state: Int32Array,
    known: Map<number, number>,
    budget: { left: number },
  ): boolean {
    const { footprints } = this
    const evaluations = this.evaluations[conjunct]
    const go = (from: Way<boolean>): boolean => {
      for (let way = from; ; ) {
        if (way.element === null) return way.answer && --budget.left >= 0
        const { element, ways }: { element: number; ways: (Way<boolean> | undefined)[] } = way
        const follow = (value: number): Way<boolean> => {
          const kind = this.kindOf(conjunct, element, value)
          if (ways[kind] === undefined) this.guess(conjunct, state, known)
          return ways[kind] as Way<boolean>
        }
        const possible = known.has(element) ? undefined : others.of(element)
        if (possible === undefined) {
          way = follow(known.get(element) ?? footprints.valueOf(element, state))
          continue
        }
        return this.oneOfEachKind(conjunct, element, possible).every((value) => {
          known.set(element, value)
          const holds = go(follow(value))
          known.delete(element)
          return holds
        })
      }
    }
    if (evaluations.root === undefined) this.guess(conjunct, state, known)
    return go(evaluations.root as Way<boolean>)
  }

  /** Asks the conjunct about a state that differs from this one in some elements. */
  private guess(conjunct: number, state: Int32Array, known: ReadonlyMap<number, number>): void {
    this.scratch.set(state)
    for (const [element, value] of known) this.footprints.setValue(element, value, this.scratch)
    this.look(conjunct, this.scratch)
    this.lookAtRenamed(this.scratch)
  }

  private lookAtRenamed(state: Int32Array): void {
    for (const renamed of this.orbit(state))
      this.footprints.conjuncts.forEach(({ property }, i) => {
        if (this.watched[property] === 1) this.look(i, renamed)
      })
  }

  /**
   * Wherever the others can get to: does the conjunct hold there, if it holds after the step? What
   * it was never seen to read after the step does not come about.
   */
  private isSameBehind(
    conjunct: number,
    { writes, target }: Step,
    others: Others<S>,
    state: Int32Array,
  ): boolean {
    const { footprints } = this
    const budget = { left: MOST_WAYS }
    const known = new Map<number, number>()
    const after = (way: Way<boolean> | undefined): boolean => {
      if (way === undefined) return true
      if (way.element === null)
        return !way.answer || this.holdsIn(conjunct, others, state, new Map(known), budget)
      const { element, ways } = way
      const kindOf = (value: number) => this.kindOf(conjunct, element, value)
      if (writes.has(element))
        return after(ways[kindOf(footprints.valueOf(element, target as Int32Array))])
      const possible = others.of(element)
      if (possible === undefined) return after(ways[kindOf(footprints.valueOf(element, state))])
      return this.oneOfEachKind(conjunct, element, possible).every((value) => {
        known.set(element, value)
        const holds = after(ways[kindOf(value)])
        known.delete(element)
        return holds
      })
    }
    return after(this.evaluations[conjunct].root)
  }
}
