/** Conformance of `linux` with a running kernel: many sequences, counted, differences made small. */
import type { System } from '../../model/systems/index.js'
import type { Machine } from '../machine.js'
import type { AbstractionName } from './abstractions.js'
import { runSequence, type SequenceResult } from './run.js'
import { Drawer, type Sequence } from './sequence.js'
import { shrinkSequence } from './shrink.js'

export interface ConformOptions {
  readonly seed: bigint
  /** How many sequences, and how many operations in each. */
  readonly sequences: number
  readonly length: number
  readonly system: System
  /** Operations that are not drawn. */
  readonly leaveOut?: readonly string[]
  /** Stop at this many differences. */
  readonly maxDifferences: number
  readonly progress?: (done: number, different: number) => void
  readonly signal?: AbortSignal
}

export interface Conformance {
  readonly kernel: string
  /** Sequences that ran, and operations in all of them. */
  readonly sequences: number
  readonly steps: number
  /** Sequences in which kernel and model agreed to the end. */
  readonly equal: number
  /** How many steps made use of each abstraction. */
  readonly documented: ReadonlyMap<AbstractionName, number>
  /** How many steps did each operation. */
  readonly operations: ReadonlyMap<string, number>
  /** Differences, each as small as it gets. */
  readonly different: readonly SequenceResult[]
  readonly interrupted: boolean
}

/** Runs sequences until enough have been compared. @throws MachineError */
export async function conform(machine: Machine, options: ConformOptions): Promise<Conformance> {
  const drawer = new Drawer(options.seed, {
    kernelWork: machine.isGuest,
    leaveOut: options.leaveOut,
  })
  const documented = new Map<AbstractionName, number>()
  const operations = new Map<string, number>()
  const different: SequenceResult[] = []
  const run = (sequence: Sequence) => runSequence(machine, sequence, options.system)
  let steps = 0
  let equal = 0
  let sequences = 0
  while (sequences < options.sequences && different.length < options.maxDifferences) {
    if (options.signal?.aborted) break
    const result = await run(drawer.draw(sequences, options.length))
    sequences++
    steps += result.steps.length
    for (const { step, used } of result.steps) {
      count(operations, step.op.do)
      for (const name of new Set(used)) count(documented, name)
    }
    if (result.differences.length === 0) equal++
    else different.push(await shrinkSequence(result, run))
    options.progress?.(sequences, different.length)
  }
  const interrupted = options.signal?.aborted === true
  const kernel = machine.kernel
  return { kernel, sequences, steps, equal, documented, operations, different, interrupted }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
