/** The kinds of properties of this model. */
import type { Property } from '../checker/model.js'
import type { State } from '../model/state.js'

/** A property, with the feature that a system must have for it to be asked; default: none. */
interface WithRequirement extends Property<State> {
  readonly requires?: string
}

/** What must hold in every state (`always`), or sooner or later on every run (`eventually`). */
export interface Invariant extends WithRequirement {
  readonly kind: 'always' | 'eventually'
}

/** What must be possible somewhere. */
export interface Situation extends WithRequirement {
  readonly kind: 'sometimes'
}
