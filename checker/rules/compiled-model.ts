/** What a model is once it has been read: functions on packed states, and facts for reports. */
import type { Action, Model } from '../model.js'
import type { Expansion, PackedCondition, PackedEffect } from './expansion.js'

/** A program as data: it can be handed to another thread. */
export interface ProgramText {
  readonly code: string
  readonly tables: ReadonlyMap<string, Int32Array>
}

/** A model ready to run. */
export interface CompiledModel<S> extends Expansion {
  readonly model: Model<S>
  readonly actions: readonly Action<S>[]
  /** The first action whose guard or effect throws in this state, with its error; null if none. */
  failingAction(source: Int32Array, from: number): { action: Action<S>; error: unknown } | null
  /** Actions that no reachable state enables, as their source shows: they are not compiled. */
  readonly dead: readonly Action<S>[]
  /** Guards by action number. The guard of a dead action is false in every state. */
  readonly enabled: readonly PackedCondition[]
  /** Effects by action number; they change the vector in place. Those of dead actions throw. */
  readonly apply: readonly PackedEffect[]
  /** The values of properties, in the order of `model.properties`. */
  readonly holds: readonly PackedCondition[]
  /** The `from` conditions of `eventually` properties, likewise; null where there is none. */
  readonly from: readonly (PackedCondition | null)[]
  /** @throws NondeterminismError when an interpreted function gave different answers. */
  readonly confirmDeterminism: () => void
  /** Rules and functions that are interpreted, with the reason. */
  readonly interpreted: readonly { rule: string; reason: string }[]
  /** Does nothing of the model run as it stands? Then its program says all. */
  readonly isTranslated: boolean
  /** The program of the model's own. */
  readonly program: ProgramText
}
