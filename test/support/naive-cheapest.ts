/** What checker/search/shortest-path.ts computes, in the plainest way: costs are lowered until none can be. */
import {
  type Action,
  actionsOf,
  type Cost,
  isEnabled,
  type Model,
  NO_DEADLOCK,
  NO_RULE_ERROR,
} from '../../checker/index.js'

type Price = readonly [first: number, second: number]

interface Node<S> {
  readonly state: S
  readonly last: string | null
  price: Price
}

/**
 * The lowest price of a violation of each of the properties, or of all; a state with a violation
 * is not gone on from.
 */
export function naiveCheapest<S>(
  model: Model<S>,
  cost: Cost,
  properties?: readonly string[],
): ReadonlyMap<string, Price> {
  const watches = (name: string) => properties?.includes(name) ?? true
  const actions = actionsOf(model)
  // Steps are taken on a view, which knows the ranges.
  const { layout } = model
  const view = layout.view()
  const outcomeOf = (action: Action<S>, state: S): S | 'fails' | null => {
    const words = layout.encode(state)
    view.bind(words, 0)
    try {
      if (!isEnabled(model, action, view.state)) return null
      action.rule.effect(view.state, ...action.parameters)
      return layout.decode(words)
    } catch {
      return 'fails'
    }
  }
  const always = model.properties.filter(({ kind, name }) => kind === 'always' && watches(name))
  const nodes = new Map<string, Node<S>>()
  const violated = new Map<string, Price>()
  const violate = (property: string, price: Price) => {
    const known = violated.get(property)
    if (!watches(property)) return
    if (!known || isLess(price, known)) violated.set(property, price)
  }
  const waiting: Node<S>[] = []
  const meet = (state: S, last: string | null, price: Price) => {
    const key = JSON.stringify([state, last])
    const known = nodes.get(key)
    if (known && !isLess(price, known.price)) return
    const node = { state, last, price }
    nodes.set(key, node)
    waiting.push(node)
  }
  for (const initial of model.init) meet(initial, null, [0, 0])
  for (let node = waiting.shift(); node; node = waiting.shift()) {
    const { state, last, price } = node
    const broken = always.filter((property) => !property.holds(state))
    for (const property of broken) violate(property.name, price)
    if (broken.length > 0) continue
    const steps = actions.map((action) => ({ action, outcome: outcomeOf(action, state) }))
    const possible = steps.filter(({ outcome }) => outcome !== null)
    const failing = possible.filter(({ outcome }) => outcome === 'fails')
    const taken = failing.length > 0 ? failing : possible
    const goesOn = taken.some(({ action }) => action.actor === last)
    for (const { action, outcome } of taken) {
      const isSwitch = last !== null && action.actor !== last
      const price1 = isSwitch && (goesOn || cost !== 'preemptions') ? 1 : 0
      const next: Price =
        cost === 'steps' ? [price[0] + 1, price[1] + price1] : [price[0] + price1, price[1] + 1]
      if (outcome === 'fails') violate(NO_RULE_ERROR, next)
      else meet(outcome as S, action.actor, next)
    }
    if (possible.length === 0 && !model.final(state)) violate(NO_DEADLOCK, price)
  }
  return violated
}

export function isLess([a, b]: Price, [c, d]: Price): boolean {
  return a < c || (a === c && b < d)
}
