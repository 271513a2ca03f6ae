/** What follows from a declaration: how it is stored, and what it holds at rest. */
import {
  constant as constantDomain,
  type Domain,
  type DomainShape,
  list,
  record as recordDomain,
} from '../../checker/state/domain.js'
import type { Declared, FieldNotes, ListOf, RecordOf, Thing } from './declaration.js'
import type { Sizes } from './sizes.js'

const COUNTS: Readonly<Record<Thing, (m: Sizes) => number>> = {
  thread: (m) => m.threads,
  mm: (m) => m.mms,
  vma: (m) => m.vmas,
  page: (m) => m.pages,
  slot: (m) => m.slots,
  table: (m) => m.tables,
  entry: (m) => m.pagesPerTable,
  frame: (m) => m.allFrames,
}

/** How many elements a list has. */
const lengthOf = ({ of }: ListOf<unknown>, m: Sizes) => COUNTS[of](m)

/** How values of a declaration are stored. */
export function domainOf<V>(declared: Declared & { readonly __value?: V }, m: Sizes): Domain<V> {
  return storage(declared, m) as Domain<V>
}

function storage(declared: Declared, m: Sizes): DomainShape {
  switch (declared.kind) {
    case 'constant':
      return constantDomain(declared.value(m))
    case 'field':
      return declared.range.domain(m)
    case 'list':
      return list(lengthOf(declared, m), storage(declared.element, m))
    case 'record':
      return recordDomain(mapFields(declared, (one) => storage(one, m)) as never)
  }
}

/** The value of a declaration before anything has happened. */
export function atRest<V>(declared: Declared & { readonly __value?: V }, m: Sizes): V {
  return restingValue(declared, m) as V
}

function restingValue(declared: Declared, m: Sizes): unknown {
  switch (declared.kind) {
    case 'constant':
      return declared.value(m)
    case 'field': {
      const { rest = declared.range.rest } = declared.notes as FieldNotes<unknown>
      return typeof rest === 'function' ? rest(m) : rest
    }
    case 'list':
      return Array.from({ length: lengthOf(declared, m) }, () => restingValue(declared.element, m))
    case 'record':
      return mapFields(declared, (one) => restingValue(one, m))
  }
}

function mapFields<T>({ fields }: RecordOf<unknown>, map: (one: Declared) => T): Record<string, T> {
  const entries = Object.entries<Declared>(fields)
  return Object.fromEntries(entries.map(([name, one]) => [name, map(one)]))
}
