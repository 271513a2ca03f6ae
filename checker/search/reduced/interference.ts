/**
 * What the processes outside of a group can do while the group takes no step: where each of them
 * can get to, and which values they can give to variables.
 *
 * Each of their actions is followed through what has been seen of it, from the values that
 * variables may have by then. What was never seen does not come about (argument: docs/design.md);
 * but an action that looks at what the group changes may be seen at some place only after that, so
 * there it is tried out.
 */

import type { Way } from './decision-tree.js'
import { ElementSet } from './element-set.js'
import { NOBODY, type Outcome, type Processes, type Step } from './processes.js'

/** Processes whose steps are looked at together. */
export interface Group {
  readonly members: ReadonlySet<number>
  /** All their actions where they are, those that wait among them. */
  readonly tried: readonly Step[]
  /** Those that can be taken. */
  readonly steps: readonly Step[]
  /** Their own variables. */
  readonly own: ElementSet
  /** What all their actions look at, and what their steps change. */
  readonly reads: ElementSet
  readonly writes: ElementSet
}

/** So many ways of one action are looked at; where there are more, there may be others. */
const MOST_WAYS = 300

/** A process at a place, with one of its actions there. */
interface Entry {
  readonly process: number
  readonly place: number
  readonly action: number
  /** Variables that others may change, among those it was followed through. */
  readonly looked: ElementSet
}

export class Others<S> {
  /** By element: the values it may come to have, where there are several. */
  private readonly values: (number[] | undefined)[]
  private readonly places: Set<number>[]
  /** What a process's own variables may be set to by others: elements, each with its value. */
  private readonly sets: number[][][]
  private readonly open: Entry[] = []
  private grown: ElementSet
  private readonly scratch: Int32Array
  /** Values that were chosen on the way along an action, by element. */
  private readonly chosen = new Map<number, number>()
  /** Processes that change something the group's actions look at. */
  private readonly disturbing = new Set<number>()

  constructor(
    private readonly processes: Processes<S>,
    protected readonly group: Group,
    private readonly state: Int32Array,
  ) {
    this.values = new Array(processes.footprints.size)
    this.places = processes.all.map(() => new Set<number>())
    this.sets = processes.all.map(() => [])
    this.grown = this.emptySet()
    this.scratch = new Int32Array(state.length)
  }

  /** Follows all they can do. @returns a process that has to do with the group's steps, or null. */
  follow(): number | null {
    const { processes, group, state, open } = this
    for (const { number } of processes.all)
      if (!group.members.has(number)) this.come(number, processes.placeIn(number, state))
    let entries: Entry[] = []
    for (;;) {
      for (let entry = open.pop(); entry; entry = open.pop()) {
        entries.push(entry)
        if (!this.goOn(entry)) return entry.process
      }
      const { grown } = this
      this.grown = this.emptySet()
      const again = entries.filter(({ looked }) => looked.meets(grown))
      if (again.length === 0) return this.disturbed()
      entries = entries.filter(({ looked }) => !looked.meets(grown))
      open.push(...again.reverse())
    }
  }

  /** The values an element may come to have; undefined where it stays as it is. */
  of(element: number): readonly number[] | undefined {
    return this.values[element]
  }

  /** May an element of the set be changed? */
  mayChange(set: ElementSet): boolean {
    return set.some(set, (element) => this.values[element] !== undefined)
  }

  private emptySet(): ElementSet {
    return new ElementSet(this.processes.footprints.size)
  }

  private goOn(entry: Entry): boolean {
    return this.along(entry, this.processes.evaluations[entry.action].root, false)
  }

  /** @param waits has it looked at something that the group is about to change? */
  protected along(entry: Entry, way: Way<Outcome> | undefined, waits: boolean): boolean {
    const { processes, group, state, chosen } = this
    const { footprints, owner, rank } = processes
    for (let at = way; ; ) {
      if (at === undefined) return true
      if (at.element === null) {
        const { answer } = at
        if (!answer.enabled && !answer.fails) return true
        if (waits && !this.isSameBehind(entry, answer)) return false
        return answer.fails || this.takes(entry, answer)
      }
      const { element, ways }: { element: number; ways: (Way<Outcome> | undefined)[] } = at
      const next = (value: number): Way<Outcome> | undefined => {
        if (ways[value] === undefined && waits) this.guess(entry)
        return ways[value]
      }
      let values: readonly number[] | undefined
      if (this.isChanged(group, element)) waits = true
      else if (owner[element] === entry.process) {
        at = next(processes.place(entry.process, entry.place).values[rank[element]])
        continue
      } else {
        entry.looked.add(element)
        values = this.possible(element)
      }
      if (!values) {
        at = next(footprints.valueOf(element, state))
        continue
      }
      for (const value of [...values]) {
        chosen.set(element, value)
        const goesOn = this.along(entry, next(value), waits)
        chosen.delete(element)
        if (!goesOn) return false
      }
      return true
    }
  }

  /** Tries an action out where it has come to, whether or not there is such a state. */
  protected guess({ process, place, action }: Entry): void {
    const { processes, scratch } = this
    const { footprints } = processes
    scratch.set(this.state)
    const { values } = processes.place(process, place)
    processes.ownElements(process).forEach((element, i) => {
      footprints.setValue(element, values[i], scratch)
    })
    for (const [element, value] of this.chosen) footprints.setValue(element, value, scratch)
    processes.guess(action, scratch)
  }

  /** Does an action that looks at what the group changes do the same after each of its steps? */
  private isSameBehind({ process, place, action }: Entry, answer: Outcome): boolean {
    const { processes, group, state, chosen } = this
    const { footprints, owner, rank, evaluations } = processes
    return group.steps.every(({ writes, target }) => {
      let way = evaluations[action].root
      while (way !== undefined && way.element !== null) {
        const { element }: { element: number } = way
        if (writes.has(element)) way = way.ways[footprints.valueOf(element, target as Int32Array)]
        else if (owner[element] === process)
          way = way.ways[processes.place(process, place).values[rank[element]]]
        else if (chosen.has(element)) way = way.ways[chosen.get(element) as number]
        else if (this.possible(element)) return false
        else way = way.ways[footprints.valueOf(element, state)]
      }
      return way !== undefined && isSameOutcome(way.answer, answer)
    })
  }

  /** Which of the others makes an action of the group do something else than it does here? */
  private disturbed(): number | null {
    if (this.disturbing.size === 0) return null
    const { group } = this
    const isSteady = group.tried.every((step) => this.isSteady(step, (e) => this.values[e]))
    return isSteady ? null : [...this.disturbing][0]
  }

  /** Does an action of the group do the same whatever of these values variables have? */
  protected isSteady(
    { action }: Step,
    valuesOf: (element: number) => readonly number[] | undefined,
  ): boolean {
    const { processes, state } = this
    const { footprints } = processes
    const { root } = processes.evaluations[action]
    let here = root
    while (here && here.element !== null) here = here.ways[footprints.valueOf(here.element, state)]
    const answer = here?.answer
    let left = MOST_WAYS
    const go = (way: Way<Outcome> | undefined): boolean => {
      if (way === undefined || answer === undefined) return false
      if (way.element === null) return --left >= 0 && isSameOutcome(way.answer, answer)
      const { element, ways } = way
      const values = valuesOf(element) ?? [footprints.valueOf(element, state)]
      return values.every((value) => go(ways[value]))
    }
    return go(root)
  }

  /** Is the element one that a step of the group changes? */
  protected isChanged({ writes }: Group, element: number): boolean {
    return writes.has(element)
  }

  /** The values an element may have when others look at it. */
  protected possible(element: number): readonly number[] | undefined {
    return this.values[element]
  }

  /** Has what a step writes to do with the group? */
  protected concerns({ own, reads, writes, tried }: Group, outcome: Outcome): boolean {
    if (outcome.writes.meets(own) || outcome.writes.meets(writes)) return true
    if (!outcome.writes.meets(reads)) return false
    const { written } = outcome
    for (let i = 0; i < written.length; i += 2)
      for (const step of tried)
        if (step.reads.has(written[i])) {
          const values = [written[i + 1]]
          if (!this.isSteady(step, (element) => (element === written[i] ? values : undefined)))
            return true
        }
    return false
  }

  /** The step is taken; false if it has to do with the group. */
  private takes({ process, place }: Entry, outcome: Outcome): boolean {
    if (this.concerns(this.group, outcome)) return false
    const { writes, written } = outcome
    if (writes.meets(this.group.reads)) this.disturbing.add(process)
    const { processes } = this
    let others: Map<number, number[]> | null = null
    for (let i = 0; i < written.length; i += 2) {
      const [element, value] = [written[i], written[i + 1]]
      const whose = processes.owner[element]
      if (whose === process) continue
      if (whose === NOBODY) this.mayBecome(element, value)
      else {
        others ??= new Map()
        others.set(whose, [...(others.get(whose) ?? []), element, value])
      }
    }
    this.goes(process, processes.placeAfter(process, place, outcome))
    for (const [other, set] of others ?? []) this.maySet(other, set)
    return true
  }

  /** Where a process can get to by a step of its own. */
  protected goes(process: number, place: number): void {
    this.come(process, place)
  }

  private maySet(process: number, set: readonly number[]): void {
    if (this.sets[process].some((known) => known.join() === set.join())) return
    this.sets[process].push([...set])
    for (const place of [...this.places[process]])
      this.come(process, this.processes.placeWith(process, place, set))
  }

  private come(process: number, place: number): void {
    if (this.places[process].has(place)) return
    this.places[process].add(place)
    const { values, actions } = this.processes.place(process, place)
    for (const action of actions)
      this.open.push({ process, place, action, looked: this.emptySet() })
    this.processes.ownElements(process).forEach((element, i) => {
      this.mayBecome(element, values[i])
    })
    for (const set of this.sets[process])
      this.come(process, this.processes.placeWith(process, place, set))
  }

  private mayBecome(element: number, value: number): void {
    const known = this.values[element]
    const now = this.processes.footprints.valueOf(element, this.state)
    if (known ? known.includes(value) : value === now) return
    if (known) known.push(value)
    else this.values[element] = [now, value]
    this.grown.add(element)
  }
}

function isSameOutcome(one: Outcome, other: Outcome): boolean {
  if (one.fails || other.fails || one.enabled !== other.enabled) return false
  const { written } = one
  return (
    written.length === other.written.length &&
    written.every((number, i) => number === other.written[i])
  )
}
