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
import type { Layout, LayoutNode, Leaf } from './layout.js'
import { excerpt, type FunctionSource, OutsideSubset, sourceOf } from './source.js'

/** What a value is: a number, a truth value, or a name out of a list of names. */
type ValueType = { readonly kind: 'int' | 'bool' | 'none' } | NameType
interface NameType {
  readonly kind: 'name'
  readonly names: readonly string[]
  /** True for the names that happen to occur in a constant: any other name is simply not there. */
  readonly open?: boolean
}

const INT: ValueType = { kind: 'int' }
const BOOL: ValueType = { kind: 'bool' }
const NONE: ValueType = { kind: 'none' }

/** Printed code of a value; `low`/`high` bound an integer where they are known. */
interface Code {
  readonly kind: 'code'
  readonly code: string
  readonly type: ValueType
  readonly low?: number
  readonly high?: number
}

/** A value known while translating. A string among them is a name whose list is not yet known. */
interface Literal {
  readonly kind: 'literal'
  readonly value: number | boolean | string
}

/** A part of the state: a node of the layout and the indices that lead to it. */
interface Place {
  readonly kind: 'place'
  readonly node: LayoutNode
  readonly indices: readonly (Code | Literal)[]
}

/** A part of a constant of the state, possibly at indices known only when the rule runs. */
interface Table {
  readonly kind: 'table'
  readonly value: unknown
  /** Steps from `value` to the part that is meant: field names, known indices, other indices. */
  readonly steps: readonly (string | Code)[]
  readonly path: string
}

type Meaning = Code | Literal | Place | Table

interface Scope {
  readonly names: Map<string, Meaning>
  readonly outer: Scope | null
}

/** A printed function: its name, and what it returns. */
interface Helper {
  readonly name: string
  readonly result: ValueType
  /** Every variable it may look at, by way of the functions it calls too. */
  readonly reads: ReadonlySet<Leaf>
  readonly low?: number
  readonly high?: number
}

interface Frame {
  readonly source: FunctionSource
  readonly reads: Set<Leaf>
  result: ValueType | null
  /** Does some way through end without a value? */
  empty?: boolean
  /** Bounds of the numbers returned so far; undefined when one of them is unbounded. */
  low?: number
  high?: number
}

export class Translator {
  /** Printed functions: rules, guards, properties and the helpers they call. */
  readonly functions: string[] = []
  /** Printed functions that read and write variables at computed indices. */
  readonly accessorFunctions: string[] = []
  /** Tables the printed code refers to, by name. */
  readonly tables = new Map<string, Int32Array>()
  private readonly helpers = new Map<string, Helper>()
  private readonly accessors = new Map<Leaf, string>()
  private readonly tableNames = new Map<string, string>()
  private readonly active = new Set<unknown>()
  /** Printed functions that may change the state, and those that may do so or fail. */
  private readonly changing = new Set<string>()
  private readonly acting = new Set<string>()
  /** Printed names that keep their value as long as they are visible. */
  private readonly fixed = new Set<string>()
  private counter = 0
  private frame!: Frame

  constructor(
    private readonly layout: Layout<unknown>,
    private readonly vocabulary: Readonly<Record<string, unknown>>,
  ) {}

  /**
   * Translates one function of the state and some known integers into a function `(a, o)`. A
   * condition must leave the state alone; one that may not is refused.
   * @returns the name of the printed function, and the variables it may look at.
   * @throws OutsideSubset
   */
  translate(
    fn: (...args: never[]) => unknown,
    parameters: readonly number[],
    as: 'condition' | 'effect',
  ): { name: string; reads: ReadonlySet<Leaf> } {
    const mark = this.functions.length
    const known = new Map(this.helpers)
    try {
      const root: Place = { kind: 'place', node: this.layout.root, indices: [] }
      const literals = parameters.map((value): Literal => ({ kind: 'literal', value }))
      const helper = this.helper(fn, [root, ...literals])
      const { name, result } = helper
      if (as === 'condition' && (this.changing.has(name) || result.kind === 'name')) {
        const { text } = sourceOf(fn)
        const why = result.kind === 'name' ? 'is a name, not a truth value' : 'changes the state'
        throw new OutsideSubset(
          `condition \`${excerpt(text, { start: 0, end: text.length })}\` ${why}`,
        )
      }
      return helper
    } catch (error) {
      this.functions.length = mark
      this.helpers.clear()
      for (const [key, helper] of known) this.helpers.set(key, helper)
      throw error
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
    const { word, shift, mask } = bitsOf(found.leaf, found.index)
    return `(a[o + ${word}] >>> ${shift} & ${mask}) === ${found.value - found.leaf.scalar.min}`
  }

  /**
   * The location as a test of one variable; none when it is not that simple.
   * @throws Error when `at` is not among the variable's names.
   */
  locationDiscriminators(
    location: (...args: never[]) => unknown,
    parameters: readonly number[],
    at: string,
  ): { leaf: Leaf; index: number; value: number }[] {
    const source = sourceOf(location)
    if (source.body.type === 'BlockStatement') return []
    this.frame = { source, reads: new Set(), result: null }
    const place = this.meaning(source.body, this.rootScope(source, parameters))
    if (place.kind !== 'place' || place.node.kind !== 'leaf') return []
    const index = fixedIndex(place)
    if (index === null) return []
    const { leaf } = place.node
    const value = leaf.scalar.names.indexOf(at)
    if (value < 0)
      throw new Error(
        `\`at: '${at}'\` is no place: ${leaf.path} is ${leaf.scalar.names.join(' | ')}`,
      )
    return [{ leaf, index, value }]
  }

  private rootScope(source: FunctionSource, parameters: readonly number[]): Scope {
    const root: Place = { kind: 'place', node: this.layout.root, indices: [] }
    const literals = parameters.map((value): Literal => ({ kind: 'literal', value }))
    return this.scopeOf(source, [root, ...literals])
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
      this.frame = { source, reads: new Set(), result: null }
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
      return this.acts(this.test(node, scope))
    } catch {
      return true
    }
  }

  // --- functions ---------------------------------------------------------------------------

  /** Prints `fn` for the given kind of arguments, once, and returns its name and result type. */
  private helper(fn: (...args: never[]) => unknown, args: readonly Meaning[]): Helper {
    const source = sourceOf(fn)
    const key = `${this.identity(fn)} ${args.map(shapeOf).join(' ')}`
    const known = this.helpers.get(key)
    if (known) return known
    const outerFrame = this.frame
    const name = `f${this.counter++}`
    this.frame = { source, reads: new Set(), result: null }
    this.active.add(fn)
    try {
      const dynamic: string[] = []
      const inner = args.map((arg, i) => this.parameter(arg, i, dynamic))
      const code = this.functionBody(source.body, this.scopeOf(source, inner))
      const { result, low, high, reads } = this.frame
      if (this.changes(code)) this.changing.add(name)
      if (this.acts(code)) this.acting.add(name)
      this.functions.push(`function ${name}(${['a', 'o', ...dynamic].join(', ')}) {\n${code}}`)
      const entry: Helper = { name, result: result ?? NONE, low, high, reads }
      this.helpers.set(key, entry)
      return entry
    } finally {
      this.frame = outerFrame
      this.active.delete(fn)
    }
  }

  /** May running this code change the state? */
  private changes(code: string): boolean {
    return /_set\(|\] = /.test(code) || callsOneOf(code, this.changing)
  }

  /** May running this code change the state or fail? Then it must be run, and just once. */
  private acts(code: string): boolean {
    return this.changes(code) || /\b(at|here)\(/.test(code) || callsOneOf(code, this.acting)
  }

  private functionBody(body: acorn.BlockStatement | acorn.Expression, scope: Scope): string {
    if (body.type === 'BlockStatement') {
      const code = this.block(body, scope)
      if (this.frame.result && (this.frame.empty || !alwaysReturns(body)))
        this.refuse(body, 'returns a value on some ways through it only')
      return code
    }
    if (body.type === 'AssignmentExpression' || body.type === 'UpdateExpression')
      return `${this.effect(body, scope)};\n`
    return this.returned(body, scope)
  }

  private readonly identities = new Map<unknown, number>()
  private identity(fn: unknown): number {
    const known = this.identities.get(fn) ?? this.identities.size
    this.identities.set(fn, known)
    return known
  }

  /** The meaning of an argument inside the called function: what is known stays known. */
  private parameter(arg: Meaning, i: number, dynamic: string[]): Meaning {
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

  private scopeOf(source: FunctionSource, args: readonly Meaning[]): Scope {
    if (args.length < source.parameters.length)
      throw new OutsideSubset(`a call that leaves out ${source.parameters[args.length]}`)
    const names = new Map<string, Meaning>()
    source.parameters.forEach((parameter, i) => {
      names.set(parameter, args[i])
    })
    return { names, outer: null }
  }

  // --- statements --------------------------------------------------------------------------

  private block(node: acorn.BlockStatement, outer: Scope): string {
    const scope: Scope = { names: new Map(), outer }
    return node.body.map((statement) => this.statement(statement, scope)).join('')
  }

  private statement(node: acorn.Statement | acorn.ModuleDeclaration, scope: Scope): string {
    switch (node.type) {
      case 'BlockStatement':
        return `{\n${this.block(node, scope)}}\n`
      case 'VariableDeclaration':
        return this.declare(node, scope)
      case 'ExpressionStatement':
        return `${this.effect(node.expression, scope)};\n`
      case 'ReturnStatement':
        if (node.argument) return this.returned(node.argument, scope)
        this.frame.empty = true
        return 'return;\n'
      case 'IfStatement': {
        const test = this.test(node.test, scope)
        const then = this.statement(node.consequent, scope)
        const otherwise = node.alternate ? this.statement(node.alternate, scope) : ''
        if (test === 'true') return then
        if (test === 'false') return otherwise
        return `if (${test}) {\n${then}}${otherwise ? ` else {\n${otherwise}}` : ''}\n`
      }
      case 'ForStatement':
        return this.forLoop(node, scope)
      case 'ForOfStatement':
        return this.forOfLoop(node, scope)
      case 'BreakStatement':
      case 'ContinueStatement':
        if (node.label) return this.refuse(node)
        return node.type === 'BreakStatement' ? 'break;\n' : 'continue;\n'
      case 'EmptyStatement':
        return ''
      default:
        return this.refuse(node)
    }
  }

  private returned(node: acorn.Expression, scope: Scope): string {
    const meaning = this.meaning(node, scope)
    if (meaning.kind === 'code' && meaning.type.kind === 'none') {
      this.frame.empty = true
      return `${meaning.code};\nreturn;\n`
    }
    const value = this.asCode(meaning, node)
    const before = this.frame.result
    if (before && !sameType(before, value.type))
      this.refuse(node, 'returns values of different kinds')
    this.widen(value)
    return `return ${value.code};\n`
  }

  /** Takes one more returned value into account. */
  private widen({ type, low, high }: Code): void {
    const { frame } = this
    const both = (x: number | undefined, y: number | undefined, pick: typeof Math.min) =>
      x === undefined || y === undefined ? undefined : pick(x, y)
    frame.low = frame.result ? both(frame.low, low, Math.min) : low
    frame.high = frame.result ? both(frame.high, high, Math.max) : high
    frame.result = type
  }

  private declare(node: acorn.VariableDeclaration, scope: Scope): string {
    let printed = ''
    for (const { id, init } of node.declarations) {
      if (id.type !== 'Identifier' || !init || node.kind === 'var') return this.refuse(node)
      const meaning = this.meaning(init, scope)
      if (node.kind === 'const' && meaning.kind === 'literal') {
        scope.names.set(id.name, meaning)
      } else if (node.kind === 'const' && isPart(meaning)) {
        // A part of the state keeps its identity; its indices are fixed here and now.
        const fixed = this.fixIndices(meaning as Place | Table)
        printed += fixed.printed
        scope.names.set(id.name, fixed.meaning)
      } else {
        const value = this.asCode(meaning, init)
        const name = this.fresh(id.name)
        printed += `${node.kind} ${name} = ${value.code};\n`
        if (node.kind === 'const') this.fixed.add(name)
        const bounds = node.kind === 'const' ? { low: value.low, high: value.high } : {}
        scope.names.set(id.name, { kind: 'code', code: name, type: value.type, ...bounds })
      }
    }
    return printed
  }

  private fixIndices<M extends Place | Table>(meaning: M): { printed: string; meaning: M } {
    let printed = ''
    const fix = (index: Code | Literal): Code | Literal => {
      if (index.kind === 'literal' || this.fixed.has(index.code)) return index
      const name = this.fresh('i')
      this.fixed.add(name)
      printed += `const ${name} = ${index.code};\n`
      return { ...index, code: name }
    }
    const fixed =
      meaning.kind === 'place'
        ? { ...meaning, indices: meaning.indices.map(fix) }
        : {
            ...meaning,
            steps: meaning.steps.map((s) => (typeof s === 'string' ? s : (fix(s) as Code))),
          }
    return { printed, meaning: fixed as M }
  }

  private forLoop(node: acorn.ForStatement, outer: Scope): string {
    const scope: Scope = { names: new Map(), outer }
    const { init, test, update } = node
    if (init?.type !== 'VariableDeclaration' || init.declarations.length !== 1)
      return this.refuse(node)
    if (init.kind !== 'let') return this.refuse(node)
    const { id, init: first } = init.declarations[0]
    if (id.type !== 'Identifier' || !first || !test || !update) return this.refuse(node)
    const from = this.value(first, outer)
    if (from.type.kind !== 'int') return this.refuse(first, 'is no number to count from')
    const name = this.fresh(id.name)
    // Outside the body the counter also has the value that ends the loop, so no bounds there.
    scope.names.set(id.name, { kind: 'code', code: name, type: INT })
    const condition = this.test(test, scope)
    const step = this.effect(update, scope)
    const bounds = this.loopBounds(node, id.name, from, scope)
    scope.names.set(id.name, { kind: 'code', code: name, type: INT, ...bounds })
    this.fixed.add(name)
    const body = this.statement(node.body, scope)
    return `for (let ${name} = ${from.code}; ${condition}; ${step}) {\n${body}}\n`
  }

  /** Bounds of a counter that starts at a known number, goes up, and stops below a known one. */
  private loopBounds(
    { test, update }: acorn.ForStatement,
    counter: string,
    from: Code,
    scope: Scope,
  ): Partial<Code> {
    const isCounter = (node: acorn.Node) => (node as acorn.Identifier).name === counter
    const up = update?.type === 'UpdateExpression' && update.operator === '++'
    if (!up || test?.type !== 'BinaryExpression' || test.operator !== '<') return {}
    if (!isCounter(update.argument) || !isCounter(test.left) || from.low === undefined) return {}
    const { high } = this.value(test.right, scope.outer as Scope)
    return high === undefined ? {} : { low: from.low, high: high - 1 }
  }

  private forOfLoop(node: acorn.ForOfStatement, outer: Scope): string {
    const scope: Scope = { names: new Map(), outer }
    if (node.left.type !== 'VariableDeclaration' || node.left.kind !== 'const')
      return this.refuse(node)
    const { id } = node.left.declarations[0]
    if (id.type !== 'Identifier') return this.refuse(node)
    const over = this.meaning(node.right, outer)
    const i = this.fresh('i')
    this.fixed.add(i)
    let printed = ''
    let first = ''
    let length: number
    if (over.kind === 'place' && over.node.kind === 'list') {
      const fixed = this.fixIndices(over)
      printed = fixed.printed
      length = over.node.length
      const index: Code = { kind: 'code', code: i, type: INT, low: 0, high: length - 1 }
      const place: Place = {
        kind: 'place',
        node: over.node.element,
        indices: [...fixed.meaning.indices, index],
      }
      scope.names.set(id.name, place)
      if (place.node.kind === 'leaf') {
        // A value is read when its turn comes, and stays what it was then.
        const value = this.load(place, place.node.leaf)
        const name = this.fresh(id.name)
        this.fixed.add(name)
        first = `const ${name} = ${value.code};\n`
        scope.names.set(id.name, { ...value, code: name })
      }
    } else if (over.kind === 'table' && over.steps.every((s) => typeof s === 'string')) {
      const values = follow(over.value, over.steps as string[])
      if (!Array.isArray(values)) return this.refuse(node.right)
      length = values.length
      const index: Code = { kind: 'code', code: i, type: INT, low: 0, high: length - 1 }
      scope.names.set(id.name, { ...over, steps: [...over.steps, index] })
    } else return this.refuse(node.right, 'is not a list of the state')
    const body = this.statement(node.body, scope)
    return `${printed}for (let ${i} = 0; ${i} < ${length}; ${i}++) {\n${first}${body}}\n`
  }

  // --- effects -----------------------------------------------------------------------------

  private effect(node: acorn.Expression, scope: Scope): string {
    if (node.type === 'AssignmentExpression') return this.assign(node, scope)
    if (node.type === 'UpdateExpression') {
      const target = this.meaning(node.argument, scope)
      this.refuseRepeated(target, node)
      const one: Literal = { kind: 'literal', value: 1 }
      return this.store(
        target,
        this.arithmetic(node.operator === '++' ? '+' : '-', target, one, node),
        node,
      )
    }
    if (node.type === 'CallExpression') {
      const call = this.call(node, scope)
      if (call.kind === 'code') return call.code
      return '0'
    }
    return this.refuse(node)
  }

  private assign(node: acorn.AssignmentExpression, scope: Scope): string {
    const target = this.meaning(node.left as acorn.Expression, scope)
    const right = this.meaning(node.right, scope, typeHint(target))
    const compound = { '+=': '+', '-=': '-' }[node.operator as string]
    if (compound) {
      this.refuseRepeated(target, node)
      return this.store(target, this.arithmetic(compound, target, right, node), node)
    }
    if (node.operator !== '=') return this.refuse(node)
    return this.store(target, right, node)
  }

  /** What is both read and written has its indices printed twice: they must change nothing. */
  private refuseRepeated(target: Meaning, node: acorn.Node): void {
    if (dynamicCodes(target).some((index) => this.changes(index)))
      this.refuse(node, 'has an index that changes the state')
  }

  private store(target: Meaning, value: Meaning, node: acorn.Node): string {
    if (
      target.kind === 'code' &&
      /^[\w$]+\$\d+$/.test(target.code) &&
      !this.fixed.has(target.code)
    ) {
      const code = this.asCode(value, node, target.type)
      if (!sameType(code.type, target.type)) this.refuse(node, 'assigns a value of another kind')
      return `${target.code} = ${code.code}`
    }
    if (target.kind !== 'place' || target.node.kind !== 'leaf')
      return this.refuse(node, 'assigns to something that is not a variable')
    const { leaf } = target.node
    const type = typeOfLeaf(leaf)
    const code = this.asCode(value, node, type)
    if (!sameType(code.type, type)) this.refuse(node, 'assigns a value of another kind')
    const { min, max } = leaf.scalar
    const inRange =
      code.low !== undefined && code.high !== undefined && code.low >= min && code.high <= max
    const index = fixedIndex(target)
    if (index !== null && inRange && leaf.width > 0) {
      const { word, shift, mask } = bitsOf(leaf, index)
      const shifted =
        code.low === code.high && !this.acts(code.code)
          ? String((Number(code.low) - min) << shift)
          : `((${minus(code.code, min)}) << ${shift})`
      // The value first: it may change other bits of this word.
      return `a[o + ${word}] = ${shifted} | (a[o + ${word}] & ${~(mask << shift)})`
    }
    return `${this.accessor(leaf)}_set(a, o, ${this.indexCode(target)}, ${code.code})`
  }

  // --- values ------------------------------------------------------------------------------

  /** Code for a condition: anything JavaScript may branch on. */
  private test(node: acorn.Expression, scope: Scope): string {
    if (node.type === 'LogicalExpression') {
      if (node.operator === '??') return this.refuse(node)
      const left = this.test(node.left, scope)
      const decides = node.operator === '&&' ? 'false' : 'true'
      if (left === decides) return left
      const right = this.test(node.right, scope)
      if (left === 'true' || left === 'false') return right
      if (right === 'true' || right === 'false')
        return right === decides ? `(${left}, ${right})` : left
      return `(${left} ${node.operator} ${right})`
    }
    if (node.type === 'UnaryExpression' && node.operator === '!') {
      const inner = this.test(node.argument, scope)
      if (inner === 'true') return 'false'
      return inner === 'false' ? 'true' : `!(${inner})`
    }
    if (node.type === 'BinaryExpression' && COMPARISONS.has(node.operator))
      return this.comparison(node, scope)
    const value = this.value(node, scope)
    if (value.type.kind !== 'bool')
      this.refuse(node, 'is used as a condition but is no truth value')
    if (value.low === value.high && value.low !== undefined && !this.acts(value.code))
      return value.low ? 'true' : 'false'
    return `${value.code} !== 0`
  }

  private comparison(node: acorn.BinaryExpression, scope: Scope): string {
    const left = this.meaning(node.left as acorn.Expression, scope)
    const right = this.meaning(node.right, scope)
    if (isName(left) && isName(right) && ['===', '!=='].includes(node.operator))
      return String((left.value === right.value) === (node.operator === '==='))
    const hints = [typeHint(left), typeHint(right)]
    const hint = hints.find((h) => h?.kind === 'name' && !h.open) ?? hints[0] ?? hints[1]
    const l = this.asCode(left, node.left, hint)
    const r = this.asCode(right, node.right, hint)
    if (!sameType(l.type, r.type)) this.refuse(node, 'compares values of different kinds')
    if (l.type.kind !== 'int' && !['===', '!=='].includes(node.operator))
      this.refuse(node, 'orders values that are not numbers')
    const decided = this.acts(`${l.code}, ${r.code}`) ? null : decide(node.operator, l, r)
    if (decided !== null) return String(decided)
    return `(${l.code} ${node.operator} ${r.code})`
  }

  /** Code for a value; truth values are printed as 0 or 1. */
  private value(node: acorn.Expression, scope: Scope, hint?: ValueType): Code {
    return this.asCode(this.meaning(node, scope, hint), node, hint)
  }

  private meaning(node: acorn.Node, scope: Scope, hint?: ValueType): Meaning {
    const expression = node as acorn.Expression
    switch (expression.type) {
      case 'ParenthesizedExpression':
        return this.meaning(expression.expression, scope, hint)
      case 'Literal': {
        const { value } = expression
        if (typeof value === 'string' || typeof value === 'boolean' || Number.isInteger(value))
          return { kind: 'literal', value: value as string | boolean | number }
        return this.refuse(expression)
      }
      case 'Identifier':
        return this.named(expression, scope)
      case 'MemberExpression':
        return this.member(expression, scope)
      case 'CallExpression':
        return this.call(expression, scope)
      case 'UnaryExpression':
        if (expression.operator === '-') {
          const zero: Literal = { kind: 'literal', value: 0 }
          return this.arithmetic('-', zero, this.meaning(expression.argument, scope), node)
        }
        if (expression.operator === '!') return truth(this.test(expression, scope))
        return this.refuse(expression)
      case 'LogicalExpression':
        return truth(this.test(expression, scope))
      case 'BinaryExpression':
        if (COMPARISONS.has(expression.operator)) return truth(this.test(expression, scope))
        return this.arithmetic(
          expression.operator,
          this.meaning(expression.left, scope),
          this.meaning(expression.right, scope),
          node,
        )
      case 'SequenceExpression': {
        const last = importedInSequence(expression)
        return last ? this.meaning(last, scope, hint) : this.refuse(expression)
      }
      case 'ConditionalExpression':
        return this.conditional(expression, scope, hint)
      default:
        return this.refuse(expression)
    }
  }

  private conditional(node: acorn.ConditionalExpression, scope: Scope, hint?: ValueType): Meaning {
    const test = this.test(node.test, scope)
    if (test === 'true') return this.meaning(node.consequent, scope, hint)
    if (test === 'false') return this.meaning(node.alternate, scope, hint)
    const first = this.meaning(node.consequent, scope, hint)
    const second = this.meaning(node.alternate, scope, hint)
    const type = hint ?? typeHint(first) ?? typeHint(second)
    const l = this.asCode(first, node.consequent, type)
    const r = this.asCode(second, node.alternate, type)
    if (!sameType(l.type, r.type)) this.refuse(node, 'chooses between values of different kinds')
    const bounds =
      l.low !== undefined && r.low !== undefined && l.high !== undefined && r.high !== undefined
        ? { low: Math.min(l.low, r.low), high: Math.max(l.high, r.high) }
        : {}
    return { kind: 'code', code: `(${test} ? ${l.code} : ${r.code})`, type: l.type, ...bounds }
  }

  private named(node: acorn.Identifier, scope: Scope | null): Meaning {
    for (let s = scope; s; s = s.outer) {
      const found = s.names.get(node.name)
      if (found) return found
    }
    const value = this.vocabulary[node.name]
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string')
      return { kind: 'literal', value }
    return this.refuse(node, 'is neither a parameter, a local name nor in the vocabulary')
  }

  private member(node: acorn.MemberExpression, scope: Scope): Meaning {
    if (node.object.type === 'Super' || node.property.type === 'PrivateIdentifier' || node.optional)
      return this.refuse(node)
    const imported = this.importedName(node, scope)
    if (imported !== null) return this.named({ ...node, type: 'Identifier', name: imported }, null)
    const object = this.meaning(node.object, scope)
    if (node.computed) return this.element(object, this.value(node.property, scope, INT), node)
    const name = (node.property as acorn.Identifier).name
    if (name === 'length') return this.lengthOf(object, node)
    if (object.kind === 'place' && object.node.kind === 'record') {
      const field = object.node.fields.get(name)
      if (!field) return this.refuse(node, `names no field of ${object.node.path || 'the state'}`)
      if (field.kind === 'constant') this.refuseUnread(object, node)
      return placed(field, object.indices)
    }
    if (object.kind === 'table') return resolved({ ...object, steps: [...object.steps, name] })
    return this.refuse(node)
  }

  private element(object: Meaning, index: Code, node: acorn.MemberExpression): Meaning {
    if (index.type.kind !== 'int') return this.refuse(node, 'is indexed by what is no number')
    const { low, high } = index
    const known = low !== undefined && low === high && !this.acts(index.code)
    if (object.kind === 'place' && object.node.kind === 'list') {
      const { length, element, path } = object.node
      const inside = low !== undefined && low >= 0 && high !== undefined && high < length
      const checked = `at(${index.code}, ${length}, ${JSON.stringify(path)})`
      // Reached only if the rule runs this far: then it must fail as it would when interpreted.
      const step: Code | Literal = !inside
        ? { ...index, code: checked, low: 0, high: length - 1 }
        : known
          ? { kind: 'literal', value: low }
          : index
      const place: Place = { ...object, indices: [...object.indices, step] }
      if (element.kind === 'constant') this.refuseUnread(place, node)
      return placed(element, place.indices)
    }
    if (object.kind === 'table')
      return resolved({ ...object, steps: [...object.steps, known ? String(low) : index] })
    return this.refuse(node, 'is indexed but is no list')
  }

  /** Refuses to leave out indices that may fail or change something. */
  private refuseUnread(place: Place, node: acorn.Node): void {
    if (dynamicCodes(place).some((index) => this.acts(index)))
      this.refuse(node, 'does not depend on an index that may fail')
  }

  private lengthOf(object: Meaning, node: acorn.Node): Meaning {
    if (object.kind === 'place' && object.node.kind === 'list') {
      this.refuseUnread(object, node)
      return { kind: 'literal', value: object.node.length }
    }
    if (object.kind === 'table' && object.steps.every((s) => typeof s === 'string')) {
      const values = follow(object.value, object.steps as string[])
      if (Array.isArray(values)) return { kind: 'literal', value: values.length }
    }
    return this.refuse(node, 'asks the length of something that is no list')
  }

  /**
   * Test runners and bundlers print an imported name as a property of a module object
   * (`__module_1__.name`): the last part is the name, if the object is nothing we know.
   */
  private importedName(node: acorn.MemberExpression, scope: Scope): string | null {
    if (node.computed || node.object.type !== 'Identifier') return null
    for (let s: Scope | null = scope; s; s = s.outer) if (s.names.has(node.object.name)) return null
    const { name } = node.property as acorn.Identifier
    return node.object.name !== 'Math' && Object.hasOwn(this.vocabulary, name) ? name : null
  }

  private call(node: acorn.CallExpression, scope: Scope): Meaning {
    let { callee } = node as acorn.CallExpression
    if (callee.type === 'ParenthesizedExpression') callee = callee.expression
    if (callee.type === 'SequenceExpression')
      callee = importedInSequence(callee) ?? this.refuse(callee)
    const math = this.mathCall(callee as acorn.Expression, node, scope)
    if (math) return math
    let name: string | null = null
    if (callee.type === 'Identifier') name = callee.name
    if (callee.type === 'MemberExpression') name = this.importedName(callee, scope)
    const fn = name === null || isLocal(name, callee, scope) ? undefined : this.vocabulary[name]
    if (typeof fn !== 'function')
      return this.refuse(node, 'calls a function that is not in the vocabulary')
    if (this.active.has(fn)) return this.refuse(node, 'calls a function that is still running')
    const args = node.arguments.map((argument) => {
      if (argument.type === 'SpreadElement') return this.refuse(argument)
      return this.argument(this.meaning(argument, scope), argument)
    })
    return this.inlinePlace(fn as never, args) ?? this.callHelper(fn as never, args)
  }

  /** Arguments are handed over as values, here and now; only groups are handed over as such. */
  private argument(meaning: Meaning, node: acorn.Node): Meaning {
    const { kind } = meaning
    if (kind === 'literal' || isPart(meaning)) return meaning
    const code = this.asCode(meaning, node)
    // A constant that is there for sure stays a constant: what it is compared with names its type.
    return kind === 'table' && !this.acts(code.code) ? meaning : code
  }

  private callHelper(fn: (...args: never[]) => unknown, args: readonly Meaning[]): Code {
    const { name, result, low, high, reads } = this.helper(fn, args)
    for (const leaf of reads) this.frame.reads.add(leaf)
    const dynamic = args.flatMap((arg) => dynamicCodes(arg))
    const code = `${name}(${['a', 'o', ...dynamic].join(', ')})`
    return { kind: 'code', code, type: result, low, high }
  }

  /** A helper that only names a part of the state stands for that part. */
  private inlinePlace(fn: (...args: never[]) => unknown, args: readonly Meaning[]): Meaning | null {
    const source = sourceOf(fn)
    if (source.body.type === 'BlockStatement') return null
    const codes = args.flatMap((arg) => dynamicCodes(arg))
    if (codes.some((code) => this.changes(code))) return null
    const outerFrame = this.frame
    this.frame = { source, reads: new Set(), result: null }
    this.active.add(fn)
    try {
      const found = this.meaning(source.body, this.scopeOf(source, args))
      if (!isPart(found) && found.kind !== 'literal') return null
      // An argument that may fail must not get lost.
      const kept = dynamicCodes(found).join()
      return codes.every((code) => !this.acts(code) || kept.includes(code)) ? found : null
    } finally {
      for (const leaf of this.frame.reads) outerFrame.reads.add(leaf)
      this.active.delete(fn)
      this.frame = outerFrame
    }
  }

  private mathCall(
    callee: acorn.Expression,
    node: acorn.CallExpression,
    scope: Scope,
  ): Meaning | null {
    if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return null
    if (callee.object.name !== 'Math' || callee.property.type !== 'Identifier') return null
    const name = callee.property.name
    const args = node.arguments as acorn.Expression[]
    if (name === 'floor' && args.length === 1) {
      const inner = args[0].type === 'ParenthesizedExpression' ? args[0].expression : args[0]
      if (inner.type !== 'BinaryExpression' || inner.operator !== '/') return this.refuse(node)
      const l = this.value(inner.left as acorn.Expression, scope, INT)
      const r = this.value(inner.right, scope, INT)
      if (l.type.kind !== 'int' || r.type.kind !== 'int') return this.refuse(node)
      if (l.low === undefined || r.low === undefined || r.low !== r.high || r.low < 1)
        return this.refuse(node, 'divides by something that is not a known positive number')
      const low = Math.floor(l.low / r.low)
      const high = l.high === undefined ? undefined : Math.floor(l.high / r.low)
      if (low === high && !this.acts(`${l.code}, ${r.code}`)) return { kind: 'literal', value: low }
      return { kind: 'code', code: `Math.floor(${l.code} / ${r.code})`, type: INT, low, high }
    }
    if ((name === 'min' || name === 'max') && args.length === 2) {
      const [l, r] = args.map((argument) => this.value(argument, scope, INT))
      if (l.type.kind !== 'int' || r.type.kind !== 'int') return this.refuse(node)
      const pick = name === 'min' ? Math.min : Math.max
      const both = (x?: number, y?: number) =>
        x === undefined || y === undefined ? undefined : pick(x, y)
      return {
        kind: 'code',
        code: `Math.${name}(${l.code}, ${r.code})`,
        type: INT,
        low: both(l.low, r.low),
        high: both(l.high, r.high),
      }
    }
    return this.refuse(node)
  }

  private arithmetic(
    operator: string,
    left: Meaning,
    right: Meaning,
    node: acorn.Node,
  ): Code | Literal {
    const l = this.asCode(left, node, INT)
    const r = this.asCode(right, node, INT)
    if (l.type.kind !== 'int' || r.type.kind !== 'int')
      return this.refuse(node, 'calculates with something that is no number')
    const known =
      l.low !== undefined && r.low !== undefined && l.high !== undefined && r.high !== undefined
    let bounds: { low?: number; high?: number } = {}
    if (operator === '+' && known) bounds = { low: l.low! + r.low!, high: l.high! + r.high! }
    else if (operator === '-' && known) bounds = { low: l.low! - r.high!, high: l.high! - r.low! }
    else if (operator === '*' && known) {
      const products = [l.low! * r.low!, l.low! * r.high!, l.high! * r.low!, l.high! * r.high!]
      bounds = { low: Math.min(...products), high: Math.max(...products) }
    } else if (operator === '%') {
      if (r.low === undefined || r.low !== r.high || r.low < 1 || l.low === undefined || l.low < 0)
        return this.refuse(
          node,
          'takes a remainder of a number that may be negative, or by an unknown one',
        )
      bounds =
        l.low === l.high
          ? { low: l.low % r.low, high: l.low % r.low }
          : { low: 0, high: Math.min(r.low - 1, l.high ?? r.low - 1) }
    } else if (!'+-*'.includes(operator)) return this.refuse(node)
    const acts = this.acts(`${l.code}, ${r.code}`)
    if (bounds.low !== undefined && bounds.low === bounds.high && !acts)
      return { kind: 'literal', value: bounds.low }
    return { kind: 'code', code: `(${l.code} ${operator} ${r.code})`, type: INT, ...bounds }
  }

  /** Turns a meaning into code, given what kind of value is wanted (for names). */
  private asCode(meaning: Meaning, node: acorn.Node, hint?: ValueType): Code {
    switch (meaning.kind) {
      case 'code':
        if (meaning.type.kind === 'none')
          return this.refuse(node, 'is used as a value but returns none')
        return meaning
      case 'literal': {
        const { value } = meaning
        if (typeof value === 'number' && !Number.isInteger(value))
          return this.refuse(node, 'is no integer')
        const type = typeof value === 'boolean' ? BOOL : typeof value === 'number' ? INT : hint
        if (!type) return this.refuse(node, 'is a name, and what it is compared with has no names')
        const number = this.literalNumber(meaning, type, node)
        return {
          kind: 'code',
          code: number < 0 ? `(${number})` : String(number),
          type,
          low: number,
          high: number,
        }
      }
      case 'place':
        if (meaning.node.kind !== 'leaf')
          return this.refuse(node, 'is a group of variables, not a value')
        return this.load(meaning, meaning.node.leaf)
      case 'table':
        return this.lookUp(meaning, node, hint)
    }
  }

  private literalNumber(literal: Literal, type: ValueType, node: acorn.Node): number {
    const { value } = literal
    if (typeof value === 'number') return value
    if (typeof value === 'boolean') return value ? 1 : 0
    const place = type.kind === 'name' ? type.names.indexOf(value) : -1
    const allowed = type.kind === 'name' ? type.names.join(' | ') : `${type.kind} values`
    if (place < 0 && !(type.kind === 'name' && type.open))
      this.refuse(node, `uses the name '${value}', allowed are ${allowed}`)
    return place
  }

  private load(place: Place, leaf: Leaf): Code {
    this.frame.reads.add(leaf)
    const { min, max } = leaf.scalar
    const type = typeOfLeaf(leaf)
    const result = { kind: 'code', type, low: min, high: max } as const
    const index = fixedIndex(place)
    if (index === null)
      return { ...result, code: `${this.accessor(leaf)}_get(a, o, ${this.indexCode(place)})` }
    if (leaf.width === 0) return { ...result, code: String(min) }
    const { word, shift, mask } = bitsOf(leaf, index)
    const bits = `(a[o + ${word}]${shift > 0 ? ` >>> ${shift}` : ''} & ${mask})`
    return { ...result, code: min === 0 ? bits : `(${bits} + ${min})` }
  }

  /** The flattened index of a place; its parts are checked where they were written (element). */
  private indexCode(place: Place): string {
    const { dims } = (place.node as { leaf: Leaf }).leaf
    return dims.reduce((flat, length, i) => {
      const index = place.indices[i]
      const code = index.kind === 'literal' ? String(index.value) : index.code
      return flat === '0' ? code : `(${flat} * ${length} + ${code})`
    }, '0')
  }

  /** Prints the functions that read and write a variable at a computed index, once. */
  private accessor(leaf: Leaf): string {
    const known = this.accessors.get(leaf)
    if (known) return known
    const name = `v${this.accessors.size}`
    this.accessors.set(leaf, name)
    const { min, max } = leaf.scalar
    const mask = 2 ** leaf.width - 1
    const check = `if (!(v >= ${min} && v <= ${max})) bad(${this.layout.leaves.indexOf(leaf)}, v)`
    if (leaf.width === 0) {
      this.accessorFunctions.push(
        `function ${name}_get(a, o, i) { return ${min} }`,
        `function ${name}_set(a, o, i, v) { ${check} }`,
      )
      return name
    }
    const read = `(a[o + (p >> 5)] >>> (p & 31) & ${mask})${min === 0 ? '' : ` + ${min}`}`
    const others = `a[w] & ~(${mask} << h)`
    const write = `const w = o + (p >> 5), h = p & 31; a[w] = (${others}) | ((${minus('v', min)}) << h)`
    this.tables.set(`${name}_at`, leaf.position)
    this.accessorFunctions.push(
      `function ${name}_get(a, o, i) { const p = ${name}_at[i]; return ${read} }`,
      `function ${name}_set(a, o, i, v) { ${check}; const p = ${name}_at[i]; ${write} }`,
    )
    return name
  }

  /** Reads a constant at indices known only at run time, by way of a table of its values. */
  private lookUp(table: Table, node: acorn.Node, hint?: ValueType): Code {
    const lengths = tableLengths(table)
    const values = tableValues(table, lengths)
    const sample = values.find((value) => value !== ABSENT)
    const type: ValueType | undefined =
      typeof sample === 'number'
        ? INT
        : typeof sample === 'boolean'
          ? BOOL
          : typeof sample === 'string'
            ? (hint ?? this.ownNames(values))
            : undefined
    if (!type || sample === undefined)
      return this.refuse(node, `is not a number, truth value or name in ${table.path}`)
    const numbers = values.map((value) => {
      if (value === ABSENT) return MISSING
      if (typeof value !== typeof sample)
        return this.refuse(node, `mixes kinds of values in ${table.path}`)
      const number = this.literalNumber({ kind: 'literal', value: value as string }, type, node)
      if ((number | 0) !== number || number === MISSING)
        this.refuse(node, `is not always a small integer in ${table.path}`)
      return number
    })
    const name = this.tableName(numbers)
    let flat = '0'
    let dimension = 0
    for (const step of table.steps) {
      if (typeof step === 'string') continue
      const length = lengths[dimension++]
      const { code, low = -1, high = length } = step
      const safe = low >= 0 && high < length
      const checked = safe ? code : `at(${code}, ${length}, ${JSON.stringify(table.path)})`
      flat = flat === '0' ? checked : `(${flat} * ${length} + ${checked})`
    }
    const present = numbers.filter((n) => n !== MISSING)
    const read =
      present.length === numbers.length
        ? `${name}[${flat}]`
        : `here(${name}[${flat}], ${JSON.stringify(table.path)})`
    return { kind: 'code', code: read, type, low: Math.min(...present), high: Math.max(...present) }
  }

  /** The names that occur in a table, when nothing it is compared with says which are allowed. */
  private ownNames(values: readonly unknown[]): NameType {
    const names = [...new Set(values.filter((value): value is string => typeof value === 'string'))]
    return { kind: 'name', names, open: true }
  }

  private tableName(numbers: readonly number[]): string {
    const key = numbers.join()
    const known = this.tableNames.get(key)
    if (known) return known
    const name = `t${this.tableNames.size}`
    this.tableNames.set(key, name)
    this.tables.set(name, Int32Array.from(numbers))
    return name
  }

  private fresh(name: string): string {
    return `${name}$${this.counter++}`
  }

  private refuse(node: acorn.Node, why = 'lies outside the rule subset'): never {
    throw new OutsideSubset(`\`${excerpt(this.frame.source.text, node)}\` ${why}`)
  }
}

const COMPARISONS = new Set(['===', '!==', '<', '<=', '>', '>='])
/** Stands for a missing element of a ragged table. */
const MISSING = -(2 ** 31)
/** The value of an element that a list is too short for; reaching it is an error. */
const ABSENT = Symbol('absent')

/** The outcome of a comparison where the ranges of both sides already settle it. */
function decide(operator: string, l: Code, r: Code): boolean | null {
  if (l.low === undefined || l.high === undefined || r.low === undefined || r.high === undefined)
    return null
  const apart = l.high < r.low || r.high < l.low
  const same = l.low === l.high && r.low === r.high && l.low === r.low
  const less = l.high < r.low ? true : l.low >= r.high ? false : null
  const greater = l.low > r.high ? true : l.high <= r.low ? false : null
  switch (operator) {
    case '===':
      return apart ? false : same ? true : null
    case '!==':
      return apart ? true : same ? false : null
    case '<':
      return less
    case '>=':
      return less === null ? null : !less
    case '>':
      return greater
    default:
      return greater === null ? null : !greater
  }
}

/** Does every way through these statements end in a return? */
function alwaysReturns(node: acorn.Statement | acorn.ModuleDeclaration): boolean {
  if (node.type === 'ReturnStatement') return true
  if (node.type === 'BlockStatement') return node.body.some(alwaysReturns)
  if (node.type !== 'IfStatement' || !node.alternate) return false
  return alwaysReturns(node.consequent) && alwaysReturns(node.alternate)
}

function truth(test: string): Code | Literal {
  if (test === 'true' || test === 'false') return { kind: 'literal', value: test === 'true' }
  return { kind: 'code', code: `(${test} ? 1 : 0)`, type: BOOL, low: 0, high: 1 }
}

function isName(meaning: Meaning): meaning is Literal {
  return meaning.kind === 'literal' && typeof meaning.value === 'string'
}

function typeOfLeaf(leaf: Leaf): ValueType {
  const { type, names } = leaf.scalar
  return type === 'flag' ? BOOL : type === 'range' ? INT : { kind: 'name', names }
}

function typeHint(meaning: Meaning): ValueType | undefined {
  if (meaning.kind === 'code') return meaning.type
  if (meaning.kind === 'place' && meaning.node.kind === 'leaf') return typeOfLeaf(meaning.node.leaf)
  if (meaning.kind === 'table') {
    const names = tableValues(meaning, tableLengths(meaning)).filter((v) => typeof v === 'string')
    return names.length > 0
      ? { kind: 'name', names: [...new Set(names as string[])], open: true }
      : undefined
  }
  return undefined
}

/** Do equal numbers of the two types mean equal values? */
function sameType(left: ValueType, right: ValueType): boolean {
  if (left.kind !== 'name' || right.kind !== 'name') return left.kind === right.kind
  return JSON.stringify(left.names) === JSON.stringify(right.names)
}

/** Does code call one of these printed functions? The model's own names end in `$` and a number. */
function callsOneOf(code: string, names: ReadonlySet<string>): boolean {
  return code.match(/\bf\d+(?=\()/g)?.some((name) => names.has(name)) ?? false
}

/** `(0, module.name)`: how test runners and bundlers print the use of an imported name. */
function importedInSequence({ expressions }: acorn.SequenceExpression): acorn.Expression | null {
  return expressions.length === 2 && expressions[0].type === 'Literal' ? expressions[1] : null
}

function isLocal(name: string, callee: acorn.Node, scope: Scope): boolean {
  if (callee.type !== 'Identifier') return false
  for (let s: Scope | null = scope; s; s = s.outer) if (s.names.has(name)) return true
  return false
}

function isPart(meaning: Meaning): boolean {
  if (meaning.kind === 'place') return meaning.node.kind !== 'leaf'
  if (meaning.kind !== 'table') return false
  // A table is a part while some way through it ends in a group of values.
  return tableValues(meaning, tableLengths(meaning)).some((v) => typeof v === 'object')
}

function placed(node: LayoutNode, indices: readonly (Code | Literal)[]): Meaning {
  if (node.kind !== 'constant') return { kind: 'place', node, indices }
  return resolved({ kind: 'table', value: node.value, steps: [], path: node.path })
}

/** A table all of whose steps are known and that ends in a plain value is that value. */
function resolved(table: Table): Table | Literal {
  let value = table.value
  for (const step of table.steps) {
    const key = typeof step === 'string' ? step : null
    if (key === null || typeof value !== 'object' || value === null) return table
    value = (value as Record<string, unknown>)[key]
  }
  const plain = typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string'
  if (plain) return { kind: 'literal', value: value as number }
  return table
}

function follow(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce((v, step) => (v as Record<string, unknown> | undefined)?.[step], value)
}

/** For every index step of a table, the length of the longest list it may index. */
function tableLengths(table: Table): number[] {
  const lengths: number[] = []
  let reached: unknown[] = [table.value]
  for (const step of table.steps) {
    if (typeof step === 'string') {
      reached = reached.map((value) => (value as Record<string, unknown> | undefined)?.[step])
    } else {
      const lists = reached.map((value) => (Array.isArray(value) ? value : []))
      lengths.push(Math.max(0, ...lists.map((l) => l.length)))
      reached = lists.flat()
    }
  }
  return lengths
}

/**
 * The values of a table for all combinations of its indices: ABSENT where a list is too short,
 * undefined where a group lacks the field.
 */
function tableValues(table: Table, lengths: readonly number[]): unknown[] {
  const element = (value: unknown, i: number) =>
    Array.isArray(value) && i < value.length ? value[i] : ABSENT
  let reached: unknown[] = [table.value]
  let dimension = 0
  for (const step of table.steps) {
    if (typeof step !== 'string') {
      const length = lengths[dimension++]
      reached = reached.flatMap((value) => Array.from({ length }, (_, i) => element(value, i)))
    } else
      reached = reached.map((value) => {
        if (value === ABSENT || (Array.isArray(value) && !Object.hasOwn(value, step))) return ABSENT
        return (value as Record<string, unknown> | undefined)?.[step]
      })
  }
  return reached
}

/** The flattened index of a place if all parts of it are known and inside their lists. */
function fixedIndex(place: Place): number | null {
  const { dims } = (place.node as { leaf: Leaf }).leaf
  let flat = 0
  for (let i = 0; i < dims.length; i++) {
    const index = place.indices[i]
    if (index.kind !== 'literal') return null
    flat = flat * dims[i] + Number(index.value)
  }
  return flat
}

function bitsOf(leaf: Leaf, index: number): { word: number; shift: number; mask: number } {
  const position = leaf.position[index]
  return { word: position >> 5, shift: position & 31, mask: 2 ** leaf.width - 1 }
}

function minus(code: string, min: number): string {
  if (min === 0) return code
  return min > 0 ? `${code} - ${min}` : `${code} + ${-min}`
}

/** The arguments that a call has to hand over: what is known is inside the function already. */
function dynamicCodes(arg: Meaning): string[] {
  if (arg.kind === 'code') return [arg.code]
  if (arg.kind === 'place') return arg.indices.flatMap((i) => (i.kind === 'code' ? [i.code] : []))
  if (arg.kind === 'table') return arg.steps.flatMap((s) => (typeof s === 'string' ? [] : [s.code]))
  return []
}

/** Arguments of one shape share one printed function. */
function shapeOf(arg: Meaning): string {
  const index = (i: Code | Literal) =>
    i.kind === 'literal' ? `=${i.value}` : `${i.low}..${i.high}`
  switch (arg.kind) {
    case 'literal':
      return `=${JSON.stringify(arg.value)}`
    case 'code':
      return `${JSON.stringify(arg.type)}${index(arg)}`
    case 'place':
      return `${arg.node.path}@${arg.indices.map(index).join()}`
    case 'table':
      return `${arg.path}@${arg.steps.map((s) => (typeof s === 'string' ? s : index(s))).join()}`
  }
}
