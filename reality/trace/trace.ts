/** Traces of a guest, and what the model says of them. */

import type { System } from '../../model/systems/system.js'
import { linesOf, programPlaces } from '../conform/ask.js'
import { OperationSearch } from '../conform/operation-search.js'
import { type Sequence, scenarioOf } from '../conform/sequence.js'
import { PROBES, probeLine } from '../letters.js'
import type { Machine } from '../machine.js'
import { lettersOf } from './parse.js'
import { type TraceVerdict, validate } from './validate.js'

/** The events of one script. */
export interface RecordedTrace {
  readonly name: string
  readonly kernel: string
  readonly sequence: Sequence
  readonly events: readonly string[]
}

/** Sets the probes of all letters. */
export async function beginProbes(machine: Machine): Promise<void> {
  await machine.request([
    ...PROBES.map((probe) => `probe ${probeLine(probe)}`),
    'trace 1',
    'symbols',
  ])
}

/** Runs a script with its events written down. */
export async function recordTrace(
  machine: Machine,
  sequence: Sequence,
  system: System,
): Promise<RecordedTrace> {
  const { initial } = new OperationSearch(scenarioOf(sequence), system)
  const lines = await machine.request(linesOf(sequence, programPlaces(sequence, initial)))
  const traced = lines.filter((line) => line.startsWith('T '))
  const pids = traced.flatMap((line) => /^T (?:parent|child) (\d+)/.exec(line)?.[1] ?? [])
  const isOurs = new RegExp(`-(${pids.join('|')}) +\\[|^T (parent|child) `)
  const ours = traced.filter((line) => isOurs.test(line)).map(short)
  const events = ours.filter(isOfMemory())
  return { name: sequence.name, kernel: machine.kernel, sequence, events }
}

/** Leaves out what is about other memory than that which is watched: stacks, the program itself. */
export function isOfMemory(): (line: string) => boolean {
  const isInside = new Map<string, boolean>()
  return (line) => {
    const pid = /^T x-(\d+)/.exec(line)?.[1] ?? ''
    const address = / (?:page|start)=0x([0-9a-f]+)/.exec(line)?.[1]
    const isWatched = address === undefined || address === '0' || /^20000[0-9a-f]{7}$/.test(address)
    if (/ clear: /.test(line)) isInside.set(pid, isWatched)
    if (/ unlock: /.test(line)) return /from=dup_mmap/.test(line)
    if (/ unmap: .*from=wp_page_copy/.test(line)) return isInside.get(pid) === true
    return isWatched
  }
}

/** Only what a parser looks at, without time and flags. */
export function short(line: string): string {
  return line.replace(/^T +\S*?-(\d+) +\[(\d+)\] +\S+ +[\d.]+: /, 'T x-$1 [$2] x: ')
}

/** Is the trace one that the system can make? */
export function judgeTrace({ events, sequence }: RecordedTrace, system: System): TraceVerdict {
  return validate(sequence, system, lettersOf(events, sequence))
}
