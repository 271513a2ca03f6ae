/**
 * Expressions of printed functions in TLA+, where nothing can be changed: a function that changes
 * the state takes a state and gives back another one, with its value beside it if it has one. What
 * is had on the way, a state or a value, gets a name (`definitions`).
 */
import type * as acorn from 'acorn'
import type { Leaf } from '../../../state/layout.js'
import { Names, quoted } from './names.js'
import { calledName, type PrintedCode } from './program.js'
import type { Kind, StateShape } from './state.js'
import { commonKind, convert, joined, not, numeral, type Term, truth } from './terms.js'
import { applied, conditional, except, letIn } from './text.js'

/** What is to be had where. */
export interface Moment {
  /** A state, and what has been changed in it since. */
  readonly state: string
  readonly updates: readonly { readonly leaf: Leaf; readonly text: string }[]
  readonly locals: ReadonlyMap<string, Term>
}

/** What an expression may need of the module around it. */
export interface Surroundings {
  readonly program: PrintedCode
  readonly shape: StateShape<unknown>
  readonly names: Names
  /** The operator of a function. */
  operator(name: string): string
  /** What kind of value it gives back; null: none. */
  result(name: string): Kind | null
  /** The name of the tuple of these names. */
  tuple(names: readonly string[]): string
  /** The name of a table, and the number that stands for a missing element in it. */
  table(name: string): { readonly tuple: string; readonly missing: number }
}

export class Expressions {
  protected readonly local: Names
  protected now: Moment = { state: '', updates: [], locals: new Map() }
  protected definitions: string[] = []

  constructor(protected readonly around: Surroundings) {
    this.local = new Names(around.names)
  }

  /** A condition on a state of this name. */
  conditionOn(state: string, node: acorn.Expression): string {
    this.now = { state, updates: [], locals: new Map() }
    return this.condition(node)
  }

  protected as(term: Term, kind: Kind): string {
    return convert(term, kind, (names) => this.around.tuple(names))
  }

  protected condition(node: acorn.Expression): string {
    return this.as(this.value(node), 'bool')
  }

  protected number(node: acorn.Node): string {
    return this.as(this.value(node as acorn.Expression), 'int')
  }

  protected value(node: acorn.Expression): Term {
    switch (node.type) {
      case 'Literal':
        if (typeof node.value === 'boolean') return truth(node.value ? 'TRUE' : 'FALSE')
        return numeral(Number(node.value))
      case 'Identifier': {
        const found = this.now.locals.get(node.name)
        return found ?? this.unknown(node)
      }
      case 'UnaryExpression':
        if (node.operator === '!') return truth(not(this.condition(node.argument)))
        return numeral(-Number((node.argument as acorn.Literal).value))
      case 'LogicalExpression':
        return this.logical(node)
      case 'ConditionalExpression':
        return this.choice(node)
      case 'BinaryExpression':
        return this.binary(node)
      case 'SequenceExpression': {
        const values = node.expressions.map((one) => this.value(one))
        const last = values[values.length - 1]
        const checks = node.expressions.slice(0, -1)
        return checks.reduceRight((value, check, i) => this.after(check, values[i], value), last)
      }
      case 'MemberExpression': {
        const { tuple } = this.around.table((node.object as acorn.Identifier).name)
        const index = this.value(node.property as acorn.Expression)
        const place = index.number === undefined ? `${this.as(index, 'int')} + 1` : index.number + 1
        return { text: `${tuple}[${place}]`, kind: 'int' }
      }
      case 'CallExpression':
        return this.call(node)
      default:
        return this.unknown(node)
    }
  }

  /** A value that is only had when another one is there: had it failed, so would this. */
  protected after(node: acorn.Node, checked: Term, value: Term): Term {
    if (!this.around.program.fails(node)) return value
    return { text: `After(${checked.text}, ${value.text})`, kind: value.kind }
  }

  private logical(node: acorn.LogicalExpression): Term {
    const operator = node.operator as '&&' | '||'
    const operands = operandsOf(node, operator)
    if (!this.around.program.changes(node))
      return truth(
        joined(
          operator,
          operands.map((operand) => this.condition(operand)),
        ),
      )
    let known: string[] = [this.condition(operands[0])]
    for (const operand of operands.slice(1)) {
      this.settle()
      const part = this.apart(() => truth(this.condition(operand)))
      if (!part.isChanging) known.push(part.term.text)
      else {
        const skipped = this.pair(truth(operator === '&&' ? 'FALSE' : 'TRUE'), 'bool')
        const test = joined(operator, known)
        const ways = operator === '&&' ? [part.pair('bool'), skipped] : [skipped, part.pair('bool')]
        known = [this.gone(test, ways, 'bool').text]
      }
    }
    return truth(joined(operator, known))
  }

  private choice(node: acorn.ConditionalExpression): Term {
    const ways = [node.consequent, node.alternate]
    const test = this.condition(node.test)
    if (ways.some((way) => this.around.program.changes(way))) {
      this.settle()
      const parts = ways.map((way) => this.apart(() => this.value(way)))
      const kind = commonKind(parts.map(({ term }) => term))
      const ends = parts.map((part) => part.pair(kind))
      return this.gone(test, ends, kind)
    }
    const terms = ways.map((way) => this.value(way))
    const kind = commonKind(terms)
    const [then, otherwise] = terms.map((term) => this.as(term, kind))
    const text = conditional(test, then, otherwise)
    return { text: /^(IF|LET) /.test(text) ? `(${text})` : text, kind }
  }

  /** The state and the value at the end of one of two ways. */
  private gone(test: string, [then, otherwise]: readonly string[], kind: Kind): Term {
    const name = this.define('way', conditional(test, then, otherwise))
    this.now = { ...this.now, state: `${name}.state`, updates: [] }
    return { text: `${name}.value`, kind }
  }

  private pair(value: Term, kind: Kind): string {
    return `[state |-> ${this.stateText()}, value |-> ${this.as(value, kind)}]`
  }

  /** What is only run on one of several ways. */
  private apart(evaluate: () => Term) {
    const { now, definitions } = this
    this.definitions = []
    const term = evaluate()
    const made = this.definitions
    const end = this.now
    this.now = now
    this.definitions = definitions
    const isChanging = made.length > 0
    const pair = (kind: Kind) => {
      this.now = end
      const text = letIn(made, this.pair(term, kind))
      this.now = now
      return text
    }
    return { term, isChanging, pair }
  }

  private binary(node: acorn.BinaryExpression): Term {
    const left = node.left as acorn.Expression
    const stored = this.elementRead(node)
    if (stored) {
      // Bare bits: what is stored, which is the value less the least one.
      const { min } = stored.leaf.scalar
      const value = this.element(stored)
      return min === 0 ? value : { text: `(${value.text} - ${asOperand(min)})`, kind: 'int' }
    }
    const shifted = node.operator === '+' ? this.elementRead(left) : null
    if (shifted && shifted.leaf.scalar.min !== 0) return this.element(shifted)
    if (node.operator === '|') return this.remainder(left as acorn.BinaryExpression)
    const [x, y] = [this.value(left), this.value(node.right)]
    const operator = COMPARISONS.get(node.operator)
    if (operator === undefined)
      return { text: `(${this.as(x, 'int')} ${node.operator} ${this.as(y, 'int')})`, kind: 'int' }
    const isEquality = operator === '=' || operator === '#'
    const kind = isEquality ? commonKind([x, y]) : 'int'
    const [l, r] = [this.as(x, kind), this.as(y, kind)]
    if (kind === 'bool' && /^(TRUE|FALSE)$/.test(r))
      return truth((r === 'TRUE') === (operator === '=') ? l : not(l))
    return truth(`(${l} ${operator} ${r})`)
  }

  /** `x % n | 0`: as negative as x. */
  private remainder({ left, right }: acorn.BinaryExpression): Term {
    return { text: `Remainder(${this.number(left)}, ${this.number(right)})`, kind: 'int' }
  }

  /** `a[o + word] >>> bit & mask`: an element at a place that is known. */
  private elementRead(node: acorn.Expression): { leaf: Leaf; index: number } | null {
    if (node.type !== 'BinaryExpression' || node.operator !== '&') return null
    const { left, right } = node.left as acorn.BinaryExpression
    return this.around.shape.elementAt(wordOf(left), numberOf(right))
  }

  private element({ leaf, index }: { leaf: Leaf; index: number }): Term {
    return this.read(leaf, indicesOf(index, leaf.dims).map(String))
  }

  protected read(leaf: Leaf, indices: readonly string[]): Term {
    if (this.now.updates.some((update) => update.leaf === leaf)) this.settle()
    const { shape } = this.around
    return { text: `${this.now.state}${shape.path(leaf, indices)}`, kind: shape.kindOf(leaf) }
  }

  /** The indices of an element whose flattened index is printed like this (Storage.indexCode). */
  protected indices(node: acorn.Expression, dims: readonly number[]): string[] {
    if (dims.length === 0) return []
    if (node.type === 'Literal') return indicesOf(Number(node.value), dims).map(String)
    const outer = dims.slice(0, -1)
    const inner = dims[dims.length - 1]
    if (outer.length === 0) return [this.number(node)]
    const product = node.type === 'BinaryExpression' && node.operator === '+' ? node.left : null
    if (node.type === 'BinaryExpression' && product?.type === 'BinaryExpression')
      if (product.operator === '*' && numberOf(product.right) === inner)
        return [...this.indices(product.left as acorn.Expression, outer), this.number(node.right)]
    return [...outer.map(() => '0'), this.number(node)]
  }

  protected call(node: acorn.CallExpression): Term {
    const name = calledName(node) as string
    const args = node.arguments as acorn.Expression[]
    if (name === 'at') {
      const [index, length] = args.map((arg) => this.number(arg))
      return { text: applied('Index', [index, length, pathText(args[2])]), kind: 'int' }
    }
    if (name === 'here') {
      const { missing } = this.around.table(nameOfTable(args[0]))
      const found = this.number(args[0])
      const absent = numeral(missing).text
      return { text: `Present(${found}, ${absent}, ${pathText(args[1])})`, kind: 'int' }
    }
    if (ARITHMETIC.has(name)) {
      const [x, y] = args.map((arg) => this.number(arg))
      if (name === 'quotient') return { text: `(${x} \\div ${y})`, kind: 'int' }
      return { text: `${name === 'smaller' ? 'Smaller' : 'Larger'}(${x}, ${y})`, kind: 'int' }
    }
    const variable = name.match(/^(v\d+)_get$/)?.[1]
    return variable ? this.readAt(variable, args[2]) : this.callFunction(name, args.slice(2))
  }

  private readAt(variable: string, index: acorn.Expression): Term {
    const leaf = this.around.program.variable(variable)
    if (leaf.width > 0) return this.read(leaf, this.indices(index, leaf.dims))
    return this.after(index, this.value(index), numeral(leaf.scalar.min))
  }

  private callFunction(name: string, args: readonly acorn.Expression[]): Term {
    const { program } = this.around
    const constant = program.constant(name)
    if (constant && args.length === 0) return this.value(constant)
    const values = args.map((arg) => this.number(arg))
    const result = this.around.result(name)
    const isChanging = program.function(name).body.some((node) => program.changes(node))
    if (!isChanging) this.settle()
    const operator = this.around.operator(name)
    const text = applied(operator, [this.stateText(), ...values])
    if (!isChanging) return { text, kind: result ?? 'bool' }
    if (result === null) {
      this.now = { ...this.now, state: this.define('s', text), updates: [] }
      return truth('TRUE')
    }
    const done = this.define('done', text)
    this.now = { ...this.now, state: `${done}.state`, updates: [] }
    return { text: `${done}.value`, kind: result }
  }

  /** The state as an expression. */
  protected stateText(): string {
    const { state, updates } = this.now
    if (updates.length === 0) return state
    return except(
      state,
      updates.map(({ text }) => text),
    )
  }

  /** Gives the state a name, if something has been changed in it. */
  protected settle(): void {
    if (this.now.updates.length === 0) return
    this.now = { ...this.now, state: this.define('s', this.stateText()), updates: [] }
  }

  protected define(wanted: string, text: string): string {
    const name = this.local.give(wanted)
    this.definitions.push(
      /\n/.test(text) ? `${name} ==\n  ${text.replaceAll('\n', '\n  ')}` : `${name} == ${text}`,
    )
    return name
  }

  protected unknown(node: acorn.Node): never {
    throw new Error(`printed code has a ${node.type} where none is expected`)
  }
}

const COMPARISONS = new Map([
  ['===', '='],
  ['!==', '#'],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
])
const ARITHMETIC = new Set(['quotient', 'smaller', 'larger'])

function operandsOf(node: acorn.Expression, operator: '&&' | '||'): acorn.Expression[] {
  if (node.type !== 'LogicalExpression' || node.operator !== operator) return [node]
  return [...operandsOf(node.left, operator), ...operandsOf(node.right, operator)]
}

/** `a[o + word]`. */
export function wordOf(node: acorn.Node): number {
  const { property } = node as acorn.MemberExpression
  return numberOf((property as acorn.BinaryExpression).right)
}

export function numberOf(node: acorn.Node): number {
  return Number((node as acorn.Literal).value)
}

function indicesOf(flat: number, dims: readonly number[]): number[] {
  const indices: number[] = []
  let left = flat
  for (const length of [...dims].reverse()) {
    indices.unshift(left % length)
    left = Math.floor(left / length)
  }
  return indices
}

function nameOfTable(node: acorn.Expression): string {
  return ((node as acorn.MemberExpression).object as acorn.Identifier).name
}

function pathText(node: acorn.Expression): string {
  return quoted(String((node as acorn.Literal).value))
}

function asOperand(number: number): string {
  return numeral(number).text
}
