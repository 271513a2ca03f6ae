/**
 * Scenarios are data: who maps what, who does what, what may fail. This file says what a scenario
 * may contain and turns mistakes into one clear line each.
 */
import * as v from 'valibot'
import {
  type Actor,
  ALLOCATION_POINTS,
  type AllocationPoint,
  ANY,
  CHILD,
  PARENT,
  type Place,
  type Shape,
} from './state.js'

/** The scenario file format this version reads. */
export const SCENARIO_FORMAT = 1

/** Limits that keep a state small enough to pack and a mistake from asking for the impossible. */
export const LIMITS = { pages: 32, pagesPerTable: 8, vmas: 8, operations: 16, failures: 4 }

const page = v.pipe(v.number(), v.integer(), v.minValue(0))
const range = { from: page, to: page }

const access = (name: 'read' | 'write') =>
  v.strictObject({ do: v.literal(name), page: v.union([page, v.literal('any')]) })

/** What a thread can do. Page ranges are `from` up to but not including `to`. */
const operation = v.variant('do', [
  access('read'),
  access('write'),
  v.strictObject({ do: v.literal('fork') }),
  v.strictObject({ do: v.literal('exit') }),
  v.strictObject({ do: v.literal('munmap'), ...range }),
  v.strictObject({ do: v.literal('mmap'), ...range, write: v.optional(v.boolean(), true) }),
  v.strictObject({ do: v.literal('mprotect'), ...range, write: v.boolean() }),
  v.strictObject({ do: v.literal('dontneed'), ...range }),
])

const program = v.pipe(v.array(operation), v.maxLength(LIMITS.operations))
const allocationPoint = v.picklist(Object.keys(ALLOCATION_POINTS) as AllocationPoint[])

const schema = v.strictObject({
  format: v.literal(SCENARIO_FORMAT),
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case words joined by -')),
  says: v.optional(v.string(), ''),
  pagesPerTable: v.optional(v.pipe(page, v.minValue(1), v.maxValue(LIMITS.pagesPerTable)), 2),
  pages: v.pipe(page, v.minValue(1), v.maxValue(LIMITS.pages)),
  vmas: v.pipe(
    v.array(
      v.strictObject({
        ...range,
        write: v.optional(v.boolean(), true),
        /** Pages that have a frame from the start; default: all. */
        populated: v.optional(v.array(page)),
      }),
    ),
    v.minLength(1),
    v.maxLength(LIMITS.vmas),
  ),
  /** One or two threads of the parent, each with its program. */
  parent: v.pipe(v.array(program), v.minLength(1), v.maxLength(2)),
  /** What the child does once it is in user mode. */
  child: v.optional(program, []),
  failures: v.optional(
    v.strictObject({
      budget: v.pipe(page, v.maxValue(LIMITS.failures)),
      at: v.optional(v.array(allocationPoint)),
    }),
    { budget: 0 },
  ),
  /** May the child be killed from outside at any moment? */
  kill: v.optional(v.boolean(), false),
  options: v.optional(
    v.strictObject({ copierLock: v.optional(v.picklist(['copy', 'vma']), 'copy') }),
    { copierLock: 'copy' },
  ),
  /** Situations that must be reached, by the names of `sometimes` properties. */
  reaches: v.optional(v.array(v.string()), ['childRuns']),
})

/** A scenario as a person writes it. */
export type ScenarioInput = v.InferInput<typeof schema>
/** A scenario with all defaults filled in. */
export type Scenario = v.InferOutput<typeof schema>
type Operation = v.InferOutput<typeof operation>

/** An operation as rules see it: every field present. */
export interface Op {
  readonly do: Operation['do'] | 'end'
  /** First page, or ANY for an access to a page chosen at run time. */
  readonly page: number
  /** Page after the last. */
  readonly end: number
  /** The protection asked for (mmap, mprotect). */
  readonly writable: boolean
  /** The content a write leaves: its own, so that every write can be told from every other. */
  readonly value: number
}

/** Raised for a scenario that cannot be; the message names the culprit and what is allowed. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
}

/**
 * Reads a scenario and fills in the defaults.
 * @param source where it comes from, for messages.
 * @throws ScenarioError naming the first mistake.
 */
export function parseScenario(input: unknown, source = 'scenario'): Scenario {
  const parsed = v.safeParse(schema, input, { abortEarly: true })
  if (!parsed.success) throw new ScenarioError(`${source}: ${describe(parsed.issues[0])}`)
  const scenario = parsed.output
  const mistake = firstMistake(scenario)
  if (mistake) throw new ScenarioError(`${source}: ${mistake}`)
  return scenario
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue)
  const missing = issue.received === 'undefined' && issue.expected !== 'never'
  if (path === 'format') {
    const found = missing ? 'missing' : issue.received
    return `format is ${found}: this version reads format ${SCENARIO_FORMAT}`
  }
  if (issue.expected === 'never') return `${path} is not a field of a scenario`
  if (missing) return `${path} is missing (${issue.expected})`
  return path ? `${path}: ${issue.message}` : issue.message
}

/** What the schema cannot say: how the parts must fit together. */
function firstMistake(scenario: Scenario): string | null {
  const { pages, pagesPerTable, vmas, parent, child } = scenario
  if (pages % pagesPerTable !== 0)
    return `pages: ${pages} must be a multiple of pagesPerTable, ${pagesPerTable}`
  const inRange = (what: string, { from, to }: { from: number; to: number }): string | null =>
    from < to && to <= pages
      ? null
      : `${what}: pages ${from} to ${to} must be a range within 0 to ${pages}`
  for (const [i, vma] of vmas.entries()) {
    const bad = inRange(`vmas.${i}`, vma)
    if (bad) return bad
    const outside = vma.populated?.find((p) => p < vma.from || p >= vma.to)
    if (outside !== undefined) return `vmas.${i}.populated: page ${outside} is not in the VMA`
    const other = vmas.findIndex((w, j) => j > i && w.from < vma.to && vma.from < w.to)
    if (other >= 0) return `vmas.${other}: overlaps vmas.${i}`
  }
  const programs = [...parent.map((p, i) => [`parent.${i}`, p] as const), ['child', child] as const]
  for (const [who, operations] of programs)
    for (const [i, op] of operations.entries()) {
      const what = `${who}.${i}`
      if ((op.do === 'read' || op.do === 'write') && op.page !== 'any' && op.page >= pages)
        return `${what}: page ${op.page} must be below ${pages}`
      const bad = 'from' in op ? inRange(what, op) : null
      if (bad) return bad
      if (who === 'child' && !['read', 'write', 'exit'].includes(op.do))
        return `${what}: the child can read, write and exit, not ${op.do}`
      if (op.do === 'exit' && i < operations.length - 1)
        return `${what}: nothing can follow an exit`
    }
  const forks = parent.flat().filter((op) => op.do === 'fork').length
  if (forks === 0) return 'parent: nobody forks, so there is no snapshot to check'
  if (forks > 1) return `parent: ${forks} forks: one snapshot at a time is modelled`
  return null
}

/** Which system's habits shape a state: where the child starts. */
export interface SystemShape {
  readonly childStart: Place
}

/** The sizes and constants of a scenario's states. */
export function shapeOf(scenario: Scenario, system: SystemShape): Shape {
  const { pages, pagesPerTable, parent, child, failures } = scenario
  let value = 2 + pages
  const compile = (operations: readonly Operation[]): Op[] => [
    ...operations.map((op) => ({
      do: op.do,
      page: 'page' in op ? (op.page === 'any' ? ANY : op.page) : 'from' in op ? op.from : 0,
      end: 'to' in op ? op.to : 0,
      writable: 'write' in op ? op.write : true,
      value: op.do === 'write' ? value++ : 0,
    })),
    { do: 'end', page: 0, end: 0, writable: true, value: 0 },
  ]
  const actors: Actor[] = parent.map((operations, i) => ({
    name: i === 0 ? 'parent' : `parent${i + 1}`,
    mm: PARENT,
    program: compile(operations),
  }))
  actors.push({ name: 'child', mm: CHILD, program: compile(child) })
  const at = new Set(failures.at ?? Object.keys(ALLOCATION_POINTS))
  const mayFail = Object.fromEntries(
    Object.keys(ALLOCATION_POINTS).map((point) => [point, failures.budget > 0 && at.has(point)]),
  ) as Record<AllocationPoint, boolean>
  return {
    pages,
    pagesPerTable,
    vmas: vmaSlots(scenario),
    // Every page may be mapped to a frame of its own on both sides, and every thread may hold one
    // more that it has just replaced or removed.
    frames: 2 * pages + actors.length,
    values: value,
    actors,
    failures: failures.budget,
    mayFail,
    mayKill: scenario.kill,
    options: scenario.options,
    childStart: system.childStart,
  }
}

/** Splitting makes one VMA more, at each end of a range; a new mapping makes one. */
function vmaSlots({ vmas, parent }: Scenario): number {
  const extra = { munmap: 2, mprotect: 2, mmap: 1 } as Record<string, number>
  return vmas.length + parent.flat().reduce((sum, op) => sum + (extra[op.do] ?? 0), 0)
}
