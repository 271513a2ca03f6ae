/**
 * Walking through a model one named step at a time. Rules run as they stand on a checked view of
 * the packed state: the meaning that compiled code must match.
 */
import { type Action, actionsOf, isEnabled, type Model } from '../checker/model.js'

export class Stepper<S> {
  private readonly actions: ReadonlyMap<string, Action<S>>
  private readonly view: { readonly state: S; bind(words: Int32Array, offset: number): void }
  private words: Int32Array

  /** Stands at the model's first initial state. @throws Error when there is none. */
  constructor(readonly model: Model<S>) {
    const [initial] = model.init
    if (initial === undefined) throw new Error(`model ${model.name} has no initial state`)
    this.actions = new Map(actionsOf(model).map((action) => [action.label, action]))
    this.view = model.layout.view()
    this.words = model.layout.encode(initial)
    this.view.bind(this.words, 0)
  }

  /** The labels of all actions there are. */
  get labels(): readonly string[] {
    return [...this.actions.keys()]
  }

  actionNamed(label: string): Action<S> | undefined {
    return this.actions.get(label)
  }

  /** A plain copy of the state it stands at. */
  state(): S {
    return this.model.layout.decode(this.words)
  }

  /** Stands at another state from now on. @throws AccessError when it is none of this model's. */
  moveTo(state: S): void {
    this.words = this.model.layout.encode(state)
    this.view.bind(this.words, 0)
  }

  /** Is the action enabled here? @throws whatever its guard throws. */
  isEnabled(action: Action<S>): boolean {
    return isEnabled(this.model, action, this.view.state)
  }

  /** The actions enabled here. One whose guard fails is not. */
  enabledActions(): Action<S>[] {
    return [...this.actions.values()].filter((action) => {
      try {
        return this.isEnabled(action)
      } catch {
        return false
      }
    })
  }

  enabledLabels(): string[] {
    return this.enabledActions().map((action) => action.label)
  }

  /** Takes a step. @throws whatever its effect throws; it then stands where it stood. */
  take({ rule, parameters }: Action<S>): void {
    const before = this.words.slice()
    try {
      rule.effect(this.view.state, ...parameters)
    } catch (error) {
      this.words = before
      this.view.bind(before, 0)
      throw error
    }
  }
}
