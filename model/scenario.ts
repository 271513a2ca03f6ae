/**
 * Scenarios are data: who maps what, who does what, what may fail. This file says what a scenario
 * may contain; parse-scenario.ts reads one, program.ts makes a machine's shape of it.
 */
import * as v from 'valibot'
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
  copiers: 3,
}

const page = v.pipe(v.number(), v.integer(), v.minValue(0))
const range = { from: page, to: page }
const anyPage = v.union([page, v.literal('any')])

const onPage = <N extends string>(name: N) => v.strictObject({ do: v.literal(name), page })
const onAnyPage = <N extends string>(name: N) =>
  v.strictObject({ do: v.literal(name), page: anyPage })
const onRange = <N extends string>(name: N) => v.strictObject({ do: v.literal(name), ...range })
const plain = <N extends string>(name: N) => v.strictObject({ do: v.literal(name) })

/** What a process can do. Page ranges are `from` up to but not including `to`. */
const operation = v.variant('do', [
  onAnyPage('read'),
  onAnyPage('write'),
  plain('fork'),
  plain('exit'),
  plain('exec'),
  /** Until no child is left; the parent is told how they ended. */
  plain('wait'),
  onRange('munmap'),
  v.strictObject({
    do: v.literal('mmap'),
    ...range,
    write: v.optional(v.boolean(), true),
    /** MAP_FIXED: what is there already is unmapped first. */
    replace: v.optional(v.boolean(), false),
  }),
  v.strictObject({ do: v.literal('mprotect'), ...range, write: v.boolean() }),
  v.strictObject({
    do: v.literal('mremap'),
    ...range,
    /** The new length in pages; default: the old one. */
    size: v.optional(v.pipe(page, v.minValue(1))),
    /** Where it moves to; without it the mapping stays where it is. */
    target: v.optional(page),
  }),
  /** The heap, which starts at `from`, is to end at `to`. */
  onRange('brk'),
  onRange('mlock'),
  onRange('munlock'),
  onRange('dontneed'),
  onRange('free'),
  onRange('dontfork'),
  onRange('wipeonfork'),
  onRange('clearRefs'),
  onPage('pin'),
  plain('unpin'),
  onPage('splice'),
  plain('readPipe'),
  onPage('uffdCopy'),
])

/** What a thread of the kernel, or a device, can do to the parent's memory. */
const kernelOperation = v.variant('do', [
  onAnyPage('swapOut'),
  plain('swapOff'),
  onAnyPage('migrate'),
  onPage('collapse'),
  onPage('splitHuge'),
  v.strictObject({ do: v.literal('mergeSame'), page, with: page }),
  onRange('numaScan'),
  plain('reap'),
  plain('dmaWrite'),
  onPage('peek'),
])

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
  reuse: v.optional(v.picklist(['exclusive', 'refcount', 'mapcount']), 'exclusive'),
  arch: v.optional(v.picklist(['x86', 'arm64']), 'x86'),
  upperCache: v.optional(v.boolean(), false),
  pinned: v.optional(v.picklist(['fork', 'later']), 'fork'),
})

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
/** An operation of a process, and one of a thread of the kernel. */
export type ProcessOperation = v.InferOutput<typeof operation>
export type KernelOperation = v.InferOutput<typeof kernelOperation>
