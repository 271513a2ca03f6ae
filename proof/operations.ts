/**
 * The operations that the parent's programs are made of. Each is written down for a VMA of any
 * number of tables, so that the abstract model and a concrete one have the same.
 */
import type { ProcessOperation } from '../model/scenario.js'
import { endOf, mapPage, mapRange, type Stage, spotOf } from './positions.js'

type Range = { readonly from: number; readonly to: number }

interface Family {
  readonly says: string
  /** The operation of scenarios that it is. */
  readonly does: ProcessOperation['do']
  /** One operation for each page, each range of pages, or only the range of the whole VMA. */
  readonly on: 'page' | 'range' | 'whole'
  readonly make: (range: Range) => ProcessOperation
  /**
   * How many contents it stores. Two are as good as any number: no rule compares contents, so a run
   * that goes wrong also goes wrong when one of its stores has the first content, all others the
   * second.
   */
  readonly contents?: 2
}

/** The names that `prove --operations` takes. */
export const OPERATIONS = [
  'write',
  'read',
  'dontneed',
  'munmap',
  'mprotect',
  'unprotect',
  'clearRefs',
] as const

export type OperationName = (typeof OPERATIONS)[number]

export const FAMILIES: Readonly<Record<OperationName, Family>> = {
  write: {
    says: 'a store to a page',
    does: 'write',
    on: 'page',
    contents: 2,
    make: ({ from }) => ({ do: 'write', page: from }),
  },
  read: {
    says: 'a load from a page',
    does: 'read',
    on: 'page',
    make: ({ from }) => ({ do: 'read', page: from }),
  },
  dontneed: {
    says: 'madvise DONTNEED of a range of pages',
    does: 'dontneed',
    on: 'range',
    make: (range) => ({ do: 'dontneed', ...range }),
  },
  munmap: {
    says: 'munmap of the whole VMA',
    does: 'munmap',
    on: 'whole',
    make: (range) => ({ do: 'munmap', ...range }),
  },
  mprotect: {
    says: 'mprotect of the whole VMA, read-only',
    does: 'mprotect',
    on: 'whole',
    make: (range) => ({ do: 'mprotect', ...range, write: false, none: false }),
  },
  unprotect: {
    says: 'mprotect of the whole VMA, writable',
    does: 'mprotect',
    on: 'whole',
    make: (range) => ({ do: 'mprotect', ...range, write: true, none: false }),
  },
  clearRefs: {
    says: 'clearing the soft-dirty bits of the whole VMA',
    does: 'clearRefs',
    on: 'whole',
    make: (range) => ({ do: 'clearRefs', ...range }),
  },
}

/** The operations of a family that a concrete program can do in a VMA of whole tables. */
export function operationsIn(name: OperationName, stage: Stage): ProcessOperation[] {
  return each(name, rangesOf(name, stage).map(FAMILIES[name].make))
}

/** Those of the abstract model: the ones that the spot can tell apart. */
export function operationsAt(name: OperationName, stage: Stage): ProcessOperation[] {
  const { make } = FAMILIES[name]
  const seen = rangesOf(name, stage).map((range) => seenFrom(make(range), stage, stage))
  const different = new Map(seen.map((operation) => [JSON.stringify(operation), operation]))
  const known = [...different.values()].filter((operation) => operation !== null)
  return each(name, known)
}

function rangesOf(name: OperationName, stage: Stage): Range[] {
  const { on } = FAMILIES[name]
  const end = endOf(stage)
  const pages = Array.from({ length: end }, (_, page) => page)
  if (on === 'whole') return [{ from: 0, to: end }]
  if (on === 'page') return pages.map((page) => ({ from: page, to: page + 1 }))
  return pages.flatMap((from) => pages.slice(from).map((to) => ({ from, to: to + 1 })))
}

/** Each operation once for each content that it stores. */
function each(name: OperationName, operations: readonly ProcessOperation[]): ProcessOperation[] {
  const { contents = 1 } = FAMILIES[name]
  return operations.flatMap((operation) => new Array<ProcessOperation>(contents).fill(operation))
}

/** What an operation of one stage is in another; null if it has nothing to do with the spot. */
export function seenFrom(
  operation: ProcessOperation,
  from: Stage,
  to: Stage,
): ProcessOperation | null {
  if ('page' in operation && typeof operation.page === 'number') {
    const { from: first, to: behind } = spotOf(from)
    if (operation.page < first || operation.page >= behind) return null
    return { ...operation, page: mapPage(operation.page, from, to) } as ProcessOperation
  }
  if (!('from' in operation)) return operation
  const range = mapRange(operation, from, to)
  return range && ({ ...operation, ...range } as ProcessOperation)
}
