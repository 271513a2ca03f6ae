/** Programs as fast-check arbitraries: what processes, threads of the kernel and devices do. */
import * as fc from 'fast-check'
import type { ScenarioInput } from '../../model/scenario.js'

type Operation = ScenarioInput['parent'][number][number]
type KernelOperation = NonNullable<ScenarioInput['kernel']>[number][number]

/** What happens in one page, and in one that is chosen as late as possible. */
const page = (pages: number) => fc.nat(pages - 1)
const anyPage = (pages: number) =>
  fc.oneof({ weight: 4, arbitrary: page(pages) }, fc.constant('any' as const))

/** `from` up to but not including `to`. */
const range = (pages: number) =>
  fc
    .tuple(page(pages), fc.integer({ min: 1, max: pages }))
    .map(([from, length]) => ({ from, to: Math.min(pages, from + length) }))

const doing = <Name extends string>(...names: Name[]) =>
  fc.record({ do: fc.constantFrom<Name[]>(...names) })

/**
 * The programs of the parent's threads; the first one forks once or twice, at any place.
 * @param operations in each program at most, besides forks and the end.
 */
export function parentPrograms(
  pages: number,
  { threads, operations, forks }: { threads: number; operations: number; forks: number },
): fc.Arbitrary<Operation[][]> {
  const one = program(parentOperation(pages), operations)
  const programs = fc.array(one, { minLength: 1, maxLength: threads })
  const places = fc.array(fc.nat(operations), { minLength: 1, maxLength: forks })
  return fc.tuple(programs, places).map(([all, at]) => withForks(fitting(all), at))
}

/** The program of a child; it may be empty. */
export function childProgram(pages: number, operations: number): fc.Arbitrary<Operation[]> {
  return program(childOperation(pages), operations)
}

/** Programs of threads of the kernel and devices, none of them empty. */
export function kernelPrograms(
  pages: number,
  { kernel, operations }: { kernel: number; operations: number },
): fc.Arbitrary<KernelOperation[][]> {
  const one = fc.array(kernelOperation(pages), { minLength: 1, maxLength: Math.max(1, operations) })
  return fc.array(one, { maxLength: kernel })
}

function program(operation: fc.Arbitrary<Operation>, most: number): fc.Arbitrary<Operation[]> {
  const end = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    doing('exit', 'exec').map((last) => [last]),
  )
  return fc
    .tuple(fc.array(operation, { maxLength: most }), end)
    .map(([operations, last]) => [...operations, ...last])
}

/** With several threads none can exec; only the last one pins pages. */
function fitting(programs: Operation[][]): Operation[][] {
  const isLast = (i: number) => i === programs.length - 1
  return programs.map((operations, i) =>
    operations
      .filter((op) => isLast(i) || (op.do !== 'pin' && op.do !== 'unpin'))
      .map((op) => (op.do === 'exec' && programs.length > 1 ? { do: 'exit' } : op)),
  )
}

/** The first program forks, before its end. */
function withForks([first, ...others]: Operation[][], places: number[]): Operation[][] {
  const forking = places.reduce((operations, at) => {
    const last = operations.findIndex((op) => op.do === 'exit' || op.do === 'exec')
    const place = Math.min(at, last < 0 ? operations.length : last)
    return operations.toSpliced(place, 0, { do: 'fork' })
  }, first)
  return [forking, ...others]
}

function parentOperation(pages: number): fc.Arbitrary<Operation> {
  return fc.oneof(
    { weight: 8, arbitrary: access(pages) },
    { weight: 6, arbitrary: change(pages) },
    { weight: 2, arbitrary: onRange(pages, 'mlock', 'munlock', 'dontfork', 'wipeonfork') },
    { weight: 2, arbitrary: onRange(pages, 'free', 'clearRefs', 'brk') },
    { weight: 2, arbitrary: move(pages) },
    { weight: 2, arbitrary: handOver(pages) },
    { weight: 2, arbitrary: onPage(pages, 'pin', 'pin', 'uffdCopy') },
    doing('unpin'),
  )
}

function childOperation(pages: number): fc.Arbitrary<Operation> {
  return fc.oneof({ weight: 4, arbitrary: access(pages) }, change(pages), handOver(pages))
}

function kernelOperation(pages: number): fc.Arbitrary<KernelOperation> {
  return fc.oneof(
    fc.record({ do: fc.constantFrom('swapOut', 'migrate'), page: anyPage(pages) }),
    onPage(pages, 'collapse', 'splitHuge'),
    fc.record({ do: fc.constant('mergeSame'), page: page(pages), with: page(pages) }),
    onRange(pages, 'numaScan'),
    doing('swapOff', 'reap', 'dmaWrite'),
  )
}

function access(pages: number) {
  return fc.record({ do: fc.constantFrom('read', 'write'), page: anyPage(pages) })
}

function onPage<Name extends string>(pages: number, ...names: Name[]) {
  return fc.record({ do: fc.constantFrom<Name[]>(...names), page: page(pages) })
}

function onRange<Name extends string>(pages: number, ...names: Name[]) {
  const name = fc.constantFrom<Name[]>(...names)
  return fc.tuple(name, range(pages)).map(([what, { from, to }]) => ({ do: what, from, to }))
}

/** A page put into a pipe, or taken out of it. */
function handOver(pages: number) {
  return fc.oneof(onPage(pages, 'splice'), doing('readPipe'))
}

function change(pages: number): fc.Arbitrary<Operation> {
  const yesOrNo = fc.boolean()
  return fc.oneof(
    onRange(pages, 'munmap', 'dontneed'),
    fc
      .tuple(range(pages), yesOrNo, yesOrNo)
      .map(([r, write, replace]) => ({ do: 'mmap' as const, ...r, write, replace })),
    fc.tuple(range(pages), yesOrNo).map(([r, write]) => ({ do: 'mprotect' as const, ...r, write })),
  )
}

/** mremap: shrinks or grows in place, or moves and may grow, as far as there are pages. */
function move(pages: number): fc.Arbitrary<Operation> {
  return fc
    .tuple(range(pages), fc.nat(pages), fc.nat(pages), fc.boolean())
    .map(([{ from, to }, more, place, moves]) => {
      const length = to - from
      const size = length + Math.min(more, pages - to)
      const inPlace = 1 + (more % (pages - from))
      // Where what has moved can begin: beside the old place.
      const targets = [...Array(pages - size + 1).keys()].filter(
        (target) => target + size <= from || target >= to,
      )
      return moves && targets.length > 0
        ? { do: 'mremap', from, to, size, target: targets[place % targets.length] }
        : { do: 'mremap', from, to, size: inPlace }
    })
}
