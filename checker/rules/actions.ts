/** The actions of a model, as trees. */
import type { Leaf } from '../state/layout.js'
import type { Expression, RuleFunction } from './tree.js'

/** A conjunct `variable === value` of a guard. */
export interface Test {
  readonly leaf: Leaf
  readonly index: number
  readonly value: number
}

/** An action as a tree. */
export interface ReadAction {
  readonly number: number
  /** Null when it is false and cannot fail. */
  readonly guard: Expression | null
  /** Null when the guard is false and is run only because it may fail. */
  readonly effect: RuleFunction | null
  readonly tests: readonly Test[]
}
