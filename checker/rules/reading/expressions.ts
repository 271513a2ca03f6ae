/** Reads expressions: names, fields, elements, operators, conditions, calls. */
import type * as acorn from 'acorn'
import { calculate, choose, compare, logical, not, outcome } from '../passes/fold.js'
import { type AnyFunction, functionSource, OutsideSubset } from '../source.js'
import {
  type Arithmetic,
  CHANGES,
  type Comparison,
  call,
  constant,
  type Expression,
  INT,
  isConstant,
  knownValue,
  PURE,
  truth,
  type ValueType,
} from '../tree.js'
import { some } from '../visit.js'
import {
  type AbstractValue,
  dynamicParts,
  Frame,
  find,
  isSameType,
  type Scope,
  type StatePart,
  type Word,
} from './abstract-values.js'
import { type Context, plainValue } from './context.js'
import { checkedIndex, isNamed, valueIn } from './values.js'

const COMPARISONS: ReadonlySet<string> = new Set(['===', '!==', '<', '<=', '>', '>='])
const ARITHMETIC: ReadonlySet<string> = new Set([
  '+',
  '-',
  '*',
  '%',
  '&',
  '|',
  '^',
  '<<',
  '>>',
  '>>>',
])
/** Expressions that may stand for a part of the state. */
const NAMING: ReadonlySet<string> = new Set([
  'MemberExpression',
  'CallExpression',
  'Identifier',
  'Literal',
])

export class Expressions {
  /** Functions that are being read: to call one of them is a recursion. */
  readonly active = new Set<unknown>()

  constructor(private readonly cx: Context) {}

  value(node: acorn.Node, scope: Scope, hint?: ValueType): Expression {
    return valueIn(this.cx, this.evaluate(node, scope, hint), node, hint)
  }

  /** @param whole the source that the message shows. */
  integer(node: acorn.Node, scope: Scope, why: string, whole = node): Expression {
    const value = this.value(node, scope, INT)
    return value.type.kind === 'int' ? value : this.cx.refuse(whole, why)
  }

  condition(node: acorn.Expression, scope: Scope): Expression {
    const value = this.value(node, scope)
    if (value.type.kind === 'bool') return value
    return this.cx.refuse(node, 'is used as a condition but is no truth value')
  }

  evaluate(node: acorn.Node, scope: Scope, hint?: ValueType): AbstractValue {
    const expression = node as acorn.Expression
    switch (expression.type) {
      case 'Literal': {
        const isHalf = typeof expression.value === 'number' && !Number.isInteger(expression.value)
        const plain = isHalf ? null : plainValue(expression.value)
        return plain ?? this.cx.refuse(expression)
      }
      case 'TemplateLiteral':
        return this.template(expression, scope)
      case 'Identifier':
        return this.named(expression, scope)
      case 'MemberExpression':
        return this.member(expression, scope)
      case 'CallExpression':
        return this.call(expression, scope)
      case 'UnaryExpression':
        return asValue(this.unary(expression, scope))
      case 'LogicalExpression':
        return asValue(this.logical(expression, scope))
      case 'BinaryExpression':
        return asValue(this.binary(expression, scope))
      case 'ConditionalExpression':
        return this.conditional(expression, scope, hint)
      default:
        return this.cx.refuse(expression)
    }
  }

  /** A name that is put together from what is known. */
  private template({ quasis, expressions }: acorn.TemplateLiteral, scope: Scope): Word {
    const known = expressions.map((node) => {
      const abstractValue = this.evaluate(node, scope)
      if (abstractValue.kind === 'word') return abstractValue.text
      if (abstractValue.kind !== 'value' || !isConstant(abstractValue.node))
        return this.cx.refuse(node, 'is not known in a template')
      const { type, value } = abstractValue.node
      return type.kind === 'bool' ? String(value === 1) : String(value)
    })
    const text = quasis.map(({ value }, i) => `${value.cooked ?? ''}${known[i] ?? ''}`).join('')
    return { kind: 'word', text }
  }

  private unary(node: acorn.UnaryExpression, scope: Scope): Expression {
    const { argument, operator } = node
    if (operator === '!') return not(this.condition(argument, scope))
    if (operator === '-') return calculate('-', constant(0), this.operand(argument, node, scope))
    if (operator === '~') return calculate('^', this.operand(argument, node, scope), constant(-1))
    return this.cx.refuse(node)
  }

  private logical(node: acorn.LogicalExpression, scope: Scope): Expression {
    const { operator } = node
    if (operator === '??') return this.cx.refuse(node)
    const left = this.condition(node.left, scope)
    // The other side is not read where it does not run.
    if (outcome(left) === (operator === '||')) return left
    return logical(operator, left, this.condition(node.right, scope))
  }

  private binary(node: acorn.BinaryExpression, scope: Scope): Expression {
    const { operator } = node
    if (COMPARISONS.has(operator)) return this.comparison(node, scope)
    if (!ARITHMETIC.has(operator)) return this.cx.refuse(node)
    const [left, right] = [node.left, node.right].map((one) => this.operand(one, node, scope))
    return this.calculated(operator as Arithmetic, left, right, node)
  }

  private operand(node: acorn.Node, whole: acorn.Node, scope: Scope): Expression {
    return this.asInteger(this.evaluate(node, scope), whole)
  }

  private asInteger(abstractValue: AbstractValue, node: acorn.Node): Expression {
    const value = valueIn(this.cx, abstractValue, node, INT)
    if (value.type.kind === 'int') return value
    return this.cx.refuse(node, 'calculates with something that is no number')
  }

  /** Arithmetic whose value is always an integer. */
  calculated(
    operator: Arithmetic,
    left: Expression,
    right: Expression,
    node: acorn.Node,
  ): Expression {
    const { low, high } = right
    if ((operator === '%' || operator === 'quotient') && low <= 0 && high >= 0)
      return this.cx.refuse(node, 'divides by something that may be 0')
    if ((operator === '<<' || operator === '>>' || operator === '>>>') && !(low >= 0 && high <= 31))
      return this.cx.refuse(node, 'shifts by a number that may be below 0 or above 31')
    return calculate(operator, left, right)
  }

  /** Arithmetic on what two abstract values stand for, for `+=`, `-=`, `++` and `--`. */
  calculatedValue(
    operator: '+' | '-',
    one: AbstractValue,
    other: AbstractValue,
    node: acorn.Node,
  ): AbstractValue {
    const [left, right] = [this.asInteger(one, node), this.asInteger(other, node)]
    return asValue(this.calculated(operator, left, right, node))
  }

  private comparison(node: acorn.BinaryExpression, scope: Scope): Expression {
    const { cx } = this
    const operator = node.operator as Comparison
    const isEquality = operator === '===' || operator === '!=='
    const [left, right] = [this.evaluate(node.left, scope), this.evaluate(node.right, scope)]
    if (left.kind === 'word' && right.kind === 'word' && isEquality)
      return truth((left.text === right.text) === (operator === '==='))
    const is = isEquality && (this.nameTest(left, right) ?? this.nameTest(right, left))
    if (is) return compare(operator, is, truth(true))
    const types = [cx.typeOf(left), cx.typeOf(right)]
    const hint = types.find((type) => type?.kind === 'name' && !type.open) ?? types[0] ?? types[1]
    const l = valueIn(cx, left, node.left, hint)
    const r = valueIn(cx, right, node.right, hint)
    if (!isSameType(l.type, r.type)) cx.refuse(node, 'compares values of different kinds')
    if (l.type.kind !== 'int' && !isEquality) cx.refuse(node, 'orders values that are not numbers')
    return compare(operator, l, r)
  }

  private nameTest(part: AbstractValue, word: AbstractValue): Expression | null {
    return part.kind === 'part' && word.kind === 'word' ? isNamed(this.cx, part, word) : null
  }

  private conditional(
    node: acorn.ConditionalExpression,
    scope: Scope,
    hint?: ValueType,
  ): AbstractValue {
    const test = this.condition(node.test, scope)
    if (isConstant(test))
      return this.evaluate(test.value === 1 ? node.consequent : node.alternate, scope, hint)
    const first = this.evaluate(node.consequent, scope, hint)
    const second = this.evaluate(node.alternate, scope, hint)
    const type = hint ?? this.cx.typeOf(first) ?? this.cx.typeOf(second)
    const then = valueIn(this.cx, first, node.consequent, type)
    const otherwise = valueIn(this.cx, second, node.alternate, type)
    if (!isSameType(then.type, otherwise.type))
      this.cx.refuse(node, 'chooses between values of different kinds')
    return asValue(choose(test, then, otherwise))
  }

  private named(node: acorn.Identifier, scope: Scope): AbstractValue {
    const own = find(node.name, scope)
    if (own === 'too early') return this.cx.refuse(node, 'is named before it is declared')
    const found = own ?? plainValue(this.cx.word(node.name))
    return (
      found ?? this.cx.refuse(node, 'is neither a parameter, a local name nor in the vocabulary')
    )
  }

  private member(node: acorn.MemberExpression, scope: Scope): AbstractValue {
    if (node.object.type === 'Super' || node.property.type === 'PrivateIdentifier' || node.optional)
      return this.cx.refuse(node)
    const object = this.evaluate(node.object, scope)
    if (!node.computed) return this.field(object, (node.property as acorn.Identifier).name, node)
    const index = this.integer(node.property, scope, 'is indexed by what is no number', node)
    return this.element(object, index, node)
  }

  field(object: AbstractValue, name: string, node: acorn.Node): AbstractValue {
    const { cx } = this
    if (name === 'length') return this.length(object, node)
    if (object.kind === 'part') return cx.resolved({ ...object, steps: [...object.steps, name] })
    if (object.kind !== 'statePart' || object.node.kind !== 'record') return cx.refuse(node)
    const field = object.node.fields.get(name)
    if (!field) return cx.refuse(node, `names no field of ${object.node.path || 'the state'}`)
    if (field.kind === 'constant') this.refuseLost(object, node)
    return cx.placed(field, object.indices)
  }

  element(object: AbstractValue, index: Expression, node: acorn.Node): AbstractValue {
    const { cx } = this
    if (object.kind === 'statePart' && object.node.kind === 'list') {
      const { element, path } = object.node
      const isThere = isConstant(index) && cx.has(object.node, index.value)
      const step = isThere ? index : checkedIndex(index, cx.lengthOfList(object.node), path)
      const place: StatePart = { ...object, indices: [...object.indices, step] }
      if (element.kind === 'constant') this.refuseLost(place, node)
      return cx.placed(element, place.indices)
    }
    if (object.kind !== 'part') return cx.refuse(node, 'is indexed but is no list')
    const step = isConstant(index) ? String(index.value) : index
    return cx.resolved({ ...object, steps: [...object.steps, step] })
  }

  /** Refuses to leave out indices that may fail or change something. */
  private refuseLost(place: StatePart, node: acorn.Node): void {
    if (place.indices.some(({ effect }) => effect !== PURE))
      this.cx.refuse(node, 'does not depend on an index that may fail')
  }

  private length(object: AbstractValue, node: acorn.Node): AbstractValue {
    return asValue(constant(this.lengthOf(object, node)))
  }

  /** The length of a list. */
  lengthOf(object: AbstractValue, node: acorn.Node): number {
    if (object.kind === 'statePart' && object.node.kind === 'list') {
      this.refuseLost(object, node)
      return this.cx.lengthOfList(object.node)
    }
    const length = object.kind === 'part' ? this.cx.lengthIn(object) : null
    return length ?? this.cx.refuse(node, 'asks the length of something that is no list')
  }

  call(node: acorn.CallExpression, scope: Scope): AbstractValue {
    const { callee } = node
    if (isMath(callee)) return asValue(this.math(callee.property.name, node, scope))
    const isFree = callee.type === 'Identifier' && find(callee.name, scope) === null
    const fn = isFree ? this.cx.word(callee.name) : undefined
    if (typeof fn !== 'function')
      return this.cx.refuse(node, 'calls a function that is not in the vocabulary')
    if (this.active.has(fn)) return this.cx.refuse(node, 'calls a function that is still running')
    const args = node.arguments.map((argument) =>
      argument.type === 'SpreadElement'
        ? this.cx.refuse(argument)
        : this.argument(this.evaluate(argument, scope), argument),
    )
    return this.partNamedBy(fn as AnyFunction, args) ?? this.called(fn as AnyFunction, args)
  }

  /** Arguments are handed over as values, here and now; only groups are handed over as such. */
  private argument(abstractValue: AbstractValue, node: acorn.Node): AbstractValue {
    if (abstractValue.kind === 'word' || this.cx.isGroup(abstractValue)) return abstractValue
    if (abstractValue.kind === 'value' && isConstant(abstractValue.node)) return abstractValue
    const value = valueIn(this.cx, abstractValue, node)
    // A constant that is there for sure stays a constant: what it is compared with says its type.
    return abstractValue.kind === 'part' && value.effect === PURE ? abstractValue : asValue(value)
  }

  private called(fn: AnyFunction, args: readonly AbstractValue[]): AbstractValue {
    const { outcome, key } = this.cx.called(fn, args)
    const { fn: callee, result } = outcome
    const node = call(callee, result, args.flatMap(dynamicParts), key)
    const value = knownValue(node)
    const isPlain = value !== null && node.effect === PURE
    return asValue(isPlain ? constant(value, node.type) : node)
  }

  /** A call of a function that only returns a part of the state is that part. */
  private partNamedBy(fn: AnyFunction, args: readonly AbstractValue[]): AbstractValue | null {
    const { cx } = this
    const source = functionSource(fn)
    if (!NAMING.has(source.body.type)) return null
    const given = args.flatMap(dynamicParts)
    if (given.some(({ effect }) => effect === CHANGES)) return null
    const outer = cx.frame
    cx.frame = new Frame(source, outer)
    this.active.add(fn)
    try {
      const found = this.evaluate(source.body, scopeOf(source, args))
      if (!cx.isGroup(found) && found.kind !== 'word' && !isPlainValue(found)) return null
      // An argument that may fail must not get lost.
      const kept = dynamicParts(found)
      const isKept = (argument: Expression) =>
        argument.effect === PURE || kept.some((part) => some(part, (node) => node === argument))
      return given.every(isKept) ? found : null
    } finally {
      this.active.delete(fn)
      cx.frame = outer
    }
  }

  private math(name: string, node: acorn.CallExpression, scope: Scope): Expression {
    const args = node.arguments as acorn.Expression[]
    const why = 'calculates with something that is no number'
    if ((name === 'min' || name === 'max') && args.length === 2) {
      const [left, right] = args.map((argument) => this.integer(argument, scope, why, node))
      return calculate(name, left, right)
    }
    const [quotient] = args
    const isQuotient = quotient?.type === 'BinaryExpression' && quotient.operator === '/'
    if (name !== 'floor' || args.length !== 1 || !isQuotient) return this.cx.refuse(node)
    const left = this.integer(quotient.left, scope, why, node)
    return this.calculated('quotient', left, this.integer(quotient.right, scope, why, node), node)
  }
}

export function asValue(node: Expression): AbstractValue {
  return { kind: 'value', node }
}

function isPlainValue(abstractValue: AbstractValue): boolean {
  return abstractValue.kind === 'value' && isConstant(abstractValue.node)
}

type MathFunction = acorn.MemberExpression & {
  object: acorn.Identifier
  property: acorn.Identifier
}

function isMath(callee: acorn.Expression | acorn.Super): callee is MathFunction {
  if (callee.type !== 'MemberExpression' || callee.computed) return false
  return callee.object.type === 'Identifier' && callee.object.name === 'Math'
}

/** The names of a function's parameters, with the abstract values of its arguments. */
export function scopeOf(
  { parameters }: { readonly parameters: readonly string[] },
  args: readonly AbstractValue[],
): Scope {
  if (args.length < parameters.length)
    throw new OutsideSubset(`a call that leaves out ${parameters[args.length]}`)
  return { names: new Map(parameters.map((name, i) => [name, args[i]])), outer: null }
}
