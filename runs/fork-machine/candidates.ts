/**
 * Smaller scenarios to try, the greatest savings first. A scenario is taken as JSON: lists lose
 * elements, optional fields go, numbers fall, ranges become shorter, whole page tables vanish and
 * the pages behind them move up. `parseScenario` refuses results that are no scenarios.
 */
import { isObject, isRange, type Json, type JsonObject } from './size.js'

/** A scenario to try, and what becomes of the pages: their new number, or null if they are gone. */
export interface Candidate {
  readonly scenario: JsonObject
  readonly pageOf: (page: number) => number | null
  /** Nothing is changed but that a field has its default again. */
  readonly restores: boolean
}

/** Fields of a scenario whose numbers are no pages. */
const NO_PAGES: readonly string[] = ['format', 'pagesPerTable', 'failures', 'options']
/** Fields of a scenario that change nothing. */
const ONLY_WORDS: readonly unknown[] = ['name', 'says']

type Path = readonly (string | number)[]

/** All candidates for a scenario, made as they are asked for. */
export function* candidatesFor(scenario: JsonObject): Generator<Candidate> {
  const pageOf = (page: number) => page
  yield* withoutTables(scenario)
  for (const edited of withoutParts(scenario)) yield { scenario: edited, pageOf, restores: false }
  for (const edited of withoutField(scenario)) yield { scenario: edited, pageOf, restores: true }
  for (const edited of withSimplerValues(scenario))
    yield { scenario: edited, pageOf, restores: false }
  yield* withSmallerTables(scenario)
}

/** Half of the tables goes, then a quarter, ... down to single ones. */
function* withoutTables(scenario: JsonObject): Generator<Candidate> {
  const each = Number(scenario.pagesPerTable)
  const tables = Number(scenario.pages) / each
  for (const [from, to] of chunks(tables, Math.floor(tables / 2)))
    yield withoutPages(scenario, (page) => page >= from * each && page < to * each, each)
}

/** Every table loses its last page, or the one before, ... */
function* withSmallerTables(scenario: JsonObject): Generator<Candidate> {
  const each = Number(scenario.pagesPerTable)
  for (let place = each - 1; place >= 0 && each > 1; place--)
    yield withoutPages(scenario, (page) => page % each === place, each - 1)
}

function withoutPages(
  scenario: JsonObject,
  isGone: (page: number) => boolean,
  pagesPerTable: number,
): Candidate {
  const before = (page: number) => {
    let left = page
    for (let other = 0; other < page; other++) if (isGone(other)) left--
    return left
  }
  const isLeft = (value: Json): boolean =>
    !(typeof value === 'number' && isGone(value)) &&
    !(isObject(value) && typeof value.page === 'number' && isGone(value.page)) &&
    !(isObject(value) && isRange(value) && before(value.from) === before(value.to))
  const renumbered = (value: Json): Json => {
    if (typeof value === 'number') return before(value)
    if (Array.isArray(value)) return value.filter(isLeft).map(renumbered)
    return isObject(value) ? mapFields(value, renumbered) : value
  }
  const fields = Object.entries(scenario).map(([name, value]) => [
    name,
    NO_PAGES.includes(name) ? value : renumbered(value),
  ])
  return {
    scenario: { ...Object.fromEntries(fields), pagesPerTable },
    pageOf: (page) => (isGone(page) ? null : before(page)),
    restores: false,
  }
}

/** Lists lose elements: first VMAs go, then threads, then everything else. */
function* withoutParts(scenario: JsonObject): Generator<JsonObject> {
  const lists = pathsIn(scenario).filter((path) => Array.isArray(at(scenario, path)))
  const isOfLists = (path: Path) => (at(scenario, path) as Json[]).some(Array.isArray)
  const ranks = [(p: Path) => p[0] === 'vmas' && p.length === 1, isOfLists, () => true]
  for (const [i, isRanked] of ranks.entries())
    for (const path of lists)
      if (ranks.findIndex((rank) => rank(path)) === i && isRanked(path))
        yield* withoutElements(scenario, path)
}

/** Numbers fall, ranges become shorter, an access to any page goes to a certain one. */
function* withSimplerValues(scenario: JsonObject): Generator<JsonObject> {
  for (const path of pathsIn(scenario))
    for (const value of simpler(at(scenario, path), path, Number(scenario.pages)))
      yield edited(scenario, path, value)
}

/** One field is left out, so that it gets its default; most fields have no default. */
function* withoutField(scenario: JsonObject): Generator<JsonObject> {
  for (const path of pathsIn(scenario))
    if (typeof path.at(-1) === 'string' && !ONLY_WORDS.includes(path[0]))
      yield edited(scenario, path, undefined)
}

/** All of a list goes, then half of it, ... down to single elements; the last ones first. */
function* withoutElements(scenario: JsonObject, path: Path): Generator<JsonObject> {
  const list = at(scenario, path) as Json[]
  for (const [from, to] of chunks(list.length, list.length))
    yield edited(scenario, path, [...list.slice(0, from), ...list.slice(to)])
}

/** Values to try instead of a value. */
function simpler(value: Json, path: Path, pages: number): Json[] {
  if (value === 'any') return Array.from({ length: pages }, (_, page) => page)
  if (isObject(value) && isRange(value)) {
    const { from, to } = value
    return [
      ...lower(to - from - 1).map((length) => ({ ...value, to: from + 1 + length })),
      ...lower(to - from - 1).map((length) => ({ ...value, from: to - 1 - length })),
      ...lower(from).map((start) => ({ ...value, from: start, to: start + to - from })),
    ]
  }
  const isPartOfRange = ['from', 'to'].includes(String(path.at(-1)))
  const isOption = path[0] === 'options'
  const isFixed = path.length === 1 || isPartOfRange || isOption || typeof path.at(-1) === 'number'
  return typeof value === 'number' && !isFixed ? lower(value) : []
}

/** Natural numbers below one: nothing, half, one less. */
function lower(number: number): number[] {
  return [...new Set([0, number >> 1, number - 1])].filter((n) => n >= 0 && n < number)
}

/** Parts of a row, `from` up to but not including `to`: large ones first, the last ones first. */
function* chunks(length: number, largest: number): Generator<[from: number, to: number]> {
  for (let size = largest; size >= 1; size >>= 1)
    for (let to = length; to >= size; to -= size) yield [to - size, to]
}

/** Where there are values in a value, from the outside in; itself is at []. */
function pathsIn(value: Json, path: Path = []): Path[] {
  const keys = Array.isArray(value) ? [...value.keys()] : isObject(value) ? Object.keys(value) : []
  return [path, ...keys.flatMap((key) => pathsIn(at(value, [key]), [...path, key]))]
}

function at(value: Json, path: Path): Json {
  return path.reduce<Json>((part, key) => (part as Record<string | number, Json>)[key], value)
}

/** The scenario with another value at a path, or without that field. */
function edited(scenario: JsonObject, path: Path, value: Json | undefined): JsonObject {
  const replace = (part: Json, [key, ...rest]: Path): Json => {
    if (Array.isArray(part))
      return part.map((element, i) => (i === key ? inner(element, rest) : element))
    const fields = Object.entries(part as JsonObject).flatMap(([name, field]) => {
      if (name !== key) return [[name, field]]
      return rest.length === 0 && value === undefined ? [] : [[name, inner(field, rest)]]
    })
    return Object.fromEntries(fields)
  }
  const inner = (part: Json, rest: Path): Json =>
    rest.length === 0 ? (value ?? null) : replace(part, rest)
  return replace(scenario, path) as JsonObject
}

function mapFields(object: JsonObject, map: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]))
}
