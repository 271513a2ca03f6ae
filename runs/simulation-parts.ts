/** Walks that were made in several parts, put together as if they were made one after the other. */
import { DistinctCounter } from '../checker/visited/distinct.js'
import { ESTIMATE, type Seen } from './simulation.js'

/**
 * @param parts in the order of the walks' numbers. One process would have ended at the first
 *   violation, so later parts do not count.
 */
export function seenTogether(parts: readonly Seen[]): Seen {
  const first = parts.findIndex(({ found }) => found !== null)
  const used = first < 0 ? parts : parts.slice(0, first + 1)
  const last = used[used.length - 1]
  const distinct = new DistinctCounter()
  for (const { sketch } of used) if (sketch) distinct.addAll(sketch)
  const limit = used.find((part) => part.limit !== null)?.limit ?? null
  return {
    ...last,
    limit: first < 0 ? limit : null,
    runs: sum(used.map(({ runs }) => runs ?? 0)),
    steps: sum(used.map(({ steps }) => steps)),
    longest: Math.max(...used.map(({ longest }) => longest ?? 0)),
    cut: sum(used.map(({ cut }) => cut ?? 0)),
    distinctStates: { count: distinct.estimate(), method: ESTIMATE },
    sketch: distinct.registers,
    fired: added(used.map(({ fired }) => fired)),
    reached: added(used.map(({ reached }) => reached)),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0)
}

function added(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const all: Record<string, number> = {}
  for (const part of parts)
    for (const [name, value] of Object.entries(part)) all[name] = (all[name] ?? 0) + value
  return all
}
