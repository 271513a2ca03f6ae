/** The kinds of properties of this model. */
import type { Property } from '../checker/model.js'
import type { State } from '../model/state.js'

/** A property, with the systems it concerns; default: all. */
interface OfSystems extends Property<State> {
  readonly systems?: readonly string[]
}

/** What must hold in every state (`always`), or sooner or later on every run (`eventually`). */
export interface Invariant extends OfSystems {
  readonly kind: 'always' | 'eventually'
}

/** What must be possible somewhere. */
export interface Situation extends OfSystems {
  readonly kind: 'sometimes'
}
