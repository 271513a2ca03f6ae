/** `check` in parts: shards, and what workers have found, made outcomes as if found here. */
import { createHash } from 'node:crypto'
import { NondeterminismError } from '../checker/model.js'
import { confirmed } from '../runs/confirm.js'
import { Cursor, orFalse } from '../runs/cursor.js'
import {
  explainUnreached,
  failedProperties,
  type Outcome,
  type Run,
  runModel,
  setupParts,
  summary,
} from '../runs/run.js'
import type { AnyState } from '../runs/subject.js'
import { UsageError } from './errors.js'
import type { Io } from './io.js'
import type { Plan } from './planned-check.js'
import { type Ask, askWorkers } from './queue/ask.js'
import { checkedInParts } from './shards/merge.js'
import { type Shard, type ShardHead, shardHead } from './shards/shard.js'

/** The head of a shard's document. @param limits of every search. */
export function checkHead(
  shard: Shard,
  plans: readonly Plan[],
  limits: object,
  untilViolated: boolean,
): ShardHead & { readonly command: 'check' } {
  const asked = plans.map(askedOf)
  const checks = createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 32)
  const question = { checks, number: plans.length, ...limits, untilViolated }
  const setups = plans.map(({ setup }) => setup)
  return { ...shardHead('check', shard, setups, question), command: 'check' }
}

/** A plan as data, as far as two commands must agree on it. */
export const askedOf = ({ setup, propertyFiles, properties, witnesses }: Plan) => ({
  system: setup.system.name,
  scenario: setup.scenario,
  mutant: setup.mutant?.name,
  propertyFiles,
  properties,
  witnesses,
})

/**
 * Lets workers check plans.
 * @returns the outcomes in the order of the plans, null for what comes after the first violation
 *   where that ends the check; null when the user interrupts.
 * @throws UsageError, NondeterminismError when an answer does not fit, or does not replay.
 */
export async function checkByWorkers(
  io: Io,
  url: string,
  plans: readonly Plan[],
  ask: Ask,
): Promise<(Outcome | null)[] | null> {
  const whole = await askWorkers(io, url, ask)
  if (whole === null) return null
  const { done, left } = checkedInParts(whole.parts)
  if (done.length + left.length !== plans.length)
    throw new UsageError(`the workers did ${done.length} of ${plans.length} checks`)
  const outcomes = done.map(({ run, found }, i) =>
    outcomeIn(plans[i], run as unknown as Run, found),
  )
  return [...outcomes, ...left.map(() => null)]
}

type Found = ReturnType<typeof checkedInParts>['done'][number]['found']

/** A run of another process, with its violations found again by replay. */
function outcomeIn(plan: Plan, run: Run, { counterexamples, witnesses }: Found): Outcome {
  const { setup } = plan
  const asked = setupParts(setup)
  const isOther = (['system', 'scenario', 'mutant'] as const).some(
    (name) => run[name] !== asked[name],
  )
  if (isOther)
    throw new UsageError(`a worker answered for ${run.scenario}, and not ${asked.scenario}`)
  const model = runModel(setup, plan)
  const violations = counterexamples.map((one) => confirmed(model, one))
  const ways = witnesses.map(({ property, schedule }) => ({
    property,
    trace: { schedule, states: statesOn(new Cursor(model), property, schedule) },
  }))
  const explanations = new Map(violations.map((one) => [one.property, one.explanation]))
  const properties = run.properties.map((property) => {
    if (property.verdict !== 'violated') return explainUnreached(model, property)
    return { ...property, explanation: explanations.get(property.name) }
  })
  const [shortest] = violations
  const counterexample = shortest ? summary(shortest) : null
  const own = { ...run, properties, counterexample, witnesses: ways.map(summary) }
  refuseUnlessShown(own, violations)
  return { setup, model, run: own, counterexamples: violations, witnesses: ways }
}

/** @throws NondeterminismError when a run says that something is broken, or not, and shows the other. */
function refuseUnlessShown(run: Run, violations: Outcome['counterexamples']): void {
  const failed = failedProperties(run)
  const claimed = failed.filter(({ verdict }) => verdict === 'violated').map(({ name }) => name)
  const shown = violations.map(({ property }) => property)
  const isShown = claimed.toSorted().join() === shown.toSorted().join()
  if (isShown && (run.verdict === 'violated') === failed.length > 0) return
  throw new NondeterminismError(
    `${run.system}/${run.scenario}: a worker says ${run.verdict}, violated: ${claimed.join(', ') || 'nothing'}; it shows: ${shown.join(', ') || 'nothing'}`,
  )
}

/**
 * The states that a schedule leads through, to one where a situation has come about.
 * @throws NondeterminismError
 */
function statesOn(
  cursor: Cursor<AnyState>,
  situation: string,
  schedule: readonly string[],
): AnyState[] {
  const { model } = cursor
  const states = [cursor.state()]
  for (const label of schedule) {
    const action = cursor.actions.get(label)
    if (!action || !cursor.isEnabled(action))
      throw new NondeterminismError(`${cursor.model.name}: ${label} is not possible here`)
    cursor.take(action)
    states.push(cursor.state())
  }
  const property = model.properties.find(({ name }) => name === situation)
  if (!property || !orFalse(() => property.holds(cursor.here)))
    throw new NondeterminismError(
      `${model.name}: ${schedule.length} steps of a worker do not lead to ${situation}`,
    )
  return states
}
