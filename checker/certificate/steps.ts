/** The steps of a model as its rules are written, on one plain state. */
import { type Action, actionsOf, type Model } from '../model.js'
import { messageOf } from '../thrown.js'
import { RejectedError } from './certificate.js'
import { Packing } from './packing.js'

/** Actions of the same parameters, by the place where they are possible. */
interface Group<S> {
  readonly parameters: readonly number[]
  readonly anywhere: Action<S>[]
  readonly at: Map<string, Action<S>[]>
}

export class Steps<S> {
  readonly packing: Packing<S>
  /** All weakly fair groups of actions, a bit for each. */
  readonly allFair: bigint
  private readonly actions: readonly Action<S>[]
  private readonly groups: readonly Group<S>[]
  private readonly fair: ReadonlyMap<Action<S>, bigint>

  constructor(readonly model: Model<S>) {
    this.packing = new Packing(model.layout.root)
    this.actions = actionsOf(model)
    const { actions } = this
    const groups = new Map<string, Group<S>>()
    for (const action of actions) {
      const { parameters, rule } = action
      const key = parameters.join()
      const group: Group<S> = groups.get(key) ?? { parameters, anywhere: [], at: new Map() }
      groups.set(key, group)
      if (rule.at === undefined) group.anywhere.push(action)
      else group.at.set(rule.at, [...(group.at.get(rule.at) ?? []), action])
    }
    this.groups = [...groups.values()]
    const names = actions.map((action) => (model.fairness ? model.fairness(action) : action.actor))
    const known = [...new Set(names)].filter((name) => name !== null)
    const bitOf = (name: string | null) => (name === null ? 0n : 1n << BigInt(known.indexOf(name)))
    this.fair = new Map(actions.map((action, i) => [action, bitOf(names[i])]))
    this.allFair = (1n << BigInt(known.length)) - 1n
  }

  get state(): S {
    return this.packing.state
  }

  /** The fair groups that actions belong to. */
  fairOf(...actions: readonly Action<S>[]): bigint {
    return actions.reduce((groups, action) => groups | (this.fair.get(action) ?? 0n), 0n)
  }

  /** The actions enabled in the state. @throws RejectedError when a guard fails. */
  enabled(): Action<S>[] {
    const found: Action<S>[] = []
    for (const { parameters, anywhere, at } of this.groups) {
      for (const action of anywhere) if (this.isEnabled(action)) found.push(action)
      if (at.size === 0) continue
      const here = this.model.location?.(this.state, ...parameters) ?? ''
      for (const action of at.get(here) ?? []) if (this.isEnabled(action)) found.push(action)
    }
    return found
  }

  /** Takes a step. @returns the state it leads to. @throws RejectedError when it fails. */
  take({ rule, parameters, label }: Action<S>): string {
    try {
      rule.effect(this.packing.scratch, ...parameters)
      return this.packing.pack()
    } catch (error) {
      throw new RejectedError(`${label} fails: ${messageOf(error)}`)
    }
  }

  /**
   * Takes the steps of a schedule, from each initial state from which they are possible.
   * @returns the states on the way, and the steps. If the last step fails, it leads to no state.
   */
  *from(schedule: readonly string[]): Generator<{ path: string[]; taken: Action<S>[] }> {
    for (const initial of this.model.init) {
      this.packing.set(initial)
      const path = [this.packing.pack()]
      const taken: Action<S>[] = []
      for (const label of schedule) {
        const action = this.actions.find((one) => one.label === label)
        if (!action) break
        try {
          if (!this.enabled().includes(action)) break
          path.push(this.take(action))
        } catch (error) {
          if (!(error instanceof RejectedError)) throw error
          // Another one that fails is not what the schedule is about.
          if (!error.message.startsWith(`${label} fails`)) break
        }
        taken.push(action)
        if (path.length <= taken.length) break
      }
      if (taken.length === schedule.length) yield { path, taken }
    }
  }

  private isEnabled({ rule: { guard, unless }, parameters, label }: Action<S>): boolean {
    const { state } = this.packing
    try {
      if (guard && !guard(state, ...parameters)) return false
      return !unless?.some((isDue) => isDue(state, ...parameters))
    } catch (error) {
      throw new RejectedError(`${label} fails: ${messageOf(error)}`)
    }
  }
}
