/**
 * Functions that have been read, as JavaScript that all models share. Each is compiled once, so
 * that V8 keeps what it learns about it from one model to the next. Where a variable lies differs
 * from model to model: it is looked up in tables, those of the model that is in use.
 */
import type { Declaration, RuleFunction } from '../tree.js'
import { type Access, JAVASCRIPT, type Positions } from './code.js'
import { accessorsOf, usesOf } from './functions.js'
import { ARITHMETIC, checkIndex, checkPresent } from './prelude.js'
import { filled, templateOf } from './template.js'

/** A function on the packed state at `a[o]`. Truth values are 0 and 1. */
export type PackedFunction = (a: Int32Array, o: number, ...parameters: number[]) => number

/** What functions need to know of the model that they run for. */
export interface ModelInUse {
  /** The positions of the elements of variables, by the numbers of their declarations. */
  readonly positions: readonly (readonly [id: number, position: Int32Array])[]
  /** Called with the number of a declaration and a value out of its range. */
  readonly bad: (id: number, value: number) => never
}

export class CommonFunctions {
  /** Functions, accessors of variables and tables, by their names. */
  private readonly made = new Map<string, unknown>()
  private readonly places: Int32Array[] = []
  private model: ModelInUse | null = null

  /** From now on functions run for this model. */
  use(model: ModelInUse): void {
    if (this.model === model) return
    this.model = model
    for (const [id, position] of model.positions) this.places[id] = position
  }

  /** The function, ready to run. */
  get({ name }: RuleFunction): PackedFunction {
    return this.made.get(name) as PackedFunction
  }

  /** Compiles those of these functions and their callees that are new. */
  add(functions: Iterable<RuleFunction>): void {
    const news = this.newsIn(functions)
    if (news.length === 0) return
    const inside = new Map<string, string>()
    for (const fn of news) {
      inside.set(fn.name, filled(fn, POSITIONS))
      for (const [variable, kinds] of templateOf(fn).accessed)
        for (const kind of kinds) this.access(variable, kind, inside)
    }
    const outside = new Set<string>()
    for (const fn of news) for (const name of namesIn(fn)) if (!inside.has(name)) outside.add(name)
    const names = [...inside.keys()]
    const code = ['"use strict"', ...ARITHMETIC, ...inside.values(), `return [${names.join(', ')}]`]
    const known = [...outside].map((name) => this.made.get(name))
    const make = new Function('places', 'bad', 'at', 'here', ...outside, code.join('\n'))
    const made = make(this.places, this.bad, checkIndex, checkPresent, ...known)
    for (const [i, name] of names.entries()) this.made.set(name, made[i])
  }

  private readonly bad = (id: number, value: number) => this.model?.bad(id, value)

  private newsIn(functions: Iterable<RuleFunction>): readonly RuleFunction[] {
    const news = new Set<RuleFunction>()
    const include = (fn: RuleFunction): void => {
      if (fn.body === null || news.has(fn) || this.made.has(fn.name)) return
      news.add(fn)
      const { callees, tables } = usesOf(fn)
      for (const callee of callees) include(callee)
      for (const { name, numbers } of tables) this.made.set(name, numbers)
    }
    for (const fn of functions) include(fn)
    return [...news]
  }

  private access(variable: Declaration, kind: Access, inside: Map<string, string>): void {
    const name = `v${variable.id}_${kind}`
    if (inside.has(name) || this.made.has(name)) return
    const at = `places[${variable.id}]`
    inside.set(name, accessorsOf(variable, { at, number: variable.id }, JAVASCRIPT)[kind])
  }
}

const POSITIONS: Positions = {
  word: ({ id }, index) => `a[o + (places[${id}][${index}] >> 5)]`,
  shift: ({ id }, index) => `(places[${id}][${index}] & 31)`,
}

/** The names of functions and tables that a function's text uses. */
function* namesIn(fn: RuleFunction): Generator<string> {
  const { callees, tables } = usesOf(fn)
  for (const { name } of [...callees, ...tables]) yield name
  for (const [{ id }, kinds] of templateOf(fn).accessed)
    for (const kind of kinds) yield `v${id}_${kind}`
}
