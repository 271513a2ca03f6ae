/** Searches with and without reductions, and in what their findings differ. */
import { type Model, NO_RULE_ERROR, Search, type SearchOptions } from '../../checker/index.js'
import type { Reduction } from '../../checker/search/reduced/reduced-search.js'
import { ReducedSearch } from '../../checker/search/reduced/reduced-search.js'
import { keyOf, Symmetry } from '../../checker/search/reduced/symmetry.js'

/** A kind of reduced search: the real one, or one that is broken on purpose. */
export type Kind = typeof ReducedSearch

export interface Compared {
  readonly full: number
  readonly reduced: number
  readonly differences: readonly string[]
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
  // Of a model with more states nothing can be said.
  if (full.limit !== null) return { full: full.states, reduced: 0, differences: [] }
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
    const symmetry = new Symmetry(safety)
    const isUsed = reducedSearch.reductions.includes('symmetry')
    const nameOf = (state: Int32Array) => (isUsed ? symmetry.keyOf(state) : keyOf(state))
    const dead = new Set<string>()
    for (let i = 0; i < graph.size; i++)
      if (graph.offsets[i] === graph.offsets[i + 1]) dead.add(nameOf(layout.encode(graph.state(i))))
    const stored = new Set(reducedSearch.states().map(nameOf))
    const missing = [...dead].filter((end) => !stored.has(end)).length
    if (missing > 0) ends.push(`${missing} ends missing`)
  }
  const limits = reduced.limit === null ? [] : [`limit ${reduced.limit}`]
  const named = differences.map(([name, verdict]) => `${name} ${verdict} ${to.get(name)}`)
  return { ...counts, differences: [...named, ...ends, ...limits] }
}
