/** Weak fairness: the group that each action belongs to. */
export interface Fairness {
  /** How many groups there are. */
  readonly groups: number
  /** By action number; -1 for an action that is never forced. */
  readonly groupOf: Int32Array
}
