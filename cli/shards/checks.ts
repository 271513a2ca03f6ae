/** The runs of several shards of `check`, in the order of one process. */
import * as v from 'valibot'
import type { Outcome } from '../../runs/run.js'
import { UsageError } from '../errors.js'
import { exitCodeOf } from '../runner.js'
import { count, counts, type PartOf } from './part.js'

const amount = v.pipe(v.number(), v.minValue(0))

const property = v.looseObject({
  name: v.string(),
  kind: v.picklist(['always', 'sometimes', 'eventually']),
  verdict: v.picklist(['holds', 'violated', 'unreached', 'unchecked']),
  explanation: v.optional(v.string()),
})

/** A violation, or the way to a situation: its steps, which can be taken again anywhere. */
const found = v.object({
  property: v.string(),
  schedule: v.array(v.string()),
  loopStart: v.optional(count),
})

/** The fields of a run that merging and printing look at. */
const run = v.looseObject({
  system: v.string(),
  scenario: v.string(),
  mutant: v.nullable(v.string()),
  verdict: v.picklist(['holds', 'violated', 'incomplete']),
  properties: v.array(property),
  states: count,
  transitions: count,
  depth: count,
  seconds: amount,
  statesPerSecond: amount,
  limit: v.nullable(v.string()),
  levels: v.array(count),
  fired: counts,
  digest: v.nullable(v.string()),
  remarks: v.array(v.string()),
})

/** The document of one shard of `check`. */
export const checkPart = v.looseObject({
  runs: v.array(run),
  shard: v.looseObject({
    question: v.looseObject({ untilViolated: v.boolean() }),
    positions: v.array(count),
    found: v.array(v.object({ counterexamples: v.array(found), witnesses: v.array(found) })),
  }),
})
type CheckPart = PartOf<typeof checkPart>

/** What an outcome found, as steps. */
export function foundIn({ counterexamples, witnesses }: Outcome) {
  const steps = ({ property, trace }: Outcome['witnesses'][number]) => {
    const { schedule, loopStart } = trace
    return { property, schedule, ...(loopStart === undefined ? {} : { loopStart }) }
  }
  return { counterexamples: counterexamples.map(steps), witnesses: witnesses.map(steps) }
}

/**
 * The runs of all shards with what they found, in the order of one process. One that ends at the
 * first violation leaves out what comes after.
 * @throws UsageError when they are not one for each check.
 */
export function checkedIn(parts: readonly CheckPart[]) {
  const all = parts.flatMap(({ file, document: { runs, shard } }) => {
    const { positions, found } = shard
    if (positions.length !== runs.length || found.length !== runs.length)
      throw new UsageError(`${file}: has ${runs.length} runs, and places for ${positions.length}`)
    return runs.map((run, i) => ({ run, found: found[i], at: positions[i] }))
  })
  all.sort((x, y) => x.at - y.at)
  const wrong = all.findIndex(({ at }, i) => at !== i)
  if (wrong >= 0) throw new UsageError(`no shard, or more than one, has check ${wrong + 1}`)
  const { untilViolated } = parts[0].document.shard.question
  const last = untilViolated ? all.findIndex(({ run }) => run.verdict === 'violated') : -1
  const end = last < 0 ? all.length : last + 1
  return { done: all.slice(0, end), left: all.slice(end) }
}

/** One document of all shards, and its exit code. */
export function mergedChecks(parts: readonly CheckPart[]) {
  const { done, left } = checkedIn(parts)
  const runs = done.map(({ run }) => run)
  const notStarted = left.map(({ run }) => {
    const { system, scenario, mutant } = run
    return { system, scenario, mutant }
  })
  const document = {
    ...parts[0].document,
    runs,
    notStarted: notStarted.length > 0 ? notStarted : undefined,
  }
  return { document, code: exitCodeOf(runs, false) }
}
