/**
 * A cursor stands at one state of a model, says which actions are enabled there and takes steps.
 * Replay, shrinking, stories and the explorer all walk through a model with it. Rules run as they
 * are written, on a checked view of the packed state: compiled code must do the same.
 */
import { type Action, actionsOf, isEnabled, type Model } from '../checker/model.js'
import type { Leaf } from '../checker/state/layout.js'

export class Cursor<S> {
  /** All actions of the model by label, in the order of declaration. */
  readonly actions: ReadonlyMap<string, Action<S>>
  private readonly view: ReturnType<Model<S>['layout']['view']>
  private words: Int32Array

  /**
   * Stands at the model's first initial state.
   * @param onRead is called for each variable that a guard, an effect or a condition reads.
   * @throws Error when the model has no initial state.
   */
  constructor(
    readonly model: Model<S>,
    onRead?: (leaf: Leaf, index: number) => void,
  ) {
    const [initial] = model.init
    if (initial === undefined) throw new Error(`model ${model.name} has no initial state`)
    this.actions = new Map(actionsOf(model).map((action) => [action.label, action]))
    this.view = model.layout.view(onRead)
    this.words = model.layout.encode(initial)
    this.stand(this.words)
  }

  /** The state it stands at, for conditions: it cannot be written. Use it before the next move. */
  get here(): S {
    return this.view.state
  }

  /** A plain copy of the state it stands at. */
  state(): S {
    return this.model.layout.decode(this.words)
  }

  /** A packed copy of the state it stands at. */
  packed(): Int32Array {
    return this.words.slice()
  }

  /** Moves to a state. @throws AccessError when it is not a state of this model. */
  moveTo(state: S): void {
    this.stand(this.model.layout.encode(state))
  }

  /** Moves to a packed state of this model. The words are copied. */
  moveToPacked(words: Int32Array): void {
    this.stand(words.slice())
  }

  /** Moves to the model's first initial state. */
  restart(): void {
    this.moveTo(this.model.init[0])
  }

  /** Is the action enabled here? @throws the error of a guard that fails. */
  isEnabled(action: Action<S>): boolean {
    return isEnabled(this.model, action, this.here)
  }

  /** The actions that are enabled here. An action whose guard fails counts as disabled. */
  enabledActions(): Action<S>[] {
    return [...this.actions.values()].filter((action) => orFalse(() => this.isEnabled(action)))
  }

  enabledLabels(): string[] {
    return this.enabledActions().map((action) => action.label)
  }

  /**
   * Takes a step; the caller has made sure that it is enabled.
   * @throws the error of an effect that fails. The cursor then stands where it stood before.
   */
  take({ rule, parameters }: Action<S>): void {
    const after = this.packed()
    this.view.bind(after, 0)
    try {
      rule.effect(this.view.state, ...parameters)
      this.words = after
    } finally {
      this.stand(this.words)
    }
  }

  private stand(words: Int32Array): void {
    this.words = words
    this.view.bind(words, 0, true)
  }
}

/** Asks a condition; one that fails counts as false. */
export function orFalse(condition: () => boolean): boolean {
  try {
    return condition()
  } catch {
    return false
  }
}
