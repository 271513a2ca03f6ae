/**
 * The sweep: everything that can be done, beside everything else that can be done. Its scenarios
 * are generated from the records of the operations, so that a new operation is swept by itself.
 */
import { Search } from '../../checker/search/search.js'
import { repairs } from '../../model/index.js'
import { parseScenario } from '../../model/parse-scenario.js'
import { recordOf, type ScenarioInput } from '../../model/scenario.js'
import { ALLOCATION_POINTS, type AllocationPoint } from '../../model/state.js'
import { type SnapshotSetup, snapshotModel } from '../fork-machine/model.js'
import { choicesOf, type SweptOperation } from './choices.js'
import { coveringRows, type Row } from './cover.js'
import type { Geometry } from './geometries.js'

/** The factors of a row, in this order. */
export const FACTORS = [
  'before',
  'after',
  'second',
  'sibling',
  'kernel',
  'secondKernel',
  'failure',
  'child',
  'kill',
] as const

const KILLED = ['child', 'parent'] as const
/** Factors of one scenario that are not at rest, for pairs and for triples. */
const ACTIVE = { 2: 3, 3: 4 } as const

export interface SweepOptions {
  /** Every pair of values of any two factors stands together, or every triple of any three. */
  readonly strength: 2 | 3
  /** One choice of arguments for each operation, instead of up to four. */
  readonly few: boolean
}

/** The scenarios of a sweep on one geometry, in an order that is always the same. */
export function* sweepScenarios(
  geometry: Geometry,
  options: SweepOptions,
): Generator<ScenarioInput> {
  const values = factorValues(geometry, options.few)
  const scenario = (row: Row) => scenarioOf(row, values, geometry)
  const rows = coveringRows({
    factors: values.map((all) => all.length),
    strength: options.strength,
    most: ACTIVE[options.strength],
    allows: (row) => isScenario(scenario(row)),
  })
  let number = 1
  for (const row of rows) yield { ...scenario(row), name: `${geometry.name}-${number++}` }
}

type Values = readonly (readonly unknown[])[]

/** The values of each factor, besides rest. */
function factorValues(geometry: Geometry, few: boolean): Values {
  const parent = choicesOf('parent', geometry, few)
  const going = parent.filter((choice) => !recordOf(choice).ends)
  const kernel = choicesOf('kernel', geometry, few)
  const sibling = choicesOf('sibling', geometry, few)
  const child = choicesOf('child', geometry, few)
  const points = Object.keys(ALLOCATION_POINTS)
  return [going, going, parent, sibling, kernel, kernel, points, child, KILLED]
}

function scenarioOf(row: Row, values: Values, geometry: Geometry): ScenarioInput {
  const at = (factor: (typeof FACTORS)[number]) => {
    const i = FACTORS.indexOf(factor)
    return row[i] === 0 ? [] : [values[i][row[i] - 1]]
  }
  const operations = (...factors: (typeof FACTORS)[number][]) =>
    factors.flatMap(at) as SweptOperation[]
  const first = [...operations('before'), { do: 'fork' }, ...operations('after', 'second')]
  const sibling = operations('sibling')
  const programs = sibling.length > 0 ? [first, sibling] : [first]
  const waits = programs.flat().some((choice) => choice.do === 'wait')
  const isTwice = programs.flat().filter((choice) => choice.do === 'fork').length > 1
  const kernel = [operations('kernel'), operations('secondKernel')]
  const { name, pages, pagesPerTable, vmas, options = {} } = geometry
  return {
    format: 1,
    name,
    pages,
    pagesPerTable,
    vmas,
    options,
    parent: programs,
    child: ended(operations('child'), waits),
    ...(isTwice ? { secondChild: ended([], waits) } : {}),
    kernel: kernel.filter((program) => program.length > 0),
    failures: { budget: at('failure').length, at: at('failure') as AllocationPoint[] },
    kill: at('kill') as (typeof KILLED)[number][],
    reaches: [],
    // The choices have been made from the records that the schema is made of.
  } as unknown as ScenarioInput
}

/** The program of a child that somebody waits for must end. */
function ended(program: readonly SweptOperation[], isAwaited: boolean): readonly SweptOperation[] {
  const hasEnd = program.some((choice) => recordOf(choice).ends)
  return isAwaited && !hasEnd ? [...program, { do: 'exit' }] : program
}

function isScenario(input: ScenarioInput): boolean {
  try {
    parseScenario(input)
    return true
  } catch {
    return false
  }
}

/** A property that failed. */
export interface SweepViolation {
  /** The name of the generated scenario; `input` is the whole scenario. */
  readonly scenario: string
  readonly property: string
  readonly steps: number
  /** Is a flaw of the system registered that breaks this property? */
  readonly registered: boolean
  readonly input: ScenarioInput
}

/** The answer for one scenario. */
export interface Swept {
  readonly verdict: 'holds' | 'violated' | 'incomplete'
  readonly states: number
  readonly violation: SweepViolation | null
}

/** Where a sweep gives up a scenario. */
export interface SweepLimits {
  /** A scenario with more states is incomplete. */
  readonly maxStates: number
  /** Asked now and then, also lets others run: true ends the scenario, incomplete. */
  readonly isOver?: () => Promise<boolean>
}

/** States expanded between two looks at the clock: some 20 ms. */
const SLICE = 10_000

/** Checks one scenario exhaustively. */
export async function sweepOne(
  setup: Omit<SnapshotSetup, 'scenario'>,
  input: ScenarioInput,
  { maxStates, isOver }: SweepLimits,
): Promise<Swept> {
  const scenario = parseScenario(input)
  const search = new Search(snapshotModel({ ...setup, scenario }), { maxStates })
  while (!search.advance(SLICE)) if (await isOver?.()) search.stop('the sweep is over')
  const { verdict, states, counterexamples } = search.result()
  const [found] = counterexamples
  if (!found) return { verdict, states, violation: null }
  const { property, trace } = found
  return {
    verdict,
    states,
    violation: {
      scenario: input.name,
      property,
      steps: trace.schedule.length,
      registered: setup.mutant === undefined && registeredBreaks(setup.system.name).has(property),
      input,
    },
  }
}

/** The properties that registered flaws of a system break. */
function registeredBreaks(system: string): ReadonlySet<string> {
  const own = repairs.filter((repair) => repair.system === system)
  return new Set(own.flatMap(({ breaks }) => breaks))
}
