/**
 * How each variable of the machine is seen from one page table. That follows from its declaration:
 * what the lists around it are numbered by, and what its value names.
 */

import type { Range, Thing } from '../model/state/declaration.js'
import { declaredIn } from '../model/state/paths.js'
import { variables } from '../model/state.js'

/** What a list around a variable is numbered by. */
export type Index = 'same' | 'page' | 'slot' | 'table' | 'frame'

/** What a value names. `same`: nothing that is numbered differently in another model. */
export type Named = Index | 'content' | 'pair' | 'operation'

export interface Variable {
  /** For each list around it, outermost first. */
  readonly by: readonly Index[]
  readonly is: Named
}

/** Things that have the same numbers in all models. */
const ALIKE: readonly unknown[] = ['thread', 'mm', 'vma', 'entry', undefined] satisfies (
  | Thing
  | undefined
)[]

const kindOf = (names: Range<unknown>['names']) => (ALIKE.includes(names) ? 'same' : names) as Named

/** All variables by their paths; view.ts says what becomes of the registers of threads. */
export const VARIABLES: ReadonlyMap<string, Variable> = new Map(
  [...declaredIn(variables)].flatMap(({ path, declared, around }) =>
    declared.kind === 'field'
      ? [[path, { by: around.map(kindOf) as Index[], is: kindOf(declared.range.names) }]]
      : [],
  ),
)
