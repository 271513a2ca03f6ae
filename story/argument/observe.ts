/** Taking steps, and looking at properties, while noting what is read. */
import {
  type Action,
  actionsOf,
  isEnabled,
  type Model,
  type Property,
} from '../../checker/model.js'
import type { Elements } from './elements.js'

/** What became of an attempt to take a step. */
export interface Attempt {
  /** The state after it; null if the step is not possible, or fails. */
  readonly after: Int32Array | null
  /** The elements it looked at. */
  readonly reads: ReadonlySet<number>
}

export class Observer<S> {
  readonly actions: ReadonlyMap<string, Action<S>>
  private readonly view: { readonly state: S; bind(words: Int32Array, offset: number): void }
  private reads = new Set<number>()

  constructor(
    private readonly model: Model<S>,
    elements: Elements<S>,
  ) {
    this.actions = new Map(actionsOf(model).map((action) => [action.label, action]))
    this.view = model.layout.view((leaf, index) => {
      this.reads.add(elements.numberOf(leaf, index))
    })
  }

  /** Takes a step from a state, which stays as it is. */
  attempt(action: Action<S>, before: Int32Array): Attempt {
    const { rule, parameters } = action
    const words = before.slice()
    const reads = this.noting(words)
    try {
      if (!isEnabled(this.model, action, this.view.state)) return { after: null, reads }
      rule.effect(this.view.state, ...parameters)
      return { after: words, reads }
    } catch {
      return { after: null, reads }
    }
  }

  /** Is the step possible? One whose guard fails is not. */
  isPossible(action: Action<S>, words: Int32Array): boolean {
    this.noting(words)
    try {
      return isEnabled(this.model, action, this.view.state)
    } catch {
      return false
    }
  }

  /** What a step's guard looks at. */
  guardReads(action: Action<S>, words: Int32Array): ReadonlySet<number> {
    this.isPossible(action, words)
    return this.reads
  }

  /** Does a property hold in a state? One that cannot be evaluated there does not. */
  holds({ holds }: Property<S>, words: Int32Array): boolean {
    this.noting(words)
    try {
      return holds(this.view.state)
    } catch {
      return false
    }
  }

  /** Where the actor of a step stands, if its rule belongs to a place. */
  location({ rule, parameters }: Action<S>, words: Int32Array): string | null {
    this.noting(words)
    if (rule.at === undefined) return null
    return this.model.location?.(this.view.state, ...parameters) ?? null
  }

  private noting(words: Int32Array): ReadonlySet<number> {
    this.view.bind(words, 0)
    this.reads = new Set()
    return this.reads
  }
}
