/**
 * Scenarios are data: who maps what, who does what, what may fail. This file says what a scenario
 * may contain; parse-scenario.ts reads one, program.ts makes a machine's shape of it.
 */
import * as v from 'valibot'
import { operations } from './kernel/index.js'
import type { OperationRecord } from './operation.js'
import type { KernelOperations, ProcessOperations } from './operation-names.js'
import { ALLOCATION_POINTS, type AllocationPoint } from './shape.js'

/** The scenario file format this version reads. */
export const SCENARIO_FORMAT = 1

/** Limits that keep a state small enough to pack and a mistake from asking for the impossible. */
export const LIMITS = {
  pages: 32,
  pagesPerTable: 8,
  vmas: 8,
  operations: 24,
  failures: 4,
  threads: 3,
  kernel: 2,
  copiers: 4,
}

const page = v.pipe(v.number(), v.integer(), v.minValue(0))
const range = { from: page, to: page }
/** The input of operations by their names, and the same with all defaults filled in. */
type Inputs<Records> = { [N in keyof Records]: Schema<Records[N], 'input'> }[keyof Records]
type Outputs<Records> = { [N in keyof Records]: Schema<Records[N], 'output'> }[keyof Records]
type Schema<R, Side> = R extends { readonly schema: infer S extends v.GenericSchema }
  ? Side extends 'input'
    ? v.InferInput<S>
    : v.InferOutput<S>
  : never

/** An operation of a process, and one of a thread of the kernel. */
export type ProcessOperation = Outputs<ProcessOperations>
export type KernelOperation = Outputs<KernelOperations>

/** One of the operations that some doers have. */
function oneOf<I, O>(isWanted: (record: OperationRecord) => boolean): v.GenericSchema<I, O> {
  const schemas = operations.filter(isWanted).map(({ schema }) => schema)
  return v.variant('do', schemas as never) as unknown as v.GenericSchema<I, O>
}

const operation = oneOf<Inputs<ProcessOperations>, ProcessOperation>(({ actor }) => !actor)
const kernelOperation = oneOf<Inputs<KernelOperations>, KernelOperation>(({ actor }) => !!actor)

const program = v.pipe(v.array(operation), v.maxLength(LIMITS.operations))
const kernelProgram = v.pipe(
  v.array(kernelOperation),
  v.minLength(1),
  v.maxLength(LIMITS.operations),
)
const allocationPoint = v.picklist(Object.keys(ALLOCATION_POINTS) as AllocationPoint[])
const victim = v.picklist(['parent', 'child', 'secondChild'])

const vma = v.strictObject({
  ...range,
  write: v.optional(v.boolean(), true),
  /** Pages that have a frame from the start; default: all. */
  populated: v.optional(v.array(page)),
  /** Its tables are huge PMD entries. */
  huge: v.optional(v.boolean(), false),
  /** Not anonymous memory. */
  device: v.optional(v.boolean(), false),
  /** Grows downwards on a touch below it. */
  stack: v.optional(v.boolean(), false),
  /** All its pages hold the same. */
  same: v.optional(v.boolean(), false),
})

const options = v.strictObject({
  enabled: v.optional(v.boolean(), true),
  copierLock: v.optional(v.picklist(['copy', 'vma']), 'copy'),
  copiers: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.copiers)),
    1,
  ),
  copierSplit: v.optional(v.picklist(['vma', 'table']), 'vma'),
  pointerLock: v.optional(v.picklist(['none', 'child']), 'none'),
  errorCheck: v.optional(v.picklist(['both', 'before']), 'both'),
  chunk: v.optional(v.pipe(page, v.maxValue(LIMITS.pagesPerTable)), 1),
  faultLock: v.optional(v.picklist(['mmap', 'vma']), 'mmap'),
  madviseLock: v.optional(v.picklist(['mmap', 'vma']), 'mmap'),
  stackGrowth: v.optional(v.picklist(['write', 'read']), 'write'),
  reuse: v.optional(v.picklist(['exclusive', 'refcount', 'mapcount']), 'exclusive'),
  arch: v.optional(v.picklist(['x86', 'arm64']), 'x86'),
  upperCache: v.optional(v.boolean(), false),
  tableReclaim: v.optional(v.boolean(), false),
  pinned: v.optional(v.picklist(['fork', 'later']), 'fork'),
})

/** The options of a scenario that asks for none. */
export const STANDARD_OPTIONS = v.parse(options, {})

export const scenarioSchema = v.strictObject({
  format: v.literal(SCENARIO_FORMAT),
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case words joined by -')),
  says: v.optional(v.string(), ''),
  pagesPerTable: v.optional(v.pipe(page, v.minValue(1), v.maxValue(LIMITS.pagesPerTable)), 2),
  pages: v.pipe(page, v.minValue(1), v.maxValue(LIMITS.pages)),
  vmas: v.pipe(v.array(vma), v.minLength(1), v.maxLength(LIMITS.vmas)),
  /** One to three threads of the parent, each with its program. */
  parent: v.pipe(v.array(program), v.minLength(1), v.maxLength(LIMITS.threads)),
  /** What the child does once it is in user mode. */
  child: v.optional(program, []),
  /** The same for a second child, where the parent forks twice. */
  secondChild: v.optional(program),
  /** Threads of the kernel and devices, each with its program. */
  kernel: v.optional(v.pipe(v.array(kernelProgram), v.maxLength(LIMITS.kernel)), []),
  failures: v.optional(
    v.strictObject({
      budget: v.pipe(page, v.maxValue(LIMITS.failures)),
      at: v.optional(v.array(allocationPoint)),
      /** Memory does not come back: a failure uses up nothing. */
      lasting: v.optional(v.boolean(), false),
    }),
    { budget: 0, lasting: false },
  ),
  /** Who may be killed from outside at any moment; true is the child. */
  kill: v.optional(v.union([v.boolean(), v.array(victim)]), false),
  options: v.optional(options, {}),
  /** Situations that must be reached, by the names of `sometimes` properties. */
  reaches: v.optional(v.array(v.string()), ['childRuns']),
})

/** A scenario as a person writes it. */
export type ScenarioInput = v.InferInput<typeof scenarioSchema>
/** A scenario with all defaults filled in. */
export type Scenario = v.InferOutput<typeof scenarioSchema>

const byName = new Map(operations.map((record) => [record.name, record]))

/** The record of an operation of a scenario. */
export function recordOf({ do: name }: { readonly do: string }): OperationRecord {
  const record = byName.get(name)
  if (!record) throw new Error(`no operation is called ${name}`)
  return record
}
