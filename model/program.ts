/** From a scenario to the shape of a machine: programs, sizes, and what the machine needs. */
import { operationInWords } from './operation-words.js'
import { type Place, placesOf, placesWith, type Routine } from './places.js'
import { type KernelOperation, type ProcessOperation, recordOf, type Scenario } from './scenario.js'
import {
  type Actor,
  ALLOCATION_POINTS,
  type AllocationPoint,
  type Op,
  type Options,
  type Shape,
} from './shape.js'
import { ANY, NONE, PARENT } from './state.js'
import { type Uses, usesOf } from './uses.js'

/** Which of a system's habits shape a state. */
export interface SystemShape {
  /** Where a child starts. */
  readonly childStart: Place
  /** The kernel's and its own: where a thread can be, and what is true of it there. */
  readonly routines: readonly Routine[]
  /** Options that are no choice in this system: they are what it is. */
  readonly fixed?: Partial<Options>
  /** May two address spaces use one PTE table? */
  readonly sharesTables?: boolean
  /** Does it mark the pages of PTE tables? */
  readonly flagsTables?: boolean
}

/** The sizes and constants of a scenario's states. */
export function shapeOf(given: Scenario, system: SystemShape): Shape {
  const scenario = { ...given, options: { ...given.options, ...system.fixed } }
  const { pages, pagesPerTable, failures, options, kill } = scenario
  const places = placesOf(system)
  const compile = compiler(pages)
  const actors = actorsOf(scenario, compile)
  const mms = 1 + forksOf(scenario)
  const ops = operationsOf(scenario)
  const uses = usesOf({ ...scenario, system }, neededBy(ops))
  const at = new Set(failures.at ?? Object.keys(ALLOCATION_POINTS))
  const mayFail = Object.fromEntries(
    Object.keys(ALLOCATION_POINTS).map((point) => [point, failures.budget > 0 && at.has(point)]),
  ) as Record<AllocationPoint, boolean>
  const victims = kill === true ? ['child'] : kill === false ? [] : kill
  return {
    pages,
    pagesPerTable,
    mms,
    vmas: ops.reduce((sum, op) => sum + vmasOf(op), scenario.vmas.length),
    // Every page may be mapped to a frame of its own in each address space, every thread may hold
    // one more that it has just replaced or removed, and a device or a pipe another one.
    frames: mms * pages + actors.length + (uses.pins ? 1 : 0) + (uses.pipe ? 1 : 0),
    swapSlots: uses.swap ? 2 : 0,
    values: compile.values(),
    actors,
    failures: failures.budget,
    failuresLast: failures.lasting,
    mayFail,
    mayKill: ['parent', 'child', 'secondChild']
      .slice(0, mms)
      .map((who) => victims.includes(who as never)),
    options,
    uses,
    childStart: options.enabled ? system.childStart : 'user',
    placeNames: Object.keys(places) as Place[],
    places: placesWith(places),
  }
}

type AnyOperation = ProcessOperation | KernelOperation

/** VMAs that an operation may add. */
function vmasOf(op: AnyOperation): number {
  const { vmas = 0 } = recordOf(op)
  return typeof vmas === 'function' ? vmas(op as never) : vmas
}

/** Everything that somebody does: the programs of children that are never made count as well. */
function operationsOf(scenario: Scenario): readonly AnyOperation[] {
  const { parent, child, secondChild = [], kernel } = scenario
  const children = [child, secondChild].slice(0, forksOf(scenario))
  return [...parent, ...children, ...kernel].flat()
}

function forksOf({ parent }: Scenario): number {
  return parent.flat().filter((op) => op.do === 'fork').length
}

type Compiler = ReturnType<typeof compiler>

/**
 * Turns operations into what rules see; each store gets a content, each fork a child, of its own.
 */
function compiler(pages: number) {
  let value = 2 + pages
  let child = 1
  const one = (op: AnyOperation): Op => {
    const record = recordOf(op)
    const from = 'from' in op ? op.from : 'page' in op && op.page !== 'any' ? op.page : 0
    const made = {
      do: op.do,
      page: 'page' in op && op.page === 'any' ? ANY : from,
      end: 'to' in op ? op.to : 0,
      target: NONE,
      size: 0,
      writable: 'write' in op ? op.write : true,
      closed: false,
      replace: false,
      value: record.stores ? value++ : 0,
      child: op.do === 'fork' ? child++ : 0,
      ...record.compiled?.(op as never),
    }
    return { ...made, says: operationInWords(record, made) }
  }
  const end: Op = {
    do: 'end',
    page: 0,
    end: 0,
    target: NONE,
    size: 0,
    writable: true,
    closed: false,
    replace: false,
    value: 0,
    child: 0,
    says: 'end',
  }
  return {
    program: (operations: readonly AnyOperation[]): Op[] => [...operations.map(one), end],
    values: () => value,
  }
}

function actorsOf(scenario: Scenario, compile: Compiler): Actor[] {
  const { parent, child, secondChild = [], kernel, options } = scenario
  const actors: Actor[] = parent.map((operations, i) => ({
    name: i === 0 ? 'parent' : `parent${i + 1}`,
    mm: PARENT,
    rank: i,
    program: compile.program(operations),
  }))
  for (const [i, operations] of [child, secondChild].slice(0, forksOf(scenario)).entries()) {
    const name = i === 0 ? 'child' : 'child2'
    actors.push({ name, mm: 1 + i, rank: 0, program: compile.program(operations) })
    for (let rank = 1; rank < options.copiers; rank++)
      actors.push({
        name: `${name}.copier${rank + 1}`,
        mm: 1 + i,
        rank,
        program: compile.program([]),
      })
  }
  const names = new Set<string>()
  for (const [i, operations] of kernel.entries()) {
    const wanted = recordOf(operations[0]).actor ?? 'kernel'
    const name = names.has(wanted) ? `${wanted}${i + 1}` : wanted
    names.add(name)
    actors.push({ name, mm: NONE, rank: 0, program: compile.program(operations) })
  }
  return actors
}

/** What operations say that they need. */
function neededBy(ops: readonly AnyOperation[]): ReadonlySet<keyof Uses> {
  return new Set(
    ops.flatMap((op) => {
      const { needs = [] } = recordOf(op)
      return typeof needs === 'function' ? needs(op as never) : needs
    }),
  )
}
