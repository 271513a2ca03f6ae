/** The counters of a search. */
import type { Action, CheckResult, Model } from '../model.js'

/** More than any count: nothing has been counted yet. */
export const UNKNOWN = 2 ** 31

export class Counters {
  /** Distinct states that have been met. */
  states = 0
  /** How many of them have been expanded. */
  expanded = 0
  transitions = 0
  deadlocks = 0
  /** The fewest and the most steps that lead out of one expanded state. */
  fewest = UNKNOWN
  most = 0
  /** For each level whose expansion has begun: the number of states up to its end. */
  levelEnds: number[] = []
  /** How often each action was taken, by number. */
  readonly fired: Float64Array

  constructor(actions: number) {
    this.fired = new Float64Array(actions)
  }

  /** The number of states up to the end of the level that is being expanded. */
  get levelEnd(): number {
    return this.levelEnds.length > 0 ? this.levelEnds[this.levelEnds.length - 1] : 0
  }

  /** Distinct states at each distance from the initial ones. */
  levels(): number[] {
    const { levelEnds, levelEnd, states } = this
    const levels = levelEnds.map((end, i) => end - (i > 0 ? levelEnds[i - 1] : 0))
    if (states > levelEnd) levels.push(states - levelEnd)
    return levels
  }

  /** Counts an expanded state with the number of its steps. */
  expand(steps: number): void {
    this.expanded++
    this.transitions += steps
    if (steps < this.fewest) this.fewest = steps
    if (steps > this.most) this.most = steps
  }

  /** How many steps lead out of a state; null before a state has been expanded. */
  successors(): CheckResult<never>['successors'] {
    const { fewest, most, transitions, expanded } = this
    return fewest === UNKNOWN ? null : { fewest, mean: transitions / expanded, most }
  }

  /** How often each rule was taken, by name. */
  firedByRule<S>(model: Model<S>, actions: readonly Action<S>[]): Record<string, number> {
    const fired: Record<string, number> = {}
    for (const rule of model.rules) fired[rule.name] = 0
    for (const [i, { rule }] of actions.entries()) fired[rule.name] += this.fired[i]
    return fired
  }

  copy(): Counters {
    const copy = new Counters(this.fired.length)
    copy.restore(this.save())
    return copy
  }

  save(): SavedCounters {
    const { states, expanded, transitions, deadlocks, fewest, most, levelEnds, fired } = this
    const counts = { states, expanded, transitions, deadlocks, fewest, most }
    return { ...counts, levelEnds, fired: [...fired] }
  }

  restore({ fired, ...counts }: SavedCounters): void {
    Object.assign(this, counts, { levelEnds: [...counts.levelEnds] })
    this.fired.set(fired)
  }
}

/** Counters as data. */
export interface SavedCounters {
  readonly states: number
  readonly expanded: number
  readonly transitions: number
  readonly deadlocks: number
  readonly fewest: number
  readonly most: number
  readonly levelEnds: readonly number[]
  readonly fired: readonly number[]
}
