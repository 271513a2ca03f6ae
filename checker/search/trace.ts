/** The trace to a state that a search has found. */

import { NondeterminismError, type Trace } from '../model.js'
import type { CompiledModel } from '../rules/compile.js'
import type { StateStore } from '../visited/store.js'

/** The trace to state `id`: its states by the predecessors that are stored, its actions derived. */
export function traceTo<S>(compiled: CompiledModel<S>, store: StateStore, id: number): Trace<S> {
  const { layout } = compiled.model
  const path: number[] = []
  for (let at = id; at >= 0; at = store.parentOf(at)) path.unshift(at)
  const vectors = path.map((state) => {
    const vector = new Int32Array(layout.words)
    store.load(state, vector)
    return vector
  })
  const schedule = vectors.slice(1).map((target, i) => {
    const taken = actionBetween(compiled, vectors[i], target, layout.words)
    return compiled.actions[taken].label
  })
  return { schedule, states: vectors.map((vector) => layout.decode(vector)) }
}

/** The first action that leads from one state to the other. */
function actionBetween<S>(
  compiled: CompiledModel<S>,
  from: Int32Array,
  to: Int32Array,
  words: number,
): number {
  for (let i = 0; i < compiled.actions.length; i++) {
    if (!compiled.enabled[i](from, 0)) continue
    const scratch = from.slice()
    compiled.apply[i](scratch, 0)
    if (scratch.every((word, j) => j >= words || word === to[j])) return i
  }
  throw new NondeterminismError(
    'a stored step cannot be taken again: the model is not deterministic',
  )
}
