/**
 * Which steps of a state have to be looked at: those of one process, where nothing that the others
 * can do before it moves has to do with its steps (partial order), or all.
 *
 * What the others can do is followed from where they are, with what they have been seen to do
 * (behaviours.ts). A step that waits for something which none of them changes does not come about.
 * DESIGN.md has the argument; the names there are those here.
 */
import { readLeaf } from '../layout.js'
import type { Behaviour, Behaviours, Step } from './behaviours.js'
import { ElementSet } from './element-set.js'
import type { Conjunct, Footprints } from './footprints.js'

/** What the others can do that has nothing to do with one process's steps. */
export interface Others {
  readonly writes: ElementSet
  /** For each process, the numbers of the values its own variables can come to have. */
  readonly numbers: readonly ReadonlySet<number>[]
}

/** The steps of one process taken together. */
export interface Moves {
  readonly process: number
  readonly steps: readonly Step[]
  readonly reads: ElementSet
  readonly writes: ElementSet
}

export class Choice<S> {
  /** What each conjunct has been seen to read anywhere. */
  readonly seen: readonly ElementSet[]
  private readonly scratch: Int32Array
  private readonly footprints: Footprints<S>

  constructor(
    protected readonly behaviours: Behaviours<S>,
    /** 1 for each property in which something new is still of interest. */
    private readonly watched: Uint8Array,
  ) {
    this.footprints = behaviours.footprints
    const { conjuncts, size, model } = this.footprints
    this.seen = conjuncts.map(() => new ElementSet(size))
    this.scratch = new Int32Array(model.layout.words)
  }

  /** Looks at all properties that a step can have changed, and keeps what they look at. */
  inspect(state: Int32Array, writes: ElementSet | null): Conjunct[] {
    const { conjuncts } = this.footprints
    const news: Conjunct[] = []
    conjuncts.forEach((conjunct, i) => {
      if (this.watched[conjunct.property] === 0) return
      if (writes && !this.seen[i].meets(writes)) return
      const { reads, holds } = this.look(conjunct, state)
      if (this.seen[i].include(reads)) this.behaviours.news = true
      if (!holds) news.push(conjunct)
    })
    return news
  }

  /** The steps of one process that are enough, the fewest there are; null where all have to be. */
  of(state: Int32Array): Step[] | null {
    let best: Step[] | null = null
    const looked = new Map<number, ElementSet | null>()
    const able: Step[][] = []
    for (const { number } of this.behaviours.processes) {
      if (!this.mayMove(number, state)) continue
      const steps = this.behaviours.stepsOf(number, state)
      if (steps.some(({ error }) => error !== undefined)) return null
      if (steps.every(({ target }) => target === null)) continue
      able.push(steps)
      const taken = steps.filter(({ target }) => target !== null)
      if (best && best.length <= taken.length) continue
      if (this.isEnough(this.together(number, steps), state, looked)) best = taken
    }
    if (able.length === 1) return able[0].filter(({ target }) => target !== null)
    return best
  }

  /** All steps, in the order of processes. */
  all(state: Int32Array): Step[] {
    return this.behaviours.processes
      .flatMap(({ number }) => this.behaviours.stepsOf(number, state))
      .filter(({ target, error }) => target !== null || error !== undefined)
  }

  private mayMove(process: number, state: Int32Array): boolean {
    return this.behaviours.actionsAt(process, state).length > 0
  }

  private together(process: number, steps: readonly Step[]): Moves {
    const { size } = this.footprints
    const moves = { process, steps, reads: new ElementSet(size), writes: new ElementSet(size) }
    moves.reads.include(this.behaviours.ownSet(process))
    for (const { reads, writes } of steps) {
      moves.reads.include(reads)
      moves.writes.include(writes)
    }
    return moves
  }

  private isEnough(
    moves: Moves,
    state: Int32Array,
    looked: Map<number, ElementSet | null>,
  ): boolean {
    const { processes } = this.behaviours
    const touchesOther = processes.some(
      ({ number }) =>
        number !== moves.process && moves.writes.meets(this.behaviours.ownSet(number)),
    )
    if (touchesOther) return false
    const others = this.others(moves, state)
    return others !== null && !this.isVisible(moves, others, state, looked)
  }

  /** What the others can do; null as soon as some of it has to do with the steps. */
  protected others(moves: Moves, state: Int32Array): Others | null {
    const { behaviours, scratch } = this
    const { size } = this.footprints
    const writes = new ElementSet(size)
    const numbers = behaviours.processes.map(() => new Set<number>())
    const open: [process: number, number: number][] = []
    const come = (process: number, number: number) => {
      if (numbers[process].has(number)) return
      numbers[process].add(number)
      open.push([process, number])
    }
    for (const { number } of behaviours.processes)
      if (number !== moves.process) come(number, behaviours.numberOf(number, state))
    let waiting: { process: number; number: number; action: number; asked: ElementSet }[] = []
    const goOn = (process: number, number: number, action: number, asked: ElementSet): boolean => {
      const behaviour = behaviours.behaviour(process, number, action)
      if (this.concern(moves, behaviour.writes, behaviour.reads)) return false
      if (moves.writes.meets(asked)) return false
      writes.include(behaviour.writes)
      for (const next of this.after(behaviour)) come(process, next)
      return true
    }
    for (;;) {
      for (let place = open.pop(); place; place = open.pop()) {
        const [process, number] = place
        for (const moved of behaviours.movedFrom(process, number)) come(process, moved)
        scratch.set(state)
        behaviours.assume(process, number, scratch)
        for (const action of behaviours.actionsAt(process, scratch)) {
          const asked = new ElementSet(size)
          const waits = this.waits(action, asked)
          if (behaviours.behaviour(process, number, action).reads.include(asked))
            behaviours.news = true
          if (waits) waiting.push({ process, number, action, asked })
          else if (!goOn(process, number, action, asked)) return null
        }
      }
      const able = waiting.filter(({ process, asked }) => this.mayEnd(writes, asked, process))
      if (able.length === 0) return { writes, numbers }
      waiting = waiting.filter((one) => !able.includes(one))
      for (const { process, number, action, asked } of able)
        if (!goOn(process, number, action, asked)) return null
    }
  }

  /** Is the guard false in the scratch state? */
  private waits(action: number, asked: ElementSet): boolean {
    try {
      return !this.behaviours.asks(action, this.scratch, asked)
    } catch {
      return false
    }
  }

  /** Where a process can get to by a step. */
  protected after(behaviour: Behaviour): Iterable<number> {
    return behaviour.next
  }

  /** Can a step that waits be enabled by what is written? Own variables are as at its number. */
  protected mayEnd(writes: ElementSet, asked: ElementSet, process: number): boolean {
    return writes.meetsOutside(asked, this.behaviours.ownSet(process))
  }

  /** Has what another does to do with the steps? */
  protected concern(moves: Moves, writes: ElementSet, reads: ElementSet): boolean {
    return writes.meets(moves.reads) || writes.meets(moves.writes) || moves.writes.meets(reads)
  }

  /** Is there a conjunct that both the steps and what the others can do may change? */
  protected isVisible(
    moves: Moves,
    others: Others,
    state: Int32Array,
    looked: Map<number, ElementSet | null>,
  ): boolean {
    return this.footprints.conjuncts.some((conjunct, i) => {
      if (this.watched[conjunct.property] === 0) return false
      if (!this.changes(moves, i, state)) return false
      if (!looked.has(i)) {
        const { reads, holds } = this.look(conjunct, state)
        looked.set(i, holds ? reads : null)
      }
      const reads = looked.get(i)
      return !reads || this.othersChange(others, reads, conjunct, state)
    })
  }

  /** Can the steps make a difference to a conjunct, in some state? */
  private changes(moves: Moves, number: number, state: Int32Array): boolean {
    const { compared, only } = this.footprints.conjuncts[number]
    if (moves.writes.meetsOutside(this.seen[number], only)) return true
    return moves.writes.some(this.seen[number], (element) => {
      const { leaf, index } = this.footprints.variable(element)
      const values = compared.get(leaf) as ReadonlySet<number>
      const now = readLeaf(leaf, index, state, 0)
      return moves.steps.some(
        ({ target }) => target && differ(values, now, readLeaf(leaf, index, target, 0)),
      )
    })
  }

  /** Can what the others do make a difference to a conjunct that reads this in the state? */
  private othersChange(
    { writes, numbers }: Others,
    reads: ElementSet,
    { compared, only }: Conjunct,
    state: Int32Array,
  ): boolean {
    const { behaviours, scratch } = this
    if (writes.meetsOutside(reads, only)) return true
    return writes.some(reads, (element) => {
      const { leaf, index } = this.footprints.variable(element)
      const values = compared.get(leaf) as ReadonlySet<number>
      const owner = behaviours.ownerOf(element)
      if (owner === null || numbers[owner].size === 0) return true
      const now = readLeaf(leaf, index, state, 0)
      for (const number of numbers[owner]) {
        behaviours.assume(owner, number, scratch)
        if (differ(values, now, readLeaf(leaf, index, scratch, 0))) return true
      }
      return false
    })
  }

  /** A conjunct in a state, with what it looks at; one that cannot be evaluated does not hold. */
  private look(conjunct: Conjunct, state: Int32Array): { reads: ElementSet; holds: boolean } {
    const reads = new ElementSet(this.footprints.size)
    this.footprints.tell(reads, null)
    try {
      return { reads, holds: conjunct.holds(state, 0) }
    } catch {
      return { reads, holds: false }
    } finally {
      this.footprints.tell(null, null)
    }
  }
}

/** Are two values told apart by comparing with certain ones? */
function differ(values: ReadonlySet<number>, one: number, other: number): boolean {
  return one !== other && (values.has(one) || values.has(other))
}
