/** The states of a run as the first one and, for each later one, what is different. */
import { fieldsOf } from '../runs/fields.js'

/** The fields that differ from the state before, by path, with their new values. */
export type Delta = Readonly<Record<string, unknown>>

/** @returns one delta for each state but the first. */
export function deltasOf(states: readonly object[]): Delta[] {
  let before = fieldsOf(states[0])
  return states.slice(1).map((state) => {
    const after = fieldsOf(state)
    const changed = [...after].filter(([path, value]) => before.get(path) !== value)
    before = after
    return Object.fromEntries(changed)
  })
}

/** All states again. Unchanged parts are the same object in neighbouring states. */
export function statesFrom<S extends object>(first: S, deltas: readonly Delta[]): S[] {
  const states = [first]
  for (const delta of deltas) {
    let state: unknown = states[states.length - 1]
    for (const [path, value] of Object.entries(delta))
      state = withField(state, path.match(/[^.[\]]+/g) ?? [], value)
    states.push(state as S)
  }
  return states
}

/** A copy along one path. */
function withField(part: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value
  const copy = (Array.isArray(part) ? [...part] : { ...(part as object) }) as Record<
    string,
    unknown
  >
  copy[key] = withField(copy[key], rest, value)
  return copy
}
