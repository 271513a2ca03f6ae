/** What a search has counted. */
import type { Action, CheckResult, Model } from '../model.js'

/** More than there can be: of no state yet. */
export const UNKNOWN = 2 ** 31

export class Tally {
  /** Distinct states that have been met. */
  states = 0
  /** How many of them have been expanded. */
  expanded = 0
  transitions = 0
  deadlocks = 0
  /** Steps out of that expanded state which has the fewest, and out of that which has the most. */
  fewest = UNKNOWN
  most = 0
  /** For each level whose expansion has begun, the number behind its last state. */
  levelEnds: number[] = []
  /** By action number, how often it was taken. */
  readonly fired: Float64Array

  constructor(actions: number) {
    this.fired = new Float64Array(actions)
  }

  /** Where the level ends that is being expanded. */
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

  /** A state is expanded that so many steps lead out of. */
  expand(steps: number): void {
    this.expanded++
    this.transitions += steps
    if (steps < this.fewest) this.fewest = steps
    if (steps > this.most) this.most = steps
  }

  /** How many steps lead out of a state; null before one has been expanded. */
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

  copy(): Tally {
    const copy = new Tally(this.fired.length)
    copy.restore(this.save())
    return copy
  }

  save(): SavedTally {
    const { states, expanded, transitions, deadlocks, fewest, most, levelEnds, fired } = this
    const counts = { states, expanded, transitions, deadlocks, fewest, most }
    return { ...counts, levelEnds, fired: [...fired] }
  }

  restore({ fired, ...counts }: SavedTally): void {
    Object.assign(this, counts, { levelEnds: [...counts.levelEnds] })
    this.fired.set(fired)
  }
}

/** A tally as data. */
export interface SavedTally {
  readonly states: number
  readonly expanded: number
  readonly transitions: number
  readonly deadlocks: number
  readonly fewest: number
  readonly most: number
  readonly levelEnds: readonly number[]
  readonly fired: readonly number[]
}
