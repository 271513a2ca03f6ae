/** Expressions: conditions, values, names, calls. */
import type * as acorn from 'acorn'
import type { LayoutNode } from '../../state/layout.js'
import { type FunctionSource, OutsideSubset } from '../source.js'
import {
  COMPARISONS,
  dynamicCodes,
  Frame,
  INT,
  importedInSequence,
  isLocal,
  isName,
  type Literal,
  type Meaning,
  type Place,
  type Scope,
  sameType,
  truth,
  unreadOf,
} from './abstract-values.js'
import { Storage } from './storage.js'
import type { Code, Helper, Truth, ValueType } from './types.js'
import { both, decide, either, isPlain, known, numbersOf } from './value-ranges.js'

/** Expressions that may stand for a part of the state. */
const NAMING = new Set(['MemberExpression', 'CallExpression', 'Identifier', 'Literal'])

export abstract class Expressions extends Storage {
  /** Prints `fn` for the given kind of arguments, once, and returns its name and result type. */
  protected abstract helper(fn: (...args: never[]) => unknown, args: readonly Meaning[]): Helper

  /** A condition, as something JavaScript may branch on. */
  protected test(node: acorn.Expression, scope: Scope): Truth {
    if (node.type === 'LogicalExpression') return this.logical(node, scope)
    if (node.type === 'UnaryExpression' && node.operator === '!') {
      const { code, is } = this.test(node.argument, scope)
      if (is === null) return { code: `!(${code})`, is }
      return this.acts(code) ? { code: `!(${code})`, is: !is } : known(!is)
    }
    if (node.type === 'BinaryExpression' && COMPARISONS.has(node.operator))
      return this.comparison(node, scope)
    const value = this.value(node, scope)
    if (value.type.kind !== 'bool')
      this.refuse(node, 'is used as a condition but is no truth value')
    const is = value.low !== undefined && value.low === value.high ? value.low === 1 : null
    if (is === null) return { code: `${value.code} !== 0`, is }
    return this.acts(value.code) ? { code: `${value.code} !== 0`, is } : known(is)
  }

  private logical(node: acorn.LogicalExpression, scope: Scope): Truth {
    if (node.operator === '??') return this.refuse(node)
    const settles = node.operator === '||'
    const left = this.test(node.left, scope)
    if (left.is === settles) return left
    const right = this.test(node.right, scope)
    if (left.is !== null && isPlain(left)) return right
    if (right.is === !settles && isPlain(right)) return left
    if (right.is === settles && isPlain(right) && !this.acts(left.code)) return right
    const is = left.is === null && right.is !== settles ? null : right.is
    return { code: `(${left.code} ${node.operator} ${right.code})`, is }
  }

  protected comparison(node: acorn.BinaryExpression, scope: Scope): Truth {
    const left = this.meaning(node.left as acorn.Expression, scope)
    const right = this.meaning(node.right, scope)
    if (isName(left) && isName(right) && ['===', '!=='].includes(node.operator))
      return known((left.value === right.value) === (node.operator === '==='))
    const hints = [this.typeHint(left), this.typeHint(right)]
    const hint = hints.find((h) => h?.kind === 'name' && !h.open) ?? hints[0] ?? hints[1]
    const isEquality = ['===', '!=='].includes(node.operator)
    const [x, y] = [this.unread(left, node.left, hint), this.unread(right, node.right, hint)]
    const l = this.read(x, isEquality ? numbersOf(y) : null)
    const r = this.read(y, isEquality ? numbersOf(x) : null)
    if (!sameType(l.type, r.type)) this.refuse(node, 'compares values of different kinds')
    if (l.type.kind !== 'int' && !isEquality)
      this.refuse(node, 'orders values that are not numbers')
    const is = decide(node.operator, l, r)
    if (is === null) return { code: `(${l.code} ${node.operator} ${r.code})`, is }
    const checks = [l, r].filter(({ code }) => this.acts(code)).map((c) => c.check ?? c.code)
    return checks.length > 0 ? { code: `(${[...checks, is].join(', ')})`, is } : known(is)
  }

  /** Code for a value; truth values are printed as 0 or 1. */
  protected value(node: acorn.Expression, scope: Scope, hint?: ValueType): Code {
    return this.asCode(this.meaning(node, scope, hint), node, hint)
  }

  protected meaning(node: acorn.Node, scope: Scope, hint?: ValueType): Meaning {
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

  protected conditional(
    node: acorn.ConditionalExpression,
    scope: Scope,
    hint?: ValueType,
  ): Meaning {
    const test = this.test(node.test, scope)
    if (test.is !== null && isPlain(test))
      return this.meaning(test.is ? node.consequent : node.alternate, scope, hint)
    const first = this.meaning(node.consequent, scope, hint)
    const second = this.meaning(node.alternate, scope, hint)
    const type = hint ?? this.typeHint(first) ?? this.typeHint(second)
    const l = this.asName(first, node.consequent, type)
    const r = this.asName(second, node.alternate, type)
    if (!sameType(l.type, r.type)) this.refuse(node, 'chooses between values of different kinds')
    const code = `(${test.code} ? ${l.code} : ${r.code})`
    return { kind: 'code', code, type: l.type, ...either(l, r), ...unreadOf(l, r) }
  }

  protected named(node: acorn.Identifier, scope: Scope | null): Meaning {
    for (let s = scope; s; s = s.outer) {
      const found = s.names.get(node.name)
      if (found) return found
    }
    const value = this.word(node.name)
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string')
      return { kind: 'literal', value }
    return this.refuse(node, 'is neither a parameter, a local name nor in the vocabulary')
  }

  protected member(node: acorn.MemberExpression, scope: Scope): Meaning {
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
      return this.placed(field, object.indices)
    }
    if (object.kind === 'table') return this.resolved({ ...object, steps: [...object.steps, name] })
    return this.refuse(node)
  }

  protected element(object: Meaning, index: Code, node: acorn.MemberExpression): Meaning {
    if (index.type.kind !== 'int') return this.refuse(node, 'is indexed by what is no number')
    const { low, high } = index
    const known = low !== undefined && low === high && !this.acts(index.code)
    if (object.kind === 'place' && object.node.kind === 'list') {
      const { element } = object.node
      const step = this.stepInto(object.node, index, known)
      const place: Place = { ...object, indices: [...object.indices, step] }
      if (element.kind === 'constant') this.refuseUnread(place, node)
      return this.placed(element, place.indices)
    }
    if (object.kind === 'table')
      return this.resolved({ ...object, steps: [...object.steps, known ? String(low) : index] })
    return this.refuse(node, 'is indexed but is no list')
  }

  /** An index of a list, which fails where it runs as it would when interpreted. */
  private stepInto(list: LayoutNode, index: Code, known: boolean): Code | Literal {
    const { low, high } = index
    if (known && this.has(list, Number(low))) return { kind: 'literal', value: Number(low) }
    const length = this.lengthOfList(list)
    if (low !== undefined && low >= 0 && high !== undefined && high < length) return index
    const code = `at(${index.code}, ${length}, ${JSON.stringify(list.path)})`
    return { ...index, code, low: 0, high: length - 1 }
  }

  /** Refuses to leave out indices that may fail or change something. */
  protected refuseUnread(place: Place, node: acorn.Node): void {
    if (dynamicCodes(place).some((index) => this.acts(index)))
      this.refuse(node, 'does not depend on an index that may fail')
  }

  protected lengthOf(object: Meaning, node: acorn.Node): Meaning {
    if (object.kind === 'place' && object.node.kind === 'list') {
      this.refuseUnread(object, node)
      return { kind: 'literal', value: this.lengthOfList(object.node) }
    }
    const length = object.kind === 'table' ? this.lengthIn(object) : null
    if (length !== null) return { kind: 'literal', value: length }
    return this.refuse(node, 'asks the length of something that is no list')
  }

  /**
   * Test runners and bundlers print an imported name as a property of a module object
   * (`__module_1__.name`): the last part is the name, if the object is nothing we know.
   */
  protected importedName(node: acorn.MemberExpression, scope: Scope): string | null {
    if (node.computed || node.object.type !== 'Identifier') return null
    for (let s: Scope | null = scope; s; s = s.outer) if (s.names.has(node.object.name)) return null
    const { name } = node.property as acorn.Identifier
    return node.object.name !== 'Math' && this.word(name) !== undefined ? name : null
  }

  protected call(node: acorn.CallExpression, scope: Scope): Meaning {
    let { callee } = node as acorn.CallExpression
    if (callee.type === 'ParenthesizedExpression') callee = callee.expression
    if (callee.type === 'SequenceExpression')
      callee = importedInSequence(callee) ?? this.refuse(callee)
    const math = this.mathCall(callee as acorn.Expression, node, scope)
    if (math) return math
    let name: string | null = null
    if (callee.type === 'Identifier') name = callee.name
    if (callee.type === 'MemberExpression') name = this.importedName(callee, scope)
    const fn = name === null || isLocal(name, callee, scope) ? undefined : this.word(name)
    if (typeof fn !== 'function')
      return this.refuse(node, 'calls a function that is not in the vocabulary')
    if (this.active.has(fn)) return this.refuse(node, 'calls a function that is still running')
    if (this.bodies.has(fn as never)) {
      // Another body is meant for one call.
      if ((this.calledAt.get(fn) ?? node) !== node) return this.refuse(node, 'is called twice')
      this.calledAt.set(fn, node)
    }
    const args = node.arguments.map((argument) => {
      if (argument.type === 'SpreadElement') return this.refuse(argument)
      return this.argument(this.meaning(argument, scope), argument)
    })
    return this.inlinePlace(fn as never, args) ?? this.callHelper(fn as never, args)
  }

  /** Arguments are handed over as values, here and now; only groups are handed over as such. */
  protected argument(meaning: Meaning, node: acorn.Node): Meaning {
    const { kind } = meaning
    if (kind === 'literal' || this.isPart(meaning)) return meaning
    const code = this.asName(meaning, node)
    // A constant that is there for sure stays a constant: what it is compared with names its type.
    return kind === 'table' && !this.acts(code.code) ? meaning : code
  }

  protected callHelper(fn: (...args: never[]) => unknown, args: readonly Meaning[]): Code {
    const helper = this.helper(fn, args)
    this.frame.include(helper.reads, helper.writes, helper.facts)
    const { name, result, low, high, origin, unread } = helper
    const dynamic = args.flatMap((arg) => dynamicCodes(arg))
    const call = `${name}(${['a', 'o', ...dynamic].join(', ')})`
    const code = low !== undefined && low === high && !this.acts(call) ? `(${low})` : call
    return { kind: 'code', code, type: result, low, high, origin, unread }
  }

  /** A helper that only names a part of the state stands for that part. */
  protected inlinePlace(
    fn: (...args: never[]) => unknown,
    args: readonly Meaning[],
  ): Meaning | null {
    const source = this.sourceOf(fn)
    if (!NAMING.has(source.body.type)) return null
    const codes = args.flatMap((arg) => dynamicCodes(arg))
    if (codes.some((code) => this.changes(code))) return null
    const outerFrame = this.frame
    this.frame = new Frame(source, outerFrame)
    this.active.add(fn)
    try {
      const found = this.meaning(source.body, this.scopeOf(source, args))
      if (!this.isPart(found) && found.kind !== 'literal') return null
      // An argument that may fail must not get lost.
      const kept = dynamicCodes(found).join()
      return codes.every((code) => !this.acts(code) || kept.includes(code)) ? found : null
    } finally {
      outerFrame.include(this.frame.reads, this.frame.writes, this.frame.facts)
      this.active.delete(fn)
      this.frame = outerFrame
    }
  }

  protected mathCall(
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
      return { kind: 'code', code: `quotient(${l.code}, ${r.code})`, type: INT, low, high }
    }
    if ((name === 'min' || name === 'max') && args.length === 2) {
      const [l, r] = args.map((argument) => this.value(argument, scope, INT))
      if (l.type.kind !== 'int' || r.type.kind !== 'int') return this.refuse(node)
      const pick = name === 'min' ? Math.min : Math.max
      const [low, high] = [both(l.low, r.low, pick), both(l.high, r.high, pick)]
      return {
        kind: 'code',
        code: `${name === 'min' ? 'smaller' : 'larger'}(${l.code}, ${r.code})`,
        type: INT,
        low,
        high,
      }
    }
    return this.refuse(node)
  }

  protected arithmetic(
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
      if (r.low === undefined || r.low !== r.high || r.low < 1)
        return this.refuse(node, 'takes a remainder by a number that is not known and positive')
      return this.remainder(l, r.low)
    } else if (!'+-*'.includes(operator)) return this.refuse(node)
    const acts = this.acts(`${l.code}, ${r.code}`)
    if (bounds.low !== undefined && bounds.low === bounds.high && !acts)
      return { kind: 'literal', value: bounds.low }
    return { kind: 'code', code: `(${l.code} ${operator} ${r.code})`, type: INT, ...bounds }
  }

  /**
   * The remainder by a known positive number: as negative as what is divided, never a minus zero.
   */
  protected remainder(l: Code, by: number): Code | Literal {
    if (l.low !== undefined && l.low === l.high && !this.acts(l.code))
      return { kind: 'literal', value: (l.low % by) | 0 }
    const mayBeNegative = l.low === undefined || l.low < 0
    return {
      kind: 'code',
      code: mayBeNegative ? `((${l.code} % ${by}) | 0)` : `(${l.code} % ${by})`,
      type: INT,
      low: mayBeNegative ? Math.max(1 - by, l.low ?? 1 - by) : 0,
      high: l.high === undefined ? by - 1 : Math.max(0, Math.min(by - 1, l.high)),
    }
  }

  protected scopeOf(source: FunctionSource, args: readonly Meaning[]): Scope {
    if (args.length < source.parameters.length)
      throw new OutsideSubset(`a call that leaves out ${source.parameters[args.length]}`)
    const names = new Map<string, Meaning>()
    source.parameters.forEach((parameter, i) => {
      names.set(parameter, args[i])
    })
    return { names, outer: null }
  }
}
