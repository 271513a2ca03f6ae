/**
 * From rule source to code on packed states.
 *
 * The translator walks the syntax tree of a rule, a property or a helper and prints JavaScript in
 * which every named field has become a read or a checked write of bits in the vector `a` at `o`.
 * It knows the declared range of every variable, so names (`'idle'`) become numbers, indices that
 * are known become fixed positions, and indices that are not are checked.
 *
 * The subset, also in the design: parameters; fields of the state; integers, booleans and names;
 * `+ - * % Math.floor(x / y) Math.min Math.max`; comparisons; `&& || ! ?:`; `const`, `let`; `if`;
 * `for` over a counter or `for...of` over a list of the state; `return`, `break`, `continue`;
 * assignment to fields and `let` variables; calls of functions in the model's vocabulary.
 * Anything else raises OutsideSubset with the piece of text that is the reason.
 */
import type * as acorn from 'acorn'
import { ModelError } from '../model.js'
import type { Leaf } from '../state/layout.js'
import {
  type Bodies,
  excerpt,
  type FunctionSource,
  functionSource,
  OutsideSubset,
} from './source.js'
import {
  Frame,
  fixedIndex,
  type Literal,
  type Meaning,
  NO_VALUE,
  type Place,
  type Scope,
  shapeOf,
  typeOfLeaf,
} from './translate/abstract-values.js'
import { Statements } from './translate/statements.js'
import type { Code, Helper, Question } from './translate/types.js'

export class Translator extends Statements {
  private readonly root: Place = { kind: 'place', node: this.layout.root, indices: [] }
  private readonly helpers = new Map<string, Helper>()
  private readonly answering = (question: Question) => this.answer(question)
  private readonly locations = new Map<string, { leaf: Leaf; index: number } | null>()

  /**
   * Translates one function of the state and some known integers into a function `(a, o)`. A
   * condition must leave the state alone; one that may not is refused.
   * @param bodies functions that are to be read with another body; each may be called once.
   * @returns the name of the printed function, and what is known of it.
   * @throws OutsideSubset
   */
  translate(
    fn: (...args: never[]) => unknown,
    parameters: readonly number[],
    as: 'condition' | 'effect',
    bodies: Bodies = new Map(),
  ): Helper {
    const literals = parameters.map((value): Literal => ({ kind: 'literal', value }))
    const helper = this.withBodies(bodies, () => this.helper(fn, [this.root, ...literals]))
    const isName = helper.result.kind === 'name'
    if (as === 'condition' && (isName || this.library.changing.has(helper.name))) {
      const { text } = functionSource(fn)
      const shown = excerpt(text, { start: 0, end: text.length })
      const why = isName ? 'is a name, not a truth value' : 'changes the state'
      throw new OutsideSubset(`condition \`${shown}\` ${why}`)
    }
    return helper
  }

  private withBodies(bodies: Bodies, translate: () => Helper): Helper {
    this.bodies = bodies
    this.calledAt.clear()
    try {
      return translate()
    } finally {
      this.bodies = new Map()
    }
  }

  /** An expression over `a` and `o`: is the model's location, for these parameters, this one? */
  locationTest(
    location: (...args: never[]) => unknown,
    parameters: readonly number[],
    at: string,
  ): string {
    const found = this.locationDiscriminators(location, parameters, at)[0]
    if (!found) throw new OutsideSubset('a location that is not one variable of the state')
    const { leaf, index, value } = found
    const position = leaf.position[index]
    const bits = `a[o + ${position >> 5}] >>> ${position & 31} & ${2 ** leaf.width - 1}`
    return `(${bits}) === ${value - leaf.scalar.min}`
  }

  /**
   * The location as a test of one variable; none when it is not that simple.
   * @throws ModelError when `at` is not among the variable's names.
   */
  locationDiscriminators(
    location: (...args: never[]) => unknown,
    parameters: readonly number[],
    at: string,
  ): { leaf: Leaf; index: number; value: number }[] {
    const found = this.locationOf(location, parameters)
    if (!found) return []
    const { path, scalar } = found.leaf
    const value = scalar.names.indexOf(at)
    if (value < 0)
      throw new ModelError(`\`at: '${at}'\` is no place: ${path} is ${scalar.names.join(' | ')}`)
    return [{ ...found, value }]
  }

  private locationOf(
    location: (...args: never[]) => unknown,
    parameters: readonly number[],
  ): { leaf: Leaf; index: number } | null {
    const source = functionSource(location)
    if (source.body.type === 'BlockStatement') return null
    const asked = parameters.slice(0, source.parameters.length - 1)
    const key = `${this.library.identity(location)} ${asked}`
    const known = this.locations.get(key)
    if (known !== undefined) return known
    this.frame = new Frame(source)
    const place = this.meaning(source.body, this.rootScope(source, parameters))
    const isVariable = place.kind === 'place' && place.node.kind === 'leaf'
    const index = isVariable ? fixedIndex(place) : null
    const found =
      index === null ? null : { leaf: (place as { node: { leaf: Leaf } }).node.leaf, index }
    this.locations.set(key, found)
    return found
  }

  /**
   * How often a loop of a function of the state is run, and the first value of its counter (0 for a
   * loop over a list), where that is so whatever the state; else null.
   */
  rounds(
    fn: (...args: never[]) => unknown,
    loop: acorn.ForStatement | acorn.ForOfStatement,
  ): { from: number; count: number } | null {
    try {
      const source = functionSource(fn)
      this.frame = new Frame(source)
      const scope: Scope = { names: new Map([[source.parameters[0], this.root]]), outer: null }
      if (loop.type === 'ForOfStatement') {
        const list = this.lengthOf(this.meaning(loop.right, scope), loop.right)
        return { from: 0, count: Number((list as Literal).value) }
      }
      const { id, init } = (loop.init as acorn.VariableDeclaration).declarations[0]
      const from = this.value(init as acorn.Expression, scope)
      const counter = (id as acorn.Identifier).name
      const { low, high } = this.loopBounds(loop, counter, from, { names: new Map(), outer: scope })
      const end = this.value((loop.test as acorn.BinaryExpression).right, scope)
      if (low === undefined || high === undefined) return null
      if (from.low !== from.high || end.low !== end.high) return null
      return { from: low, count: Math.max(0, high - low + 1) }
    } catch {
      return null
    }
  }

  private rootScope(source: FunctionSource, parameters: readonly number[]): Scope {
    const literals = parameters.map((value): Literal => ({ kind: 'literal', value }))
    return this.scopeOf(source, [this.root, ...literals])
  }

  /**
   * The conjuncts `field === value` of a guard that speak of a fixed position, outermost first:
   * what the dispatcher may switch on. Only those that are reached before anything can fail: a
   * failing guard is an error of the model and must not go unseen. A guard it cannot read has none.
   */
  discriminators(
    fn: (...args: never[]) => unknown,
    parameters: readonly number[],
  ): { leaf: Leaf; index: number; value: number }[] {
    try {
      const source = functionSource(fn)
      this.frame = new Frame(source)
      const scope = this.rootScope(source, parameters)
      let body: acorn.Expression | null = null
      if (source.body.type !== 'BlockStatement') body = source.body
      else
        for (const statement of source.body.body) {
          if (statement.type === 'ReturnStatement') body = statement.argument ?? null
          if (statement.type !== 'VariableDeclaration') break
          // Nothing may be skipped that could fail.
          if (this.acts(this.declare(statement, scope))) break
        }
      return body ? this.equalities(body, scope) : []
    } catch {
      return []
    }
  }

  private equalities(
    node: acorn.Expression,
    scope: Scope,
  ): { leaf: Leaf; index: number; value: number }[] {
    if (node.type === 'LogicalExpression' && node.operator === '&&') {
      const first = this.equalities(node.left, scope)
      return this.mayAct(node.left, scope)
        ? first
        : [...first, ...this.equalities(node.right, scope)]
    }
    if (node.type !== 'BinaryExpression' || node.operator !== '===') return []
    const left = this.meaning(node.left, scope)
    const right = this.meaning(node.right, scope)
    if (left.kind !== 'place' || left.node.kind !== 'leaf' || right.kind !== 'literal') return []
    const index = fixedIndex(left)
    if (index === null) return []
    const value = this.literalNumber(right, typeOfLeaf(left.node.leaf), node)
    return [{ leaf: left.node.leaf, index, value }]
  }

  private mayAct(node: acorn.Expression, scope: Scope): boolean {
    try {
      return this.acts(this.test(node, scope).code)
    } catch {
      return true
    }
  }

  /** Prints `fn` for the given kind of arguments, once, and says what is known of it. */
  protected helper(fn: (...args: never[]) => unknown, args: readonly Meaning[]): Helper {
    const { library, helpers } = this
    if (this.bodies.has(fn)) return this.translateAfresh(fn, args)
    const key = `${library.identity(fn)} ${args.map(shapeOf).join(' ')}`
    const known = helpers.get(key)
    if (known) return known
    const found = library.find(key, this.answering)
    const helper = found ?? this.translateAfresh(fn, args)
    if (!found) library.keep(key, helper)
    helpers.set(key, helper)
    return helper
  }

  private translateAfresh(fn: (...args: never[]) => unknown, args: readonly Meaning[]): Helper {
    const { library } = this
    const source = this.sourceOf(fn)
    const outerFrame = this.frame
    const frame = new Frame(source)
    this.frame = frame
    this.active.add(fn)
    try {
      const dynamic: string[] = []
      const inner = args.map((arg, i) => this.parameter(arg, i, dynamic))
      const code = this.functionBody(source.body, this.scopeOf(source, inner))
      const name = library.print(`(${['a', 'o', ...dynamic].join(', ')}) {\n${code}}`, fn.name)
      const acts = this.acts(code)
      if (this.changes(code)) library.changing.add(name)
      if (acts) library.acting.add(name)
      const { reads, writes, facts } = frame
      const { type, low, high, origin, unread } = frame.returned ?? { type: NO_VALUE }
      const value = { result: type, low, high, origin, unread }
      return { name, ...value, reads, writes: [...writes], acts, facts: [...facts] }
    } finally {
      this.frame = outerFrame
      this.active.delete(fn)
    }
  }

  protected functionBody(body: acorn.BlockStatement | acorn.Expression, scope: Scope): string {
    if (body.type === 'BlockStatement') {
      const code = this.block(body, scope)
      if (this.frame.returned && (this.frame.empty || !this.frame.ended))
        this.refuse(body, 'returns a value on some ways through it only')
      return code
    }
    if (body.type === 'AssignmentExpression' || body.type === 'UpdateExpression')
      return `${this.effect(body, scope)};\n`
    return this.returned(body, scope)
  }

  /** The meaning of an argument inside the called function: what is known stays known. */
  protected parameter(arg: Meaning, i: number, dynamic: string[]): Meaning {
    const rename = (code: Code | Literal, j: number): Code | Literal => {
      if (code.kind === 'literal') return code
      const name = `p${i}_${j}`
      this.frame.fixed.add(name)
      dynamic.push(name)
      return { ...code, code: name }
    }
    switch (arg.kind) {
      case 'literal':
        return arg
      case 'code':
        return rename(arg, 0)
      case 'place':
        this.visit(arg.node)
        return { ...arg, indices: arg.indices.map(rename) }
      case 'table':
        return {
          ...arg,
          steps: arg.steps.map((step, j) =>
            typeof step === 'string' ? step : (rename(step, j) as Code),
          ),
        }
    }
  }
}
