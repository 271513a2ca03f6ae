/**
 * Do two models behave alike? Steps have names, and in one state a name leads to one state only; so
 * the two are bisimilar exactly when, walked together from their initial states, they offer the
 * same steps everywhere. The contents of their states may differ: the value of a register that no
 * step reads again is not part of the behaviour.
 */

import type { Model } from '../model.js'
import { type CompiledModel, compile } from '../rules/compile.js'
import { PairTable } from '../visited/pairs.js'
import { StateStore } from '../visited/store.js'

/**
 * Looks at every pair of states that one schedule leads to in both models.
 * @returns null when all offer the same steps, else the shortest schedule to a pair that does not,
 *   or to a step that fails.
 * @throws RangeError when there are more than `maxPairs` pairs.
 */
export function firstDifference<S>(
  one: Model<S>,
  other: Model<S>,
  maxPairs: number,
): readonly string[] | null {
  const pairs = new PairTable()
  const sides = [new Side(one), new Side(other)] as const
  const [a, b] = sides
  const parents: number[] = []
  const steps: string[] = []
  const add = (left: number, right: number, parent: number, step: string) => {
    const known = pairs.size
    if (pairs.intern(left, right) !== known) return
    if (known >= maxPairs) throw new RangeError(`more than ${maxPairs} pairs of states`)
    parents.push(parent)
    steps.push(step)
  }
  one.init.forEach((_, i) => {
    add(a.initial(i), b.initial(i), -1, '')
  })
  for (let pair = 0; pair < pairs.size; pair++) {
    const [left, right] = [a.successors(pairs.left(pair)), b.successors(pairs.right(pair))]
    const alike = left && right && left.size === right.size
    if (!alike || [...left.keys()].some((label) => !right.has(label)))
      return scheduleTo(pair, parents, steps)
    for (const [label, state] of left) add(state, right.get(label) as number, pair, label)
  }
  return null
}

function scheduleTo(pair: number, parents: readonly number[], steps: readonly string[]): string[] {
  const schedule: string[] = []
  for (let at = pair; parents[at] >= 0; at = parents[at]) schedule.unshift(steps[at])
  return schedule
}

/** One of the two models, its states by number. */
class Side<S> {
  private readonly compiled: CompiledModel<S>
  private readonly store: StateStore
  private readonly state: Int32Array

  constructor(private readonly model: Model<S>) {
    this.compiled = compile(model)
    this.store = new StateStore(model.layout.words)
    this.state = new Int32Array(model.layout.words)
  }

  initial(i: number): number {
    this.model.layout.encode(this.model.init[i], this.state)
    return this.store.intern(this.state, 0, -1)
  }

  /** By the name of the step; null when a rule fails. */
  successors(number: number): Map<string, number> | null {
    const { compiled, store, state, model } = this
    store.load(number, state)
    let count: number
    try {
      count = compiled.expand(state, 0)
    } catch (error) {
      if (compiled.failingAction(state, 0)) return null
      throw error
    }
    const { successors, taken, actions } = compiled
    const next = new Map<string, number>()
    for (let i = 0; i < count; i++)
      next.set(actions[taken[i]].label, store.intern(successors, i * model.layout.words, number))
    return next
  }
}
