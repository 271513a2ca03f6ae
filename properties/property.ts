/** The kinds of properties of this model. */
import type { Property } from '../checker/model.js'
import type { State } from '../model/state.js'

/** A `sometimes` property, with the systems in which it can happen; default: all. */
export interface Situation extends Property<State> {
  readonly kind: 'sometimes'
  readonly systems?: readonly string[]
}
