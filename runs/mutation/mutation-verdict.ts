/**
 * What becomes of a mutant that names no scenario: all scenarios are asked, until one catches it.
 * One that none catches is told apart from its original, or not, by its behaviour.
 */

import { firstChangedState } from '../../checker/graph/first-changed-state.js'
import type { StateGraph } from '../../checker/graph/graph.js'
import { firstDifference } from '../../checker/graph/same-behaviour.js'
import type { Rule } from '../../checker/model.js'
import { compile } from '../../checker/rules/compile.js'
import { runToEnd } from '../../checker/search/exploration.js'
import { check, Search } from '../../checker/search/search.js'
import { type Mutant, mutate } from '../../model/mutant.js'
import { withHooks } from '../../model/rule.js'
import type { Scenario } from '../../model/scenario.js'
import { vocabularyOf } from '../../model/scopes.js'
import type { State } from '../../model/state.js'
import type { System } from '../../model/systems/index.js'
import { invariants, propertyVocabulary, situations } from '../../properties/index.js'
import { snapshotModel } from '../fork-machine/model.js'
import type { SystematicMutant } from './systematic.js'

export type Judgement =
  /** A property fails in a scenario. */
  | { readonly is: 'caught'; readonly by: string; readonly scenario: string }
  /** In every scenario it has the original's state graph, state by state and step by step. */
  | { readonly is: 'same graph' }
  /** In every scenario it offers the steps its original does, whatever has been done before. */
  | { readonly is: 'same behaviour' }
  /** All properties hold, and in some scenario it can do something else than its original. */
  | { readonly is: 'survivor'; readonly scenario: string; readonly schedule: readonly string[] }

/** A scenario with what its sound run is known to be. */
export interface Known {
  readonly scenario: Scenario
  readonly states: number
  readonly digest: string
  /** How often each rule was taken. */
  readonly fired: Readonly<Record<string, number>>
  /** Rules that some reachable state might enable, as far as their source shows. */
  readonly live: ReadonlySet<string>
  readonly graph: StateGraph<State>
}

/**
 * Runs the sound system.
 * @returns null when it has more states than that. @throws Error when it does not hold.
 */
export function known(scenario: Scenario, system: System, maxStates: number): Known | null {
  const model = snapshotModel({ scenario, system })
  const search = new Search(model, { digest: true, graph: true, maxStates })
  const { verdict, states, digest, fired } = runToEnd(search)
  if (verdict === 'incomplete') return null
  const graph = search.graph()
  if (verdict !== 'holds' || digest === null || graph === null)
    throw new Error(`${system.name}/${scenario.name} is ${verdict}`)
  const { actions, dead } = compile(model)
  const live = actions.filter((action) => !dead.includes(action)).map(({ rule }) => rule.name)
  return { scenario, states, digest, fired, live: new Set(live), graph }
}

/**
 * The scenarios in which a mutant can differ from its original: those that take a step whose effect
 * is changed, or come to a place where a changed condition is looked at. Up to there the two are
 * the same. Those that take the changed steps come first, and small ones first.
 */
export function concerned(
  system: System,
  mutant: SystematicMutant,
  all: readonly Known[],
): readonly Known[] {
  const { change = {} } = mutant
  const rules = withHooks(system.rules, system.hooks)
  const uses = usesOf(system, mutant)
  const isTested = ({ name, guard, unless }: Rule<State>) => {
    const changed = Object.keys(change[name] ?? {})
    return changed.some((key) => key !== 'effect') || uses(guard, ...(unless ?? []))
  }
  const places = new Set(rules.filter(isTested).map(({ at }) => at))
  const near = rules.filter(({ at }) => places.has(at))
  const taken = rules.filter(({ name, effect }) => name in change || uses(effect))
  const isJudge = changesProperties(uses)
  const takes = ({ fired }: Known) => taken.some(({ name }) => fired[name] > 0)
  return all
    .filter((known) => isJudge || takes(known) || near.some(({ name }) => known.live.has(name)))
    .sort((a, b) => Number(takes(b)) - Number(takes(a)) || a.states - b.states)
}

type Uses = (...functions: unknown[]) => boolean

/** Is a function of the mutant named in the text of some functions, or of what these name? */
function usesOf(system: System, { replace = {} }: Mutant): Uses {
  const words = vocabularyOf([...system.vocabulary, ...propertyVocabulary])
  return (...functions) =>
    Object.keys(replace).some((name) => isNamed(name, functions, words, new Set()))
}

const changesProperties = (uses: Uses) =>
  [...invariants, ...situations].some(({ holds, from }) => uses(holds, from))

/**
 * The rules that are not the original's: they are changed, or a hook before them is, or they use a
 * function that is. Null when a property is another one, too, or
 * something is added.
 */
function changedRules(system: System, mutant: Mutant): ReadonlySet<string> | null {
  const { change = {}, add, hooks: added } = mutant
  const uses = usesOf(system, mutant)
  if (add || added || changesProperties(uses)) return null
  const hooks = system.hooks.filter(({ name, due }) => name in change || uses(due))
  const due = new Set(hooks.map((hook) => hook.due))
  const rules = withHooks(system.rules, system.hooks).filter(
    ({ name, guard, unless = [], effect }) =>
      name in change || unless.some((one) => due.has(one)) || uses(guard, effect, ...unless),
  )
  return new Set(rules.map(({ name }) => name))
}

/**
 * A scenario in which the mutant's graph is the original's, state by state, is not searched again:
 * there every property has the original's verdict.
 * @param among the scenarios to ask, in this order.
 * @param isOver asked between two scenarios.
 * @returns null when it is to end before it is judged.
 * @throws Error when a run of the mutant has more than ten times the states of its original's.
 */
export async function judge(
  system: System,
  mutant: Mutant,
  among: readonly Known[],
  isOver: () => Promise<boolean> = async () => false,
): Promise<Judgement | null> {
  // Made once, so that its models share what is read of them.
  const changed = mutate(system, mutant, false)
  const rules = changedRules(system, mutant)
  const differing: Scenario[] = []
  for (const { scenario, states, digest, graph } of among) {
    if (await isOver()) return null
    const model = snapshotModel({ scenario, system: changed })
    if (rules && firstChangedState(graph, model, rules) === null) continue
    const run = check(model, { digest: true, maxStates: 10 * states + 1000 })
    if (run.verdict === 'incomplete')
      throw new Error(`${mutant.name} in ${scenario.name}: ${run.limit}`)
    if (run.interpreted.length > 0) throw new Error(`${mutant.name}: ${run.interpreted[0].reason}`)
    if (run.verdict === 'violated') {
      const failed =
        run.properties.find(({ verdict }) => verdict === 'violated') ??
        run.properties.find((p) => p.verdict === 'unreached' && scenario.reaches.includes(p.name))
      if (!failed) throw new Error(`${mutant.name} in ${scenario.name}: violated by nothing`)
      return { is: 'caught', by: failed.name, scenario: scenario.name }
    }
    if (run.digest !== digest) differing.push(scenario)
  }
  if (differing.length === 0) return { is: 'same graph' }
  for (const scenario of differing) {
    if (await isOver()) return null
    const [one, other] = [system, changed].map((one) => snapshotModel({ scenario, system: one }))
    const schedule = firstDifference(one, other, 1_000_000)
    if (schedule) return { is: 'survivor', scenario: scenario.name, schedule }
  }
  return { is: 'same behaviour' }
}

/** Is a function named in the text of others, or of functions that are named there? */
function isNamed(
  name: string,
  functions: readonly unknown[],
  words: Readonly<Record<string, unknown>>,
  seen: Set<unknown>,
): boolean {
  return functions.some((fn) => {
    if (typeof fn !== 'function' || seen.has(fn)) return false
    seen.add(fn)
    if (fn === words[name]) return true
    const named = new Set(fn.toString().match(/[A-Za-z]\w*/g))
    return (
      named.has(name) ||
      isNamed(
        name,
        [...named].map((word) => words[word]),
        words,
        seen,
      )
    )
  })
}
