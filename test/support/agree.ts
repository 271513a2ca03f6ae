/** The fast search against the reference, compiled and interpreted. */
import { expect } from 'vitest'
import {
  actionsOf,
  type CheckResult,
  type Counterexample,
  check,
  explore,
  isEnabled,
  type Model,
  NO_DEADLOCK,
  NO_RULE_ERROR,
  type ReferenceResult,
} from '../../checker/index.js'
import { plainGraph } from './plain-graph.js'
import { isViolated, shortestLasso } from './slow-liveness.js'

/**
 * Compares everything the two can say about a model, and replays every counterexample step by
 * step on plain objects.
 */
export function expectAgreement<S>(model: Model<S>, maxStates?: number): CheckResult<S> {
  const reference = withLiveness(model, explore(model, maxStates))
  const compiled = check(model, { continue: true })
  expectSame(model, compiled, reference)
  expectSame(model, check(model, { continue: true, execution: 'interpreted' }), reference)
  for (const execution of ['compiled', 'interpreted'] as const) {
    const first = check(model, { execution })
    expect(first.counterexamples.length).toBe(reference.violated.size > 0 ? 1 : 0)
    for (const counterexample of first.counterexamples) {
      // Breadth first: what is met first is as near as anything, but for the order within a level.
      const { length } = counterexample.trace.schedule
      expect(length).toBe(reference.violated.get(counterexample.property))
      if (isLive(model, counterexample.property)) continue
      const nearest = [...reference.violated].filter(([name]) => !isLive(model, name))
      expect(length - Math.min(...nearest.map(([, steps]) => steps))).toBeLessThanOrEqual(1)
    }
  }
  return compiled
}

function isLive<S>(model: Model<S>, name: string): boolean {
  return model.properties.find((p) => p.name === name)?.kind === 'eventually'
}

/** Adds to what is known without the engine which `eventually` properties fail, and how soon. */
function withLiveness<S>(model: Model<S>, reference: ReferenceResult): ReferenceResult {
  const live = model.properties.filter(({ kind }) => kind === 'eventually')
  const plain = live.length > 0 ? plainGraph(model) : null
  if (!plain) return reference
  const violated = new Map(reference.violated)
  const reached = new Set(reference.reached)
  const { fairness = ({ actor }) => actor } = model
  const steps = plain.steps.map(({ from, to, action }) => ({ from, to, group: fairness(action) }))
  for (const { name, holds, from = () => true } of live) {
    const graph = {
      starts: Array.from({ length: plain.starts }, (_, i) => i),
      steps,
      from: plain.states.map((state) => from(state)),
      holds: plain.states.map((state) => holds(state)),
    }
    if (graph.from.includes(true)) reached.add(name)
    if (isViolated(graph)) violated.set(name, shortestLasso(graph))
  }
  return { ...reference, violated, reached }
}

function expectSame<S>(model: Model<S>, result: CheckResult<S>, reference: ReferenceResult): void {
  const { states, transitions, levels, deadlocks, violated, reached } = reference
  expect({
    states: result.states,
    transitions: result.transitions,
    levels: result.levels,
    deadlocks: result.deadlocks,
    depth: result.depth,
  }).toEqual({ states, transitions, levels, deadlocks, depth: levels.length - 1 })
  const found = result.counterexamples.map((c) => [c.property, c.trace.schedule.length])
  expect(new Map(found as [string, number][])).toEqual(violated)
  for (const counterexample of result.counterexamples) expectReplay(model, counterexample)
  const fired = Object.values(result.fired).reduce((sum, times) => sum + times, 0)
  expect(fired).toBe(transitions)

  // Where a rule fails, what lies behind it was not seen: nothing unseen is called true or false.
  const sawAll = !violated.has(NO_RULE_ERROR)
  let hasFailed = violated.size > 0
  for (const { name, kind, required } of model.properties) {
    const { verdict } = result.properties.find((p) => p.name === name)!
    const unseen = sawAll ? (kind === 'always' ? 'holds' : 'unreached') : 'unchecked'
    if (violated.has(name)) expect(verdict).toBe('violated')
    else
      expect(verdict).toBe(reached.has(name) && (sawAll || kind === 'sometimes') ? 'holds' : unseen)
    if (verdict === 'unreached' && (required ?? kind === 'sometimes')) hasFailed = true
  }
  expect(result.verdict).toBe(hasFailed ? 'violated' : sawAll ? 'holds' : 'incomplete')
}

/** Every step of the schedule is enabled, leads to the next state, and the last state is wrong. */
function expectReplay<S>(model: Model<S>, { property, trace }: Counterexample<S>): void {
  const { schedule, states } = trace
  const actions = new Map(actionsOf(model).map((action) => [action.label, action]))
  const plain = (state: S) => JSON.stringify(state)
  expect(model.init.map(plain)).toContain(plain(states[0]))
  const isRuleError = property === NO_RULE_ERROR
  expect(states.length).toBe(schedule.length + (isRuleError ? 0 : 1))
  for (const [i, label] of schedule.entries()) {
    if (isRuleError && i === schedule.length - 1) return
    const action = actions.get(label)!
    const state = structuredClone(states[i])
    expect(isEnabled(model, action, state)).toBe(true)
    action.rule.effect(state, ...action.parameters)
    expect(plain(state)).toBe(plain(states[i + 1]))
  }
  const last = states[states.length - 1]
  const broken = model.properties.find((p) => p.name === property)
  if (broken) expect(broken.holds(last)).toBe(false)
  if (broken?.kind === 'eventually') expect(plain(states[trace.loopStart!])).toBe(plain(last))
  if (property === NO_DEADLOCK) {
    expect([...actions.values()].some((action) => isEnabled(model, action, last))).toBe(false)
    expect(model.final(last)).toBe(false)
  }
}
