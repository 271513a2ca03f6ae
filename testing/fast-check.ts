/**
 * `forkcheck/fast-check`: scenarios, and ways they can go, as fast-check arbitraries. A failing
 * case shrinks, scenario and schedule together; it prints as a story, and its seed and path
 * reproduce it.
 */
import * as fc from 'fast-check'
import { type CompiledModel, compile } from '../checker/rules/compile.js'
import { CheapestSearch } from '../checker/search/shortest-path.js'
import { walk } from '../checker/simulate/walk.js'
import { parseScenario } from '../model/parse-scenario.js'
import type { Scenario, ScenarioInput } from '../model/scenario.js'
import type { State } from '../model/state.js'
import { type Choice, chosenSetup, chosenSystem } from '../runs/choose.js'
import { Cursor } from '../runs/cursor.js'
import { type SnapshotSetup, snapshotModel } from '../runs/fork-machine/model.js'
import { forkMachine } from '../runs/fork-machine/subject.js'
import { switchesOf } from '../runs/schedule.js'
import { attempts } from '../runs/shrink/cases.js'
import { shorterSchedules } from '../runs/shrink/removing-steps.js'
import { type ScenarioBounds, scenarioArbitrary } from './fast-check/scenarios.js'
import { Interleaving } from './interleaving.js'

export { type ScenarioBounds, scenarioArbitrary } from './fast-check/scenarios.js'
export { Interleaving } from './interleaving.js'

export interface InterleavingOptions extends Omit<Choice, 'scenario'> {
  /** Default: another one each time, within bounds. */
  readonly scenario?: Choice['scenario']
  /** For scenarios that are drawn. */
  readonly bounds?: ScenarioBounds
  /** Most steps of a schedule, 1 or more. Default 1000. */
  readonly maxSteps?: number
}

/**
 * Arbitrary ways a system can go: a scenario, and a schedule in which every enabled step is as
 * likely as any other, up to its end, the first violation or `maxSteps`.
 *
 * They shrink like counterexamples do: fewer page tables, VMAs, threads, operations and failures
 * first, then the shortest schedule there is.
 * @throws UnknownNameError, ScenarioError, MutantError when the options do not fit together.
 */
export function interleavingArbitrary(options: InterleavingOptions): fc.Arbitrary<Run> {
  return new InterleavingArbitrary(options)
}

type Run = Interleaving<SnapshotSetup>

/** Nodes of the search that ends shrinking: some 200 ms. */
const MAX_NODES = 50_000

/** What fast-check shows of a value it tells about. */
class Drawn extends Interleaving<SnapshotSetup> {
  readonly [fc.toStringMethod] = () => `\n\n${this}`
}

class InterleavingArbitrary extends fc.Arbitrary<Run> {
  private readonly setup: Omit<SnapshotSetup, 'scenario'>
  private readonly fixed: { scenario: Scenario; compiled: CompiledModel<State> } | null
  private readonly scenarios: fc.Arbitrary<ScenarioInput>
  private readonly maxSteps: number

  constructor({ system, mutant, scenario, bounds, maxSteps = 1000 }: InterleavingOptions) {
    super()
    this.setup = chosenSystem({ system, mutant })
    this.maxSteps = maxSteps
    this.scenarios = scenarioArbitrary(bounds)
    this.fixed = null
    if (scenario !== undefined) {
      const setup = chosenSetup({ system, mutant, scenario })
      this.fixed = { scenario: setup.scenario, compiled: compile(snapshotModel(setup)) }
    }
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<Run> {
    const { scenario, compiled } = this.fixed ?? this.draw(random, bias)
    const { schedule } = walk(compiled, (count) => random.nextInt(0, count - 1), this.maxSteps)
    return this.value(scenario, schedule)
  }

  override canShrinkWithoutContext(value: unknown): value is Run {
    return value instanceof Drawn
  }

  /** Smaller ones, made as they are asked for. Each is smaller in one way, so there is an end. */
  override shrink(value: Run): fc.Stream<fc.Value<Run>> {
    return fc.stream(this.smaller(value))
  }

  private *smaller(value: Run): Generator<fc.Value<Run>> {
    const { schedule, violation, setup } = value
    const { scenario } = setup
    const property = violation?.property ?? null
    const current = { scenario, schedule }
    for (const attempt of attempts(
      current,
      forkMachine,
      (one) => this.modelOf(one as Scenario),
      property,
    ))
      if (attempt) yield this.value(attempt.scenario as Scenario, attempt.schedule)
    const shortest = property === null ? null : this.shortest(value, property)
    if (shortest) {
      if (isShorter(shortest, schedule)) yield this.value(scenario, shortest)
      return
    }
    for (const shorter of shorterSchedules(new Cursor(value.model), schedule, property))
      if (shorter.schedule) yield this.value(scenario, shorter.schedule)
  }

  /** The shortest schedule that violates the property; null if that is too much to find out. */
  private shortest({ model }: Run, property: string): readonly string[] | null {
    const options = { cost: 'steps', properties: [property], maxNodes: MAX_NODES } as const
    const search = new CheapestSearch(model, options)
    while (!search.advance(MAX_NODES));
    return search.result().found?.trace.schedule ?? null
  }

  private draw(random: fc.Random, bias: number | undefined) {
    const scenario = parseScenario(this.scenarios.generate(random, bias).value)
    return { scenario, compiled: compile(this.modelOf(scenario)) }
  }

  private value(scenario: Scenario, schedule: readonly string[]): fc.Value<Run> {
    return new fc.Value(new Drawn({ ...this.setup, scenario }, schedule), undefined)
  }

  private modelOf(scenario: Scenario) {
    return snapshotModel({ ...this.setup, scenario })
  }
}

function isShorter(x: readonly string[], y: readonly string[]): boolean {
  return x.length < y.length || (x.length === y.length && switchesOf(x) < switchesOf(y))
}
