/** The state graph of a small model, its rules run as they stand. */
import { type Action, actionsOf, isEnabled, type Model } from '../../checker/index.js'

export interface PlainGraph<S> {
  readonly states: readonly S[]
  /** How many of the first states are initial. */
  readonly starts: number
  readonly steps: readonly { from: number; to: number; action: Action<S> }[]
}

/** Every state and step; null when a rule fails in some state. */
export function plainGraph<S>(model: Model<S>): PlainGraph<S> | null {
  const { layout } = model
  const view = layout.view()
  const actions = actionsOf(model)
  const numbers = new Map<string, number>()
  const vectors: Int32Array[] = []
  const numberOf = (vector: Int32Array): number => {
    const key = vector.join()
    const number = numbers.get(key) ?? vectors.push(vector) - 1
    numbers.set(key, number)
    return number
  }
  for (const state of model.init) numberOf(layout.encode(state))
  const starts = vectors.length
  const steps: { from: number; to: number; action: Action<S> }[] = []
  try {
    for (const [from, vector] of vectors.entries())
      for (const action of actions) {
        const after = vector.slice()
        view.bind(after, 0)
        if (!isEnabled(model, action, view.state)) continue
        action.rule.effect(view.state, ...action.parameters)
        steps.push({ from, to: numberOf(after), action })
      }
  } catch {
    return null
  }
  return { states: vectors.map((vector) => layout.decode(vector)), starts, steps }
}
