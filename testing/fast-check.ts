/**
 * `forkcheck/fast-check`: scenarios, and ways they can go, as fast-check arbitraries. A failing
 * case shrinks, scenario and schedule together; it prints as a story, and its seed and path
 * reproduce it.
 */
import * as fc from 'fast-check'
import { type CompiledModel, compile } from '../checker/rules/compile.js'
import { ShortestPathSearch } from '../checker/search/shortest-path.js'
import { walk } from '../checker/simulate/walk.js'
import { parseScenario } from '../model/parse-scenario.js'
import { chosenSetup, chosenSystem, type SetupChoice } from '../runs/choose.js'
import { Cursor } from '../runs/cursor.js'
import type { SnapshotSetup } from '../runs/fork-machine/model.js'
import { type AnyData, type OwnChoice, ownScenario, ownSetups } from '../runs/own/choose.js'
import type { OwnScenario } from '../runs/own/declaration.js'
import { switchesOf } from '../runs/schedule.js'
import { modelOf, smallerScenarios, subjectOf } from '../runs/setup-model.js'
import { attempts } from '../runs/shrink/cases.js'
import { shorterSchedules } from '../runs/shrink/removing-steps.js'
import type { AnyState, ScenarioInfo, Setup } from '../runs/subject.js'
import { type ScenarioBounds, scenarioArbitrary } from './fast-check/scenarios.js'
import { Interleaving } from './interleaving.js'

export type { OwnChoice, OwnModel } from '../runs/own/choose.js'
export { type ScenarioBounds, scenarioArbitrary } from './fast-check/scenarios.js'
export { Interleaving } from './interleaving.js'

export interface InterleavingOptions extends Omit<SetupChoice, 'scenario'> {
  /** Default: another one each time, within bounds. */
  readonly scenario?: SetupChoice['scenario']
  /** For scenarios that are drawn. */
  readonly bounds?: ScenarioBounds
  /** Most steps of a schedule, 1 or more. Default 1000. */
  readonly maxSteps?: number
}

/** Ways of a model of your own. Without a scenario, each of its scenarios is drawn. */
export interface OwnInterleavingOptions<S = AnyState, D extends object = AnyData>
  extends Omit<OwnChoice<S, D>, 'scenario'> {
  /** By its name, as it is, or drawn. */
  readonly scenario?: string | OwnScenario<D> | fc.Arbitrary<OwnScenario<D>>
  /** Most steps of a schedule, 1 or more. Default 1000. */
  readonly maxSteps?: number
}

/**
 * Arbitrary ways a system can go: a scenario, and a schedule in which every enabled step is as
 * likely as any other, up to its end, the first violation or `maxSteps`.
 *
 * They shrink like counterexamples do: fewer page tables, VMAs, threads, operations and failures
 * first (of a model of your own what its `smaller` says), then the shortest schedule there is.
 * @throws UnknownNameError, ScenarioError, MutantError, SubjectError when the options do not fit
 *   together.
 */
export function interleavingArbitrary(
  options: InterleavingOptions,
): fc.Arbitrary<Interleaving<SnapshotSetup>>
export function interleavingArbitrary<S, D extends object>(
  options: OwnInterleavingOptions<S, D>,
): fc.Arbitrary<Interleaving>
export function interleavingArbitrary(
  options: InterleavingOptions | OwnInterleavingOptions,
): fc.Arbitrary<Interleaving> {
  const { maxSteps = 1000 } = options
  const source = 'model' in options ? ownSource(options) : forkSource(options)
  return new InterleavingArbitrary(source, maxSteps)
}

/** Where setups come from. */
interface Source {
  /** All but the scenario. */
  readonly setup: Omit<Setup, 'scenario'>
  readonly scenarios: fc.Arbitrary<ScenarioInfo>
}

function forkSource({ system, mutant, scenario, bounds }: InterleavingOptions): Source {
  const scenarios =
    scenario === undefined
      ? scenarioArbitrary(bounds).map((drawn) => parseScenario(drawn))
      : fc.constant(chosenSetup({ system, mutant, scenario }).scenario)
  return { setup: chosenSystem({ system, mutant }), scenarios }
}

function ownSource({ scenario, ...choice }: OwnInterleavingOptions): Source {
  const drawn = scenario instanceof fc.Arbitrary
  const setups = ownSetups({ ...choice, ...(drawn ? {} : { scenario }) })
  const [{ scenario: _, ...setup }] = setups
  const own = setups.filter(({ system }) => system === setup.system).map((one) => one.scenario)
  const scenarios = drawn
    ? scenario.map((one) => ownScenario(subjectOf(setup), one))
    : fc.constantFrom(...own)
  return { setup, scenarios }
}

/** Nodes of the search that ends shrinking: some 200 ms. */
const MAX_NODES = 50_000

/** What fast-check shows of a value it tells about. */
class Drawn extends Interleaving {
  readonly [fc.toStringMethod] = () => `\n\n${this}`
}

class InterleavingArbitrary extends fc.Arbitrary<Interleaving> {
  /** Of scenarios that are drawn again and again. */
  private readonly compiled = new WeakMap<ScenarioInfo, CompiledModel<AnyState>>()

  constructor(
    private readonly source: Source,
    private readonly maxSteps: number,
  ) {
    super()
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<Interleaving> {
    const { value: scenario } = this.source.scenarios.generate(random, bias)
    const compiled = this.compiled.get(scenario) ?? compile(this.modelOf(scenario))
    this.compiled.set(scenario, compiled)
    const { schedule } = walk(compiled, (count) => random.nextInt(0, count - 1), this.maxSteps)
    return this.value(scenario, schedule)
  }

  override canShrinkWithoutContext(value: unknown): value is Interleaving {
    return value instanceof Drawn
  }

  /** Smaller ones, made as they are asked for. Each is smaller in one way, so there is an end. */
  override shrink(value: Interleaving): fc.Stream<fc.Value<Interleaving>> {
    return fc.stream(this.smaller(value))
  }

  private *smaller(value: Interleaving): Generator<fc.Value<Interleaving>> {
    const { schedule, violation, setup } = value
    const { scenario } = setup
    const property = violation?.property ?? null
    const current = { scenario, schedule }
    const smaller = (one: ScenarioInfo) => smallerScenarios(setup, one)
    for (const attempt of attempts(current, smaller, (one) => this.modelOf(one), property))
      if (attempt) yield this.value(attempt.scenario, attempt.schedule)
    const shortest = property === null ? null : this.shortest(value, property)
    if (shortest) {
      if (isShorter(shortest, schedule)) yield this.value(scenario, shortest)
      return
    }
    for (const shorter of shorterSchedules(new Cursor(value.model), schedule, property))
      if (shorter.schedule) yield this.value(scenario, shorter.schedule)
  }

  /** The shortest schedule that violates the property; null if that is too much to find out. */
  private shortest({ model }: Interleaving, property: string): readonly string[] | null {
    const options = { cost: 'steps', properties: [property], maxNodes: MAX_NODES } as const
    const search = new ShortestPathSearch(model, options)
    while (!search.advance(MAX_NODES));
    return search.result().found?.trace.schedule ?? null
  }

  private value(scenario: ScenarioInfo, schedule: readonly string[]): fc.Value<Interleaving> {
    return new fc.Value(new Drawn({ ...this.source.setup, scenario }, schedule), undefined)
  }

  private modelOf(scenario: ScenarioInfo) {
    return modelOf({ ...this.source.setup, scenario })
  }
}

function isShorter(x: readonly string[], y: readonly string[]): boolean {
  return x.length < y.length || (x.length === y.length && switchesOf(x) < switchesOf(y))
}
