/**
 * What processes have been seen to do: for each process and each value of its own variables, what
 * its steps looked at and changed, and what became of its own variables.
 *
 * A process is all actions that stand at one program counter; an action that stands at none is one
 * by itself. Its own variables are those declared beside the counter. Neither choice has to be
 * right for anything: they only say under which headings what is seen is kept.
 */
import { type Leaf, readLeaf } from '../layout.js'
import { ElementSet } from './element-set.js'
import type { Footprints } from './footprints.js'

export interface Process {
  readonly number: number
  /** The element its actions' places are values of; null when it has a single action. */
  readonly counter: { readonly leaf: Leaf; readonly index: number } | null
  /** Its actions by the value of the counter; all under 0 where there is none. */
  readonly actions: ReadonlyMap<number, readonly number[]>
}

/** What was seen of one action of a process with certain values of its own variables. */
export interface Behaviour {
  readonly reads: ElementSet
  readonly writes: ElementSet
  /** Numbers of the values its process's own variables had afterwards. */
  readonly next: Set<number>
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

interface Own {
  readonly set: ElementSet
  /** Where their bits lie: words of a state, and masks. */
  readonly words: readonly number[]
  readonly masks: readonly number[]
  readonly numbers: Map<string, number>
  /** By number: the bits in these words. */
  readonly values: (readonly number[])[]
  readonly behaviours: Map<number, Behaviour>[]
  /** Numbers that became others by steps of other processes. */
  readonly moved: Set<number>[]
}

export class Behaviours<S> {
  readonly processes: readonly Process[]
  /** Has anything been seen that was not known before? Whoever wants to know sets it back. */
  news = false
  private own: readonly Own[]
  /** What is changed by actions that stand at no counter. */
  private readonly outside: ElementSet
  private readonly processOf: number[] = []

  constructor(readonly footprints: Footprints<S>) {
    const groups = new Map<
      string,
      { counter: Process['counter']; actions: Map<number, number[]> }
    >()
    for (const action of footprints.asked) {
      const at = footprints.at[action]
      const name = at ? `${at.leaf.path}#${at.index}` : footprints.actions[action].label
      const counter = at && { leaf: at.leaf, index: at.index }
      const group = groups.get(name) ?? { counter, actions: new Map<number, number[]>() }
      groups.set(name, group)
      const value = at?.value ?? 0
      group.actions.set(value, [...(group.actions.get(value) ?? []), action])
    }
    this.processes = [...groups.values()].map((group, number) => ({ ...group, number }))
    for (const { actions, number } of this.processes)
      for (const list of actions.values())
        for (const action of list) this.processOf[action] = number
    this.outside = new ElementSet(footprints.size)
    this.own = this.processes.map((process) => this.ownOf(process, new ElementSet(footprints.size)))
  }

  /** The elements of a process's own variables. */
  ownSet(process: number): ElementSet {
    return this.own[process].set
  }

  /** The process an element is an own variable of, or null. */
  ownerOf(element: number): number | null {
    const found = this.own.findIndex(({ set }) => set.has(element))
    return found < 0 ? null : found
  }

  /** The number of the values that a process's own variables have in a state. */
  numberOf(process: number, state: Int32Array): number {
    const own = this.own[process]
    const values = own.words.map((word, i) => state[word] & own.masks[i])
    const key = values.join()
    const known = own.numbers.get(key)
    if (known !== undefined) return known
    const number = own.values.length
    own.numbers.set(key, number)
    own.values.push(values)
    own.behaviours.push(new Map())
    own.moved.push(new Set())
    return number
  }

  /** Gives a process's own variables in a state the values of that number. */
  assume(process: number, number: number, state: Int32Array): void {
    const { words, masks, values } = this.own[process]
    for (let i = 0; i < words.length; i++)
      state[words[i]] = (state[words[i]] & ~masks[i]) | values[number][i]
  }

  /** The actions at the place where a process is in a state. */
  actionsAt(process: number, state: Int32Array): readonly number[] {
    const { counter, actions } = this.processes[process]
    const value = counter ? readLeaf(counter.leaf, counter.index, state, 0) : 0
    return actions.get(value) ?? []
  }

  behaviour(process: number, number: number, action: number): Behaviour {
    const known = this.own[process].behaviours[number].get(action)
    if (known) return known
    const { size } = this.footprints
    const made = {
      reads: new ElementSet(size),
      writes: new ElementSet(size),
      next: new Set<number>(),
    }
    this.own[process].behaviours[number].set(action, made)
    return made
  }

  /** What others made of a process's own variables when they had the values of that number. */
  movedFrom(process: number, number: number): ReadonlySet<number> {
    return this.own[process].moved[number]
  }

  /** Is the guard true in a state? What it looks at is put into `reads`. @throws what it throws. */
  asks(action: number, state: Int32Array, reads: ElementSet): boolean {
    const { footprints } = this
    const at = footprints.at[action]
    if (at) reads.add(footprints.elementOf(at.leaf, at.index))
    footprints.tell(reads, null)
    try {
      return footprints.guards[action](state, 0)
    } finally {
      footprints.tell(null, null)
    }
  }

  /** Takes all steps of a process from a state, and keeps what is seen. */
  stepsOf(process: number, state: Int32Array): Step[] {
    const number = this.numberOf(process, state)
    return this.actionsAt(process, state).map((action) => {
      const step = this.take(action, state)
      const kept = this.behaviour(process, number, action)
      if (kept.reads.include(step.reads)) this.news = true
      if (kept.writes.include(step.writes)) this.news = true
      if (step.target) this.arrive(process, number, action, state, step)
      return step
    })
  }

  private take(action: number, state: Int32Array): Step {
    const { footprints } = this
    const reads = new ElementSet(footprints.size)
    const writes = new ElementSet(footprints.size)
    try {
      if (!this.asks(action, state, reads)) return { action, reads, writes, target: null }
      const target = state.slice()
      footprints.tell(reads, writes)
      footprints.effects[action](target, 0)
      return { action, reads, writes, target }
    } catch (error) {
      return { action, reads, writes, target: null, error }
    } finally {
      footprints.tell(null, null)
    }
  }

  private arrive(
    process: number,
    number: number,
    action: number,
    state: Int32Array,
    { writes, target }: Step,
  ): void {
    const after = target as Int32Array
    for (const { number: other } of this.processes) {
      if (other !== process && !writes.meets(this.own[other].set)) continue
      const from = other === process ? number : this.numberOf(other, state)
      const to = this.numberOf(other, after)
      const known =
        other === process
          ? this.behaviour(process, number, action).next
          : this.own[other].moved[from]
      if (known.has(to)) continue
      known.add(to)
      this.news = true
    }
  }

  /**
   * Variables that stand beside a counter and are changed by what stands at none (an interrupt) are
   * better no part of the headings. Called between passes, as it forgets what is filed under them.
   */
  refile(): void {
    const { outside } = this
    for (const { number, counter } of this.processes)
      if (!counter)
        for (const behaviours of this.own[number].behaviours)
          for (const { writes } of behaviours.values()) outside.include(writes)
    const own = this.processes.map((process) => this.ownOf(process, outside))
    if (own.every(({ set }, i) => set.equals(this.own[i].set))) return
    this.own = own
    this.news = true
  }

  private ownOf({ counter }: Process, shared: ElementSet): Own {
    const { footprints } = this
    const set = new ElementSet(footprints.size)
    const elements = counter ? beside(counter, footprints.model.layout.leaves) : []
    const kept = elements.filter(
      ({ leaf, index }) => !shared.has(footprints.elementOf(leaf, index)),
    )
    const bits = new Map<number, number>()
    for (const { leaf, index } of kept) {
      set.add(footprints.elementOf(leaf, index))
      const position = leaf.position[index]
      const mask = (2 ** leaf.width - 1) << (position & 31)
      bits.set(position >> 5, (bits.get(position >> 5) ?? 0) | mask)
    }
    const [words, masks] = [[...bits.keys()], [...bits.values()]]
    return { set, words, masks, numbers: new Map(), values: [], behaviours: [], moved: [] }
  }
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
