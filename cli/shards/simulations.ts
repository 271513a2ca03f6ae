/** The simulations of several shards, as of one process. */
import * as v from 'valibot'
import { DistinctCounter, REGISTERS } from '../../checker/visited/distinct.js'
import { ESTIMATE, type SimulatedRun } from '../../runs/simulation.js'
import { UsageError } from '../errors.js'
import { exitCodeOf } from '../runner.js'
import { added, byPlace, count, counts, type PartOf, sumOf } from './part.js'

const walks = v.looseObject({
  system: v.string(),
  scenario: v.string(),
  mutant: v.nullable(v.string()),
  verdict: v.picklist(['violated', 'passed', 'incomplete']),
  foundInRun: v.nullable(count),
  limit: v.nullable(v.string()),
  seconds: v.pipe(v.number(), v.minValue(0)),
  runs: count,
  steps: count,
  longest: count,
  cut: count,
  fired: counts,
  reached: counts,
  distinctStates: v.object({ count, method: v.string() }),
})
type Walks = v.InferOutput<typeof walks>

/** The document of one shard of a simulation. */
export const simulationPart = v.looseObject({
  simulations: v.array(walks),
  shard: v.looseObject({ sketches: v.array(v.nullable(v.string())) }),
})

/** The estimate of the distinct states of some walks, as text. */
export function sketchText(sketch: Uint8Array | null): string | null {
  return sketch && Buffer.from(sketch).toString('base64')
}

/** One document of all shards, in their order, and its exit code. */
export function mergedSimulations(parts: readonly PartOf<typeof simulationPart>[]) {
  const [{ document: first }] = parts
  const sketches = byPlace(parts, ({ shard }) => shard.sketches)
  const simulations = byPlace(parts, (document) => document.simulations).map((all, i) =>
    merged(all, (used) => distinct(parts.slice(0, used), sketches[i] ?? [])),
  )
  return { document: { ...first, simulations }, code: exitCodeOf(simulations, false) }
}

/**
 * The walks of one process end at the first violation, so what later shards saw does not count.
 * @param statesIn the number of distinct states in the first `parts` parts.
 */
function merged(all: readonly Walks[], statesIn: (parts: number) => number): Walks {
  const violated = all.findIndex(({ verdict }) => verdict === 'violated')
  const used = violated < 0 ? all : all.slice(0, violated + 1)
  const limit = used.find((part) => part.limit !== null)?.limit ?? null
  const verdict = violated >= 0 ? 'violated' : limit === null ? 'passed' : 'incomplete'
  const states = statesIn(used.length)
  const last = used[used.length - 1]
  return {
    ...last,
    verdict,
    limit: violated >= 0 ? null : limit,
    seconds: Math.round(sumOf(used, 'seconds') * 1000) / 1000,
    runs: sumOf(used, 'runs'),
    steps: sumOf(used, 'steps'),
    longest: Math.max(...used.map(({ longest }) => longest)),
    cut: sumOf(used, 'cut'),
    fired: added(used.map(({ fired }) => fired)),
    reached: added(used.map(({ reached }) => reached)),
    distinctStates: {
      ...last.distinctStates,
      count: states,
      ...(states > 0 ? { method: ESTIMATE } : {}),
    },
  }
}

/** @throws UsageError when a part does not say what it has seen. */
function distinct(
  parts: readonly { readonly file: string }[],
  sketches: (string | null)[],
): number {
  const counter = new DistinctCounter()
  for (const [i, { file }] of parts.entries()) {
    const registers = Buffer.from(sketches[i] ?? '', 'base64')
    if (registers.length !== REGISTERS && sketches[i] !== null)
      throw new UsageError(`${file}: shard.sketches: one of them is damaged`)
    counter.addAll(registers)
  }
  return counter.estimate()
}

/** The simulations in a document that was joined, and so has been read. */
export const simulationsIn = (document: object) =>
  (document as { readonly simulations: readonly SimulatedRun[] }).simulations
