/**
 * The processes of a model, and what their steps have been seen to do.
 *
 * A process is all actions that stand at one program counter; an action that stands at none is one
 * by itself. Its own variables are those declared beside the counter. Neither choice has to be
 * right for anything: they only say which variables are followed together, and which one by one.
 */

import type { Footprints } from '../../rules/passes/footprints.js'
import { type Leaf, readLeaf } from '../../state/layout.js'
import { type Evaluation, Evaluations } from './decision-tree.js'
import { ElementSet } from './element-set.js'

export interface Process {
  readonly number: number
  /** The element its actions' places are values of; null when it has a single action. */
  readonly counter: { readonly leaf: Leaf; readonly index: number } | null
  /** Its actions by the value of the counter; all under 0 where there is none. */
  readonly actions: ReadonlyMap<number, readonly number[]>
}

/** What became of an action: whether it could be taken, and then what it wrote. */
export interface Outcome {
  readonly enabled: boolean
  readonly fails: boolean
  /** All that was looked at on the way here, where its actor is too. */
  readonly reads: ElementSet
  readonly writes: ElementSet
  /** The elements it wrote, each followed by its value. */
  readonly written: readonly number[]
}

/** One evaluation of an action: what it looked at, and where it leads if it can be taken. */
export interface Step {
  readonly action: number
  readonly reads: ElementSet
  readonly writes: ElementSet
  readonly target: Int32Array | null
  /** What its rule threw. */
  readonly error?: unknown
}

/** Values of all own variables of a process, with the actions that stand there. */
export interface Place {
  readonly values: readonly number[]
  readonly actions: readonly number[]
  /** The numbers of the places that steps lead to from here. */
  readonly after: Map<Outcome, number>
}

interface Own {
  readonly elements: readonly number[]
  readonly set: ElementSet
  readonly numbers: Map<string, number>
  readonly places: Place[]
}

/** The owner of an element that no process has for its own. */
export const NOBODY = -1

export class Processes<S> {
  readonly all: readonly Process[]
  /** By action. */
  readonly evaluations: readonly Evaluations<Outcome>[]
  /** Has anything been seen that was not known before? Whoever wants to know sets it back. */
  news = false
  /** By element: the process whose own variable it is, or NOBODY, and which of them it is. */
  readonly owner: Int32Array
  readonly rank: Int32Array
  private readonly own: readonly Own[]
  private readonly order: number[] = []
  private last: { state: Int32Array; steps: Step[][] } | null = null

  /** @param orbit what a state is renamed to (symmetry.ts): what is seen there is kept as well. */
  constructor(
    readonly footprints: Footprints<S>,
    private readonly orbit: (state: Int32Array) => readonly Int32Array[] = () => [],
  ) {
    const { size, actions } = footprints
    this.evaluations = actions.map(({ label }) => new Evaluations<Outcome>(label))
    this.all = processesOf(footprints)
    this.owner = new Int32Array(size).fill(NOBODY)
    this.rank = new Int32Array(size)
    this.own = this.all.map(({ counter, number }) => {
      const set = new ElementSet(size)
      const elements = counter
        ? beside(counter, footprints.model.layout.leaves).map(({ leaf, index }) =>
            footprints.elementOf(leaf, index),
          )
        : []
      elements.forEach((element, i) => {
        set.add(element)
        this.owner[element] = number
        this.rank[element] = i
      })
      return { elements, set, numbers: new Map(), places: [] }
    })
  }

  /** The elements of a process's own variables. */
  ownSet(process: number): ElementSet {
    return this.own[process].set
  }

  ownElements(process: number): readonly number[] {
    return this.own[process].elements
  }

  /** The number of the place where a process is in a state. */
  placeIn(process: number, state: Int32Array): number {
    const { elements } = this.own[process]
    return this.placeOf(
      process,
      elements.map((element) => this.footprints.valueOf(element, state)),
    )
  }

  /** The number of the place with such values. */
  placeOf(process: number, values: readonly number[]): number {
    const { numbers, places } = this.own[process]
    const key = values.join()
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, places.length)
    places.push({ values, actions: this.actionsAt(process, values), after: new Map() })
    return places.length - 1
  }

  place(process: number, number: number): Place {
    return this.own[process].places[number]
  }

  /** The number of the place where some of a process's own variables have other values. */
  placeWith(process: number, place: number, set: readonly number[]): number {
    const values = [...this.place(process, place).values]
    for (let i = 0; i < set.length; i += 2)
      if (this.owner[set[i]] === process) values[this.rank[set[i]]] = set[i + 1]
    return this.placeOf(process, values)
  }

  /** The number of the place to which one of its steps leads a process. */
  placeAfter(process: number, place: number, outcome: Outcome): number {
    const { after } = this.place(process, place)
    const known = after.get(outcome)
    if (known !== undefined) return known
    const next = this.placeWith(process, place, outcome.written)
    after.set(outcome, next)
    return next
  }

  private actionsAt(process: number, values: readonly number[]): readonly number[] {
    const { counter, actions } = this.all[process]
    if (!counter) return actions.get(0) ?? []
    const element = this.footprints.elementOf(counter.leaf, counter.index)
    return actions.get(values[this.rank[element]] + counter.leaf.scalar.min) ?? []
  }

  /** All actions where the processes are in a state, tried out: by process. */
  stepsIn(state: Int32Array): readonly (readonly Step[])[] {
    if (this.last?.state !== state) {
      this.last = { state, steps: this.takeAll(state) }
      for (const renamed of this.orbit(state)) this.takeAll(renamed)
    }
    return this.last.steps
  }

  private takeAll(state: Int32Array): Step[][] {
    return this.all.map(({ counter, actions }) => {
      const value = counter ? readLeaf(counter.leaf, counter.index, state, 0) : 0
      return (actions.get(value) ?? []).map((action) => this.take(action, state))
    })
  }

  /** What an action would do in a state, whether or not there is one. */
  guess(action: number, state: Int32Array): void {
    this.take(action, state)
    for (const renamed of this.orbit(state)) this.takeAll(renamed)
  }

  private take(action: number, state: Int32Array): Step {
    const { footprints } = this
    const known = this.evaluations[action].known((element) => footprints.valueOf(element, state))
    if (known === undefined || known.fails) return this.evaluate(action, state)
    const { reads, writes, written, enabled } = known
    if (!enabled) return { action, reads, writes, target: null }
    const target = state.slice()
    for (let i = 0; i < written.length; i += 2)
      footprints.setValue(written[i], written[i + 1], target)
    return { action, reads, writes, target }
  }

  private evaluate(action: number, state: Int32Array): Step {
    const { footprints } = this
    const reads = new ElementSet(footprints.size)
    const writes = new ElementSet(footprints.size)
    const elements = this.order
    elements.length = 0
    const reader = {
      add(element: number) {
        if (reads.has(element)) return
        reads.add(element)
        elements.push(element)
      },
    }
    let target: Int32Array | null = null
    let error: unknown
    footprints.tell(reader, writes)
    try {
      if (footprints.guards[action](state, 0)) {
        target = state.slice()
        footprints.effects[action](target, 0)
      }
    } catch (thrown) {
      target = null
      error = thrown ?? new Error('nothing was thrown')
    } finally {
      footprints.tell(null, null)
    }
    const at = footprints.at[action]
    if (at) reads.add(footprints.elementOf(at.leaf, at.index))
    const evaluation: Evaluation<Outcome> = {
      elements,
      values: elements.map((element) => footprints.valueOf(element, state)),
      answer: () => ({
        enabled: target !== null,
        fails: error !== undefined,
        reads,
        writes,
        written: target ? this.valuesIn(writes, target) : [],
      }),
    }
    if (this.evaluations[action].keep(evaluation)) this.news = true
    return { action, reads, writes, target, error }
  }

  private valuesIn(set: ElementSet, state: Int32Array): number[] {
    const values: number[] = []
    set.some(set, (element) => {
      values.push(element, this.footprints.valueOf(element, state))
      return false
    })
    return values
  }
}

function processesOf<S>({ asked, at, actions }: Footprints<S>): Process[] {
  const groups = new Map<string, { counter: Process['counter']; actions: Map<number, number[]> }>()
  for (const action of asked) {
    const place = at[action]
    const name = place ? `${place.leaf.path}#${place.index}` : actions[action].label
    const counter = place && { leaf: place.leaf, index: place.index }
    const group = groups.get(name) ?? { counter, actions: new Map<number, number[]>() }
    groups.set(name, group)
    const value = place?.value ?? 0
    group.actions.set(value, [...(group.actions.get(value) ?? []), action])
  }
  return [...groups.values()].map((group, number) => ({ ...group, number }))
}

/** The elements of the record, or list of records, that an element is declared in. */
function beside(
  { leaf, index }: { leaf: Leaf; index: number },
  leaves: readonly Leaf[],
): { leaf: Leaf; index: number }[] {
  const group = leaf.path.slice(0, leaf.path.lastIndexOf('.') + 1)
  if (!group.includes('[]')) return [{ leaf, index }]
  const depth = group.split('[]').length - 1
  const inside = (dims: readonly number[]) => dims.slice(depth).reduce((all, n) => all * n, 1)
  const number = Math.floor(index / inside(leaf.dims))
  return leaves
    .filter((other) => other.path.startsWith(group) && other.width > 0)
    .flatMap((other) => {
      const size = inside(other.dims)
      return Array.from({ length: size }, (_, i) => ({ leaf: other, index: number * size + i }))
    })
}
