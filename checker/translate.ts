/**
 * From rule source to code on packed states.
 *
 * The translator walks the syntax tree of a rule, a property or a helper and prints JavaScript in
 * which every named field has become a read or a checked write of bits in the vector `a` at `o`.
 * It knows the declared range of every variable, so names (`'idle'`) become numbers, indices that
 * are known become fixed positions, and indices that are not are checked.
 *
 * The subset, also in DESIGN.md: parameters; fields of the state; integers, booleans and names;
 * `+ - * % Math.floor(x / y) Math.min Math.max`; comparisons; `&& || ! ?:`; `const`, `let`; `if`;
 * `for` over a counter or `for...of` over a list of the state; `return`, `break`, `continue`;
 * assignment to fields and `let` variables; calls of functions in the model's vocabulary.
 * Anything else raises OutsideSubset with the piece of text that is the reason.
 */
import type * as acorn from 'acorn'
import type { Leaf } from './layout.js'
import { ModelError } from './model.js'
import { excerpt, type FunctionSource, OutsideSubset, sourceOf } from './source.js'
import {
  bitsOf,
  type Code,
  Frame,
  fixedIndex,
  type Helper,
  type Literal,
  type Meaning,
  NONE,
  type Place,
  type Scope,
  shapeOf,
  typeOfLeaf,
} from './translate/meanings.js'
import { Statements } from './translate/statements.js'

export class Translator extends Statements {
  private readonly root: Place = { kind: 'place', node: this.layout.root, indices: [] }

  /** The printed functions, as JavaScript. */
  get code(): string[] {
    return this.functions.map(({ name, text }) => `function ${name}${text}`)
  }

  /**
   * Translates one function of the state and some known integers into a function `(a, o)`. A
   * condition must leave the state alone; one that may not is refused.
   * @returns the name of the printed function, and what is known of it.
   * @throws OutsideSubset
   */
  translate(
    fn: (...args: never[]) => unknown,
    parameters: readonly number[],
    as: 'condition' | 'effect',
  ): Helper {
    const literals = parameters.map((value): Literal => ({ kind: 'literal', value }))
    const helper = this.helper(fn, [this.root, ...literals])
    const isName = helper.result.kind === 'name'
    if (as === 'condition' && (isName || this.changing.has(helper.name))) {
      const { text } = sourceOf(fn)
      const shown = excerpt(text, { start: 0, end: text.length })
      const why = isName ? 'is a name, not a truth value' : 'changes the state'
      throw new OutsideSubset(`condition \`${shown}\` ${why}`)
    }
    return helper
  }

  /** An expression over `a` and `o`: is the model's location, for these parameters, this one? */
  locationTest(
    location: (...args: never[]) => unknown,
    parameters: readonly number[],
    at: string,
  ): string {
    const found = this.locationDiscriminators(location, parameters, at)[0]
    if (!found) throw new OutsideSubset('a location that is not one variable of the state')
    const { word, shift, mask } = bitsOf(found.leaf, found.index)
    return `(a[o + ${word}] >>> ${shift} & ${mask}) === ${found.value - found.leaf.scalar.min}`
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
    const source = sourceOf(location)
    if (source.body.type === 'BlockStatement') return []
    this.frame = new Frame(source)
    const place = this.meaning(source.body, this.rootScope(source, parameters))
    if (place.kind !== 'place' || place.node.kind !== 'leaf') return []
    const index = fixedIndex(place)
    if (index === null) return []
    const { leaf } = place.node
    const value = leaf.scalar.names.indexOf(at)
    if (value < 0)
      throw new ModelError(
        `\`at: '${at}'\` is no place: ${leaf.path} is ${leaf.scalar.names.join(' | ')}`,
      )
    return [{ leaf, index, value }]
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
      const source = sourceOf(fn)
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
    const source = sourceOf(fn)
    const key = `${this.identity(fn)} ${args.map(shapeOf).join(' ')}`
    const known = this.helpers.get(key)
    if (known) return known
    const outerFrame = this.frame
    const frame = new Frame(source)
    this.frame = frame
    this.active.add(fn)
    try {
      const dynamic: string[] = []
      const inner = args.map((arg, i) => this.parameter(arg, i, dynamic))
      const code = this.functionBody(source.body, this.scopeOf(source, inner))
      const name = this.print(`(${['a', 'o', ...dynamic].join(', ')}) {\n${code}}`)
      const acts = this.acts(code)
      if (this.changes(code)) this.changing.add(name)
      if (acts) this.acting.add(name)
      const { reads, writes } = frame
      const { type, low, high, origin } = frame.returned ?? { type: NONE }
      const helper: Helper = { name, result: type, reads, writes, acts, low, high, origin }
      this.helpers.set(key, helper)
      return helper
    } finally {
      this.frame = outerFrame
      this.active.delete(fn)
    }
  }

  /** The name of a function of this text: equal texts are printed once. */
  private print(text: string): string {
    const known = this.names.get(text)
    if (known) return known
    const name = `f${this.counter++}`
    this.names.set(text, name)
    this.functions.push({ name, text })
    return name
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

  protected readonly identities = new Map<unknown, number>()
  protected identity(fn: unknown): number {
    const known = this.identities.get(fn) ?? this.identities.size
    this.identities.set(fn, known)
    return known
  }

  /** The meaning of an argument inside the called function: what is known stays known. */
  protected parameter(arg: Meaning, i: number, dynamic: string[]): Meaning {
    const rename = (code: Code | Literal, j: number): Code | Literal => {
      if (code.kind === 'literal') return code
      const name = `p${i}_${j}`
      this.fixed.add(name)
      dynamic.push(name)
      return { ...code, code: name }
    }
    switch (arg.kind) {
      case 'literal':
        return arg
      case 'code':
        return rename(arg, 0)
      case 'place':
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
