/** The kinds of properties of this model. */
import type { Property } from '../checker/model.js'
import type { State } from '../model/state.js'

/** A property, with what a system must do (`does`) for it to be asked of it; default: any. */
interface OfSome extends Property<State> {
  readonly of?: string
}

/** What must hold in every state (`always`), or sooner or later on every run (`eventually`). */
export interface Invariant extends OfSome {
  readonly kind: 'always' | 'eventually'
}

/** What must be possible somewhere. */
export interface Situation extends OfSome {
  readonly kind: 'sometimes'
}
