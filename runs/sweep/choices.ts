/**
 * The values of the factors of a sweep: the operations of each actor, with the arguments that
 * differ most from each other. They are derived from the records of the operations.
 */
import { operations } from '../../model/kernel/index.js'
import { type Doer, misfit, type OperationRecord } from '../../model/operation.js'
import type { Geometry } from './geometries.js'

/** An operation in the form of a scenario file. */
export interface SweptOperation {
  readonly do: string
  readonly [field: string]: unknown
}

/** Operations of a doer on a geometry. @param few one choice of arguments for each operation. */
export function choicesOf(doer: Doer, geometry: Geometry, few: boolean): readonly SweptOperation[] {
  return operations
    .filter(({ by }) => by.includes(doer))
    .flatMap((record) => choicesFor(record, geometry, few))
}

/** The more arguments an operation has, the more choices of them. */
function choicesFor(record: OperationRecord, geometry: Geometry, few: boolean): SweptOperation[] {
  const most = few ? 1 : Math.min(4, Math.max(1, Object.keys(record.arguments).length))
  const all = everyChoice(record, geometry)
  const looks = new Map(all.map((choice) => [choice, looksOf(choice, geometry)]))
  const chosen = all.slice(0, 1)
  while (chosen.length < Math.min(most, all.length)) {
    const distance = (choice: SweptOperation) =>
      Math.min(...chosen.map((other) => differences(looks.get(choice), looks.get(other))))
    const rest = all.filter((choice) => !chosen.includes(choice))
    chosen.push(rest.reduce((best, next) => (distance(next) > distance(best) ? next : best)))
  }
  return chosen
}

/** All that fit; those that are about all of the first VMA come first. */
function everyChoice(record: OperationRecord, geometry: Geometry): SweptOperation[] {
  const fields = Object.entries(record.arguments)
  const all = fields.reduce<SweptOperation[]>(
    (choices, [field, { values }]) =>
      choices.flatMap((choice) =>
        values(geometry)
          .filter((value) => value !== 'any')
          .map((value) => (value === undefined ? choice : { ...choice, [field]: value })),
      ),
    [{ do: record.name }],
  )
  const [first] = geometry.vmas
  const isWhole = ({ from, to }: SweptOperation) => from === first.from && to === first.to
  const fitting = all.filter((choice) => misfit(record, choice, geometry) === null)
  return [...fitting.filter(isWhole), ...fitting.filter((choice) => !isWhole(choice))]
}

/** The features that distinguish choices: where pages lie in VMAs, and every other argument. */
function looksOf(choice: SweptOperation, { vmas }: Geometry): readonly unknown[] {
  const { do: _, from, to, page, with: other, target, size, ...rest } = choice
  const [start, end] =
    typeof from === 'number' ? [from, Number(to)] : [Number(page), Number(page) + 1]
  const length = end - start
  return [
    ...vmas.map((vma) => relation(start, end, vma)),
    ...[target, other].map((at) =>
      typeof at === 'number' ? vmas.map((vma) => relation(at, at + length, vma)).join() : 'none',
    ),
    size === undefined ? 'same' : Math.sign(Number(size) - length),
    ...Object.values(rest),
  ]
}

function relation(start: number, end: number, vma: { from: number; to: number }): string {
  if (end < vma.from || start > vma.to) return 'apart'
  if (end === vma.from || start === vma.to) return 'beside'
  const [atHead, atTail] = [start <= vma.from, end >= vma.to]
  return atHead ? (atTail ? 'whole' : 'head') : atTail ? 'tail' : 'middle'
}

function differences(one: readonly unknown[] = [], other: readonly unknown[] = []): number {
  return one.filter((look, i) => look !== other[i]).length
}
