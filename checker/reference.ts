/**
 * The same answers as search.ts, found in the plainest way: states are plain objects, the set of
 * known states is a Set of their JSON, rules run as they are written. Too slow for anything but
 * small models. It is there to be compared with the fast search.
 */

import {
  type Action,
  actionsOf,
  isEnabled,
  type Model,
  NO_DEADLOCK,
  NO_RULE_ERROR,
} from './model.js'
import type { LayoutNode, Scalar } from './state/layout.js'

/** Everything there is to know about a small model; fields as in CheckResult. */
export interface ReferenceResult {
  readonly states: number
  readonly transitions: number
  readonly levels: readonly number[]
  readonly deadlocks: number
  /** Violated properties, with the number of steps of the shortest schedule that shows it. */
  readonly violated: ReadonlyMap<string, number>
  /** The `sometimes` properties that hold somewhere. */
  readonly reached: ReadonlySet<string>
}

/**
 * Visits every reachable state, past all violations. A state in which a rule fails is not expanded.
 * @throws RangeError when there are more than `maxStates` states.
 */
export function explore<S>(model: Model<S>, maxStates = 100_000): ReferenceResult {
  const actions = actionsOf(model)
  const known = new Set<string>()
  const levels: number[] = []
  const violated = new Map<string, number>()
  const reached = new Set<string>()
  let transitions = 0
  let deadlocks = 0
  const violate = (property: string, steps: number) => {
    if (!violated.has(property)) violated.set(property, steps)
  }
  const meet = (state: S, next: S[]) => {
    const key = JSON.stringify(state)
    if (known.has(key)) return
    if (known.size >= maxStates) throw new RangeError(`more than ${maxStates} states`)
    known.add(key)
    next.push(state)
    for (const { name, kind, holds } of model.properties) {
      const isTrue = holds(strict(state, model.layout.root))
      if (kind === 'always' && !isTrue) violate(name, levels.length)
      if (kind === 'sometimes' && isTrue) reached.add(name)
    }
  }

  let level: S[] = []
  // A state is values: two lists of it are two, even if one array was written for both.
  const { layout } = model
  for (const state of model.init) meet(layout.decode(layout.encode(state)), level)
  while (level.length > 0) {
    levels.push(level.length)
    const next: S[] = []
    for (const state of level) {
      const after = successors(model, actions, state)
      if (after === null) {
        violate(NO_RULE_ERROR, levels.length)
        continue
      }
      transitions += after.length
      for (const successor of after) meet(successor, next)
      if (after.length > 0 || model.final(strict(state, model.layout.root))) continue
      deadlocks++
      violate(NO_DEADLOCK, levels.length - 1)
    }
    level = next
  }
  return { states: known.size, transitions, levels, deadlocks, violated, reached }
}

/** One state for every enabled action; null when a guard or an effect fails. */
function successors<S>(model: Model<S>, actions: readonly Action<S>[], state: S): S[] | null {
  const { root } = model.layout
  try {
    return actions
      .filter((action) => isEnabled(model, action, strict(state, root)))
      .map(({ rule, parameters }) => {
        const after = structuredClone(state)
        rule.effect(strict(after, root), ...parameters)
        return after
      })
  } catch {
    return null
  }
}

/** The same value, but touching what was not declared is an error. Constants have no node. */
function strict<T>(value: T, node: LayoutNode | undefined): T {
  if (typeof value !== 'object' || value === null) return value
  const check = (owner: object, key: string | symbol) => {
    if (Array.isArray(owner) && typeof key === 'string' && !(key in owner))
      throw new RangeError(`there is no element ${key}`)
  }
  const below = (key: string | symbol): LayoutNode | undefined => {
    if (node?.kind === 'list') return node.element
    return node?.kind === 'record' ? node.fields.get(String(key)) : undefined
  }
  return new Proxy(value, {
    get(owner, key) {
      check(owner, key)
      return strict(Reflect.get(owner, key), below(key))
    },
    set(owner, key, written) {
      check(owner, key)
      const part = below(key)
      if (part?.kind !== 'leaf' || !isIn(written, part.leaf.scalar))
        throw new RangeError(`${String(key)} cannot hold ${String(written)}`)
      return Reflect.set(owner, key, written)
    },
  })
}

function isIn(value: unknown, { type, min, max, names }: Scalar): boolean {
  if (type === 'flag') return typeof value === 'boolean'
  if (type === 'oneOf') return names.includes(value as string)
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}
