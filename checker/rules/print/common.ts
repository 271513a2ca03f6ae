/**
 * Functions that have been read, as JavaScript that all models share. Each template is compiled
 * once, so that V8 keeps what it learns about it from one model to the next. Where a variable lies
 * differs from model to model: it is looked up in tables, those of the model that is in use.
 */
import type { Declaration, RuleFunction } from '../tree.js'
import { type Access, JAVASCRIPT, type Positions } from './code.js'
import { accessorsOf, usesOf } from './functions.js'
import { ARITHMETIC, checkIndex, checkPresent } from './prelude.js'
import { fill, printed, type Template } from './template.js'

/** A function on the packed state at `a[o]`. Truth values are 0 and 1. */
export type PackedFunction = (a: Int32Array, o: number, ...parameters: number[]) => number

/** What functions need to know of the model that they run for. */
export interface ModelInUse {
  /** The positions of the elements of variables, by the numbers of their declarations. */
  readonly positions: readonly (readonly [id: number, position: Int32Array])[]
  /** Called with the number of a declaration and a value out of its range. */
  readonly bad: (id: number, value: number) => never
}

/** Makes the function of a template, given the functions that it calls. */
type Maker = (...callees: readonly PackedFunction[]) => PackedFunction

export class CommonFunctions {
  private readonly functions = new Map<RuleFunction, PackedFunction>()
  private readonly makers = new Map<Template, Maker>()
  /** Accessors of variables and tables, by their names. */
  private readonly named = new Map<string, unknown>()
  private readonly places: Int32Array[] = []
  private model: ModelInUse | null = null

  /** From now on functions run for this model. */
  use(model: ModelInUse): void {
    if (this.model === model) return
    this.model = model
    for (const [id, position] of model.positions) this.places[id] = position
  }

  /** The function, ready to run. */
  get(fn: RuleFunction): PackedFunction {
    const known = this.functions.get(fn)
    if (known) return known
    this.add([fn])
    return this.functions.get(fn) as PackedFunction
  }

  /** Makes those of these functions and their callees that are new. */
  add(functions: Iterable<RuleFunction>): void {
    const news = this.newsIn(functions)
    this.compile(news.filter((fn) => !this.makers.has(printed(fn).template)))
    for (const fn of news) {
      const { template, callees } = printed(fn)
      const make = this.makers.get(template) as Maker
      this.functions.set(fn, make(...callees.map((callee) => this.get(callee))))
    }
  }

  /** Compiles the templates of functions, all together. */
  private compile(functions: readonly RuleFunction[]): void {
    const makers = new Map<Template, string>()
    const accessors = new Map<string, string>()
    const outside = new Set<string>()
    for (const fn of functions) {
      const { template } = printed(fn)
      if (makers.has(template)) continue
      const callees = template.gaps.filter(({ part }) => part === 'callee').map((_, i) => `c${i}`)
      const text = fill(template, 'f', callees, POSITIONS)
      makers.set(template, `(${callees}) => ${text}`)
      for (const { name, numbers } of usesOf(fn).tables) {
        this.named.set(name, numbers)
        outside.add(name)
      }
      for (const [variable, kinds] of template.accessed)
        for (const kind of kinds) {
          const name = `v${variable.id}_${kind}`
          if (this.named.has(name)) outside.add(name)
          else accessors.set(name, accessor(variable, kind))
        }
    }
    if (makers.size === 0) return
    const made = this.run(
      ['"use strict"', ...ARITHMETIC, ...accessors.values()],
      [...accessors.keys(), ...makers.values()],
      outside,
    )
    for (const [i, name] of [...accessors.keys()].entries()) this.named.set(name, made[i])
    for (const [i, template] of [...makers.keys()].entries())
      this.makers.set(template, made[accessors.size + i] as Maker)
  }

  /** The values of expressions behind some declarations. @param outside names they use. */
  private run(
    declarations: readonly string[],
    expressions: readonly string[],
    outside: ReadonlySet<string>,
  ): readonly unknown[] {
    const code = [...declarations, `return [${expressions.join(',\n')}]`].join('\n')
    const make = new Function('places', 'bad', 'at', 'here', ...outside, code)
    const known = [...outside].map((name) => this.named.get(name))
    return make(this.places, this.bad, checkIndex, checkPresent, ...known)
  }

  private readonly bad = (id: number, value: number) => this.model?.bad(id, value)

  /** Each behind those that it calls. */
  private newsIn(functions: Iterable<RuleFunction>): readonly RuleFunction[] {
    const news = new Set<RuleFunction>()
    const include = (fn: RuleFunction): void => {
      if (fn.body === null || news.has(fn) || this.functions.has(fn)) return
      for (const callee of printed(fn).callees) include(callee)
      news.add(fn)
    }
    for (const fn of functions) include(fn)
    return [...news]
  }
}

function accessor(variable: Declaration, kind: Access): string {
  const at = `places[${variable.id}]`
  return accessorsOf(variable, { at, number: variable.id }, JAVASCRIPT)[kind]
}

const POSITIONS: Positions = {
  word: ({ id }, index) => `a[o + (places[${id}][${index}] >> 5)]`,
  shift: ({ id }, index) => `(places[${id}][${index}] & 31)`,
}
