/**
 * Following a schedule as far as it goes: what is not possible is left out. So a schedule that was
 * found in one scenario is tried in a smaller one.
 */
import {
  type Action,
  actionsOf,
  isEnabled,
  type Model,
  NO_DEADLOCK,
  NO_RULE_ERROR,
} from '../../checker/model.js'
import type { Smaller } from '../subject.js'

/**
 * What happens where a step is not possible: it is left out, or the actor's only other step is
 * taken instead, or nothing is followed any further.
 */
export type Otherwise = 'skip' | 'substitute' | 'stop'

/** A model that schedules are followed through, with its rules as they stand. */
export class Follower<S> {
  /** Its actions by label. */
  readonly actions: ReadonlyMap<string, Action<S>>
  private readonly view: { readonly state: S; bind(words: Int32Array, offset: number): void }

  constructor(readonly model: Model<S>) {
    this.actions = new Map(actionsOf(model).map((action) => [action.label, action]))
    this.view = model.layout.view()
  }

  /**
   * The steps taken up to the first state in which the property is violated; null if there is none.
   * Other violations on the way are passed over.
   * @param property its name; null to take all steps that can be taken.
   */
  follow(
    schedule: readonly string[],
    property: string | null,
    otherwise: Otherwise = 'skip',
  ): string[] | null {
    const { model, view } = this
    const holds = model.properties.find(({ name }) => name === property)?.holds
    let words = model.layout.encode(model.init[0])
    view.bind(words, 0)
    const taken: string[] = []
    if (holds && !holds(view.state)) return taken
    for (const label of schedule) {
      const action = this.possible(label, otherwise)
      if (!action && otherwise === 'stop') return null
      if (!action) continue
      const before = words.slice()
      if (!this.take(action)) {
        if (property === NO_RULE_ERROR) return [...taken, action.label]
        words = before
        view.bind(words, 0)
        continue
      }
      taken.push(action.label)
      if (holds && !holds(view.state)) return taken
    }
    if (property === null) return taken
    const isStuck = property === NO_DEADLOCK && !this.canGoOn() && !model.final(view.state)
    return isStuck ? taken : null
  }

  /** What a step is called once things have other numbers; empty if one of them is gone. */
  relabelled(label: string, moved: NonNullable<Smaller['moved']>): string {
    const action = this.actions.get(label)
    const ranges = action?.rule.for ?? []
    if (!action || !ranges.some((range) => range in moved)) return label
    const after = ranges.flatMap((range, i) => {
      if (this.model.ranges?.[range].actor) return []
      const number = action.parameters[i]
      return [range in moved ? moved[range](number) : number]
    })
    const call = label.lastIndexOf('(')
    return after.includes(null) ? '' : `${label.slice(0, call)}(${after.join(', ')})`
  }

  private possible(label: string, otherwise: Otherwise): Action<S> | null {
    const action = this.actions.get(label)
    if (!action || this.isPossible(action)) return action ?? null
    if (otherwise !== 'substitute') return null
    const others = [...this.actions.values()].filter(
      (other) => other.actor === action.actor && this.isPossible(other),
    )
    return others.length === 1 ? others[0] : null
  }

  private canGoOn(): boolean {
    return [...this.actions.values()].some((action) => this.isPossible(action))
  }

  /** Is it enabled? A step whose guard fails is one that can be tried. */
  private isPossible(action: Action<S>): boolean {
    try {
      return isEnabled(this.model, action, this.view.state)
    } catch {
      return true
    }
  }

  /** @returns false when the rule fails. */
  private take(action: Action<S>): boolean {
    const { rule, parameters } = action
    try {
      if (isEnabled(this.model, action, this.view.state))
        rule.effect(this.view.state, ...parameters)
      return true
    } catch {
      return false
    }
  }
}
