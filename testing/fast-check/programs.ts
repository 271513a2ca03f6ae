/**
 * Programs as fast-check arbitraries: what processes, threads of the kernel and devices do. All of
 * it comes from the records of the operations: a new one is drawn without a word here.
 */
import * as fc from 'fast-check'
import { operations } from '../../model/kernel/index.js'
import { type Doer, misfit, type OperationRecord, type Room } from '../../model/operation.js'
import type { ScenarioInput } from '../../model/scenario.js'
import { recordOf } from '../../model/scenario.js'

type Operation = ScenarioInput['parent'][number][number]
type KernelOperation = NonNullable<ScenarioInput['kernel']>[number][number]

/**
 * The programs of the parent's threads; the first one forks once or twice, at any place.
 * @param operations in each program at most, besides forks and the end.
 */
export function parentPrograms(
  room: Room,
  { threads, operations, forks }: { threads: number; operations: number; forks: number },
): fc.Arbitrary<Operation[][]> {
  const one = program(room, 'parent', operations)
  const programs = fc.array(one, { minLength: 1, maxLength: threads })
  const places = fc.array(fc.nat(operations), { minLength: 1, maxLength: forks })
  return fc.tuple(programs, places).map(([all, at]) => withForks(fitting(all), at))
}

/** The program of a child; it may be empty. */
export function childProgram(room: Room, operations: number): fc.Arbitrary<Operation[]> {
  return program(room, 'child', operations)
}

/** Programs of threads of the kernel and devices, none of them empty. */
export function kernelPrograms(
  room: Room,
  { kernel, operations }: { kernel: number; operations: number },
): fc.Arbitrary<KernelOperation[][]> {
  const one = anyOf(operationsBy('kernel'), room) as fc.Arbitrary<KernelOperation>
  const program = fc.array(one, { minLength: 1, maxLength: Math.max(1, operations) })
  return fc.array(program, { maxLength: kernel })
}

/** Whoever waits for children waits for programs that end. */
export function ending(program: readonly Operation[]): Operation[] {
  return program.some(endsProgram) ? [...program] : [...program, { do: 'exit' }]
}

const endsProgram = (op: Operation) => recordOf(op).ends === true

const operationsBy = (doer: Doer) => operations.filter(({ by }) => by.includes(doer))

/** Forks are put in afterwards, as there are few of them. */
function program(room: Room, doer: Doer, most: number): fc.Arbitrary<Operation[]> {
  const all = operationsBy(doer).filter(({ name }) => name !== 'fork')
  const one = anyOf(
    all.filter(({ ends }) => !ends),
    room,
  )
  const last = anyOf(
    all.filter(({ ends }) => ends),
    room,
  )
  const end = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    last.map((op) => [op]),
  )
  return fc
    .tuple(fc.array(one, { maxLength: most }), end)
    .map(([operations, last]) => [...operations, ...last] as Operation[])
}

function anyOf(records: readonly OperationRecord[], room: Room): fc.Arbitrary<{ do: string }> {
  const weighted = records.map((record) => ({
    weight: record.weight ?? 1,
    arbitrary: drawn(record, room),
  }))
  return fc.oneof(...weighted)
}

/** An operation with arguments that fit; one that is left out stands first, so it is tried first. */
function drawn(record: OperationRecord, room: Room): fc.Arbitrary<{ do: string }> {
  const fields = Object.entries(record.arguments)
  const values = fields.map(([field, { values }]) => [field, fc.constantFrom(...values(room))])
  return fc
    .record(Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>)
    .map((given) => {
      const said = Object.entries(given).filter(([, value]) => value !== undefined)
      return { do: record.name, ...Object.fromEntries(said) }
    })
    .filter((op) => misfit(record, op, room) === null)
}

/** Of several threads none does what only a single one can; some things only the last one does. */
function fitting(programs: Operation[][]): Operation[][] {
  const isLast = (i: number) => i === programs.length - 1
  return programs.map((program, i) =>
    program
      .filter((op) => isLast(i) || !recordOf(op).byOneThread)
      .filter((op) => programs.length === 1 || recordOf(op).by.includes('sibling')),
  )
}

/** The first program forks, before its end. */
function withForks([first, ...others]: Operation[][], places: number[]): Operation[][] {
  const forking = places.reduce((program, at) => {
    const last = program.findIndex(endsProgram)
    const place = Math.min(at, last < 0 ? program.length : last)
    return program.toSpliced(place, 0, { do: 'fork' })
  }, first)
  return [forking, ...others]
}
