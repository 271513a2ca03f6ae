/** Searches with and without reductions, and in what their findings differ. */
import { type Model, NO_RULE_ERROR, Search, type SearchOptions } from '../../checker/index.js'
import type { Reduction } from '../../checker/reduce/reduced-search.js'
import { ReducedSearch } from '../../checker/reduce/reduced-search.js'

/** A kind of reduced search: the real one, or one that is broken on purpose. */
export type Kind = typeof ReducedSearch

export interface Compared {
  readonly full: number
  readonly reduced: number
  readonly differences: readonly string[]
}

/** Every state that ends a run, as text. */
function endsOf(states: Iterable<Int32Array>, isEnd: (state: Int32Array) => boolean): string[] {
  const ends = new Set<string>()
  for (const state of states) if (isEnd(state)) ends.add(state.join())
  return [...ends].sort()
}

/** What both say of every property but those no reduction keeps, of deadlocks, of the ends of runs. */
export function compare<S>(
  model: Model<S>,
  kind: Kind = ReducedSearch,
  reductions?: readonly Reduction[],
  maxStates?: number,
): Compared {
  const safety = { ...model, properties: model.properties.filter((p) => p.kind !== 'eventually') }
  const options: SearchOptions = { continue: true, graph: true, maxStates }
  const search = new Search(safety, options)
  while (!search.advance(100_000));
  const full = search.result()
  const reducedSearch = new kind(safety, { continue: true, reductions, maxStates })
  while (!reducedSearch.advance(100_000));
  const reduced = reducedSearch.result()
  const verdicts = (result: typeof full) =>
    new Map(result.properties.map(({ name, verdict }) => [name, verdict]))
  const [of, to] = [verdicts(full), verdicts(reduced)]
  const counts = { full: full.states, reduced: reduced.states }
  // A rule that fails ends what either sees: only that it does can be compared.
  if (of.get(NO_RULE_ERROR) === 'violated')
    return { ...counts, differences: to.get(NO_RULE_ERROR) === 'violated' ? [] : [NO_RULE_ERROR] }
  const differences = [...of].filter(([name, verdict]) => to.get(name) !== verdict)
  const graph = search.graph()
  const { layout } = safety
  const ends: string[] = []
  if (graph) {
    const states = Array.from({ length: graph.size }, (_, i) => i).filter(
      (i) => graph.offsets[i] === graph.offsets[i + 1],
    )
    const all = states.map((i) => layout.encode(graph.state(i)))
    const before = endsOf(all, () => true)
    const dead = new Set(before)
    const after = endsOf(reducedSearch.states(), (state) => dead.has(state.join()))
    if (before.join(' ') !== after.join(' '))
      ends.push(`${before.length - after.length} ends missing`)
  }
  const limits = full.limit === reduced.limit ? [] : [`limit ${full.limit} ${reduced.limit}`]
  const named = differences.map(([name, verdict]) => `${name} ${verdict} ${to.get(name)}`)
  return { ...counts, differences: [...named, ...ends, ...limits] }
}
