/** Reads statements: branches, loops, assignments, returns. */
import type * as acorn from 'acorn'
import { calculate, compare, outcome } from '../passes/fold.js'
import { forEachPart, namesIn } from '../source.js'
import {
  anyOf,
  type Binding,
  CHANGES,
  constant,
  type Expression,
  eitherOf,
  FAILS,
  type Facts,
  INT,
  isConstant,
  isIncrement,
  isInRange,
  type Local,
  local,
  most,
  mostOf,
  PURE,
  run,
  type Statement,
  type ValueType,
} from '../tree.js'
import {
  type AbstractValue,
  type ConstantPart,
  dynamicParts,
  isSameType,
  type Scope,
  typeOf,
} from './abstract-values.js'
import type { Context } from './context.js'
import { Declarations } from './declarations.js'
import { asValue, type Expressions } from './expressions.js'
import { valueIn } from './values.js'

export class Statements {
  private readonly declarations: Declarations

  constructor(
    private readonly cx: Context,
    private readonly expressions: Expressions,
  ) {
    this.declarations = new Declarations(cx, expressions)
  }

  /** The body of a function. */
  body(body: acorn.BlockStatement | acorn.Expression, scope: Scope): readonly Statement[] {
    const { frame } = this.cx
    if (body.type === 'BlockStatement') {
      const statements = this.block(body, scope)
      if (frame.returned && (frame.isEmpty || !frame.isEnded))
        this.cx.refuse(body, 'returns a value on some ways through it only')
      return statements
    }
    if (body.type === 'AssignmentExpression' || body.type === 'UpdateExpression')
      return [this.effect(body, scope)]
    return this.returned(body, scope)
  }

  private block(node: acorn.BlockStatement, outer: Scope): readonly Statement[] {
    const scope: Scope = { names: new Map(), outer, declares: declaredIn(node) }
    const statements: Statement[] = []
    this.cx.frame.isEnded = false
    for (const statement of node.body) {
      statements.push(...this.statement(statement, scope))
      if (this.cx.frame.isEnded) break
    }
    return statements
  }

  private statement(
    node: acorn.Statement | acorn.ModuleDeclaration,
    scope: Scope,
  ): readonly Statement[] {
    const { frame } = this.cx
    frame.isEnded = false
    switch (node.type) {
      case 'BlockStatement':
        return this.block(node, scope)
      case 'VariableDeclaration':
        return this.declarations.declare(node, scope)
      case 'ExpressionStatement':
        return [this.effect(node.expression, scope)]
      case 'ReturnStatement': {
        if (node.argument) return this.returned(node.argument, scope)
        frame.isEmpty = true
        frame.isEnded = true
        return [{ kind: 'return', value: null, effect: PURE }]
      }
      case 'IfStatement':
        return this.branch(node, scope)
      case 'ForStatement':
        return this.forLoop(node, scope)
      case 'ForOfStatement':
        return this.forOfLoop(node, scope)
      case 'BreakStatement':
      case 'ContinueStatement': {
        if (node.label) return this.cx.refuse(node)
        frame.isEnded = true
        const to = node.type === 'BreakStatement' ? 'break' : 'continue'
        return [{ kind: 'jump', to, effect: PURE }]
      }
      case 'EmptyStatement':
        return []
      default:
        return this.cx.refuse(node)
    }
  }

  private branch(node: acorn.IfStatement, scope: Scope): readonly Statement[] {
    const { frame } = this.cx
    const test = this.expressions.condition(node.test, scope)
    const is = outcome(test)
    if (is !== null) {
      const taken = is ? node.consequent : node.alternate
      const statements = taken ? this.statement(taken, scope) : []
      return isConstant(test) ? statements : [run(test), ...statements]
    }
    const then = this.statement(node.consequent, this.narrowed(node.test, scope))
    const hasThenEnded = frame.isEnded
    frame.isEnded = false
    const otherwise = node.alternate ? this.statement(node.alternate, scope) : []
    frame.isEnded &&= hasThenEnded
    return [{ kind: 'if', test, then, otherwise, effect: mostOf([test, ...then, ...otherwise]) }]
  }

  /**
   * Inside `if (table[i] === value)` the index is one at which the table has the value. Often there
   * is only one, for example when a loop looks for the one thread of a kind.
   */
  private narrowed(test: acorn.Expression, outer: Scope): Scope {
    if (test.type !== 'BinaryExpression' || test.operator !== '===') return outer
    const part = this.expressions.evaluate(test.left, outer)
    const value = this.expressions.evaluate(test.right, outer)
    const wanted = plainValueOf(value)
    if (part.kind !== 'part' || wanted === null) return outer
    const [index, ...others] = dynamicParts(part)
    if (others.length > 0 || index?.kind !== 'local' || !index.isFixed) return outer
    const found = this.cx.spread(part).values.flatMap((one, i) => (one === wanted.value ? [i] : []))
    const low = Math.max(index.low, Math.min(...found))
    const high = Math.min(index.high, Math.max(...found))
    if (low > high) return outer
    const narrow: Expression = low === high ? constant(low) : { ...index, low, high, numbers: null }
    const names = new Map<string, AbstractValue>()
    const hidden = new Set<string>()
    for (let scope: Scope | null = outer; scope; scope = scope.outer)
      for (const [name, abstractValue] of scope.names) {
        if (isLocal(abstractValue, index) && !hidden.has(name)) names.set(name, asValue(narrow))
        hidden.add(name)
      }
    return { names, outer }
  }

  private returned(node: acorn.Expression, scope: Scope): readonly Statement[] {
    const abstractValue = this.expressions.evaluate(node, scope)
    const { frame } = this.cx
    frame.isEnded = true
    if (abstractValue.kind === 'value' && abstractValue.node.type.kind === 'none') {
      frame.isEmpty = true
      return [run(abstractValue.node), { kind: 'return', value: null, effect: PURE }]
    }
    const value = valueIn(this.cx, abstractValue, node)
    const { returned } = frame
    if (returned && !isSameType(returned.type, value.type))
      this.cx.refuse(node, 'returns values of different kinds')
    frame.returned = returned ? eitherOf(returned, value) : value
    return [{ kind: 'return', value, effect: value.effect }]
  }

  private forLoop(node: acorn.ForStatement, outer: Scope): readonly Statement[] {
    const { cx, expressions } = this
    const scope: Scope = { names: new Map(), outer }
    const { init, test: testNode, update } = node
    if (init?.type !== 'VariableDeclaration' || init.declarations.length !== 1)
      return cx.refuse(node)
    const [{ id, init: first }] = init.declarations
    if (init.kind !== 'let' || id.type !== 'Identifier' || !first || !testNode || !update)
      return cx.refuse(node)
    const early: Scope = { names: new Map(), outer, declares: new Set([id.name]) }
    const from = expressions.integer(first, early, 'is no number to count from')
    const counter = this.declarations.binding(id.name, null, INT)
    // Outside the body the counter also has the value that ends the loop, so no bounds there.
    scope.names.set(id.name, asValue(local(counter, anyOf(INT), false)))
    const test = expressions.condition(testNode, scope)
    const step = this.effect(update, scope)
    const bounds = this.boundsOf(counter, from, test, step)
    scope.names.set(id.name, asValue(local(counter, bounds, true)))
    const body = this.statement(node.body, scope)
    cx.frame.isEnded = false
    const effect = mostOf([from, test, step, ...body])
    return [{ kind: 'loop', counter, from, test, step, body, effect }]
  }

  /** Bounds of a counter that goes up by one and stops below some number. */
  private boundsOf(counter: Binding, from: Expression, test: Expression, step: Statement): Facts {
    const any = anyOf(INT)
    if (test.kind !== 'operation' || test.operator !== '<') return any
    const [left, end] = test.operands
    const isCounted = left.kind === 'local' && left.binding === counter
    return isCounted && isIncrement(step, counter)
      ? { ...any, low: from.low, high: end.high - 1 }
      : any
  }

  private forOfLoop(node: acorn.ForOfStatement, outer: Scope): readonly Statement[] {
    const { cx } = this
    if (node.left.type !== 'VariableDeclaration' || node.left.kind !== 'const')
      return cx.refuse(node)
    const { id } = node.left.declarations[0]
    if (id.type !== 'Identifier') return cx.refuse(node)
    const early: Scope = { names: new Map(), outer, declares: new Set([id.name]) }
    const over = this.expressions.evaluate(node.right, early)
    const turns = over.kind === 'part' && !hasJumps(node.body) ? this.knownElements(over) : null
    if (turns) {
      const all = turns.map((value) =>
        this.statement(node.body, { names: new Map([[id.name, value]]), outer }),
      )
      cx.frame.isEnded = false
      return all.flat()
    }
    if (over.kind !== 'statePart' && over.kind !== 'part')
      return cx.refuse(node.right, 'is not a list of the state')
    const { statements, abstractValue: list } = this.declarations.fixed(over)
    const length = this.expressions.lengthOf(list, node.right)
    const counter = this.declarations.binding('i', null, INT)
    const index = local(counter, { type: INT, low: 0, high: length - 1, numbers: null }, true)
    const scope: Scope = { names: new Map(), outer }
    const element =
      list.kind === 'part'
        ? ({ ...list, steps: [...list.steps, index] } as const)
        : this.expressions.element(list, index, node.right)
    // A value is read when its turn comes, and stays what it was then.
    const isValue = element.kind === 'statePart' && element.node.kind === 'leaf'
    const first = isValue ? this.declarations.name(id, element, node.left, scope) : []
    if (!isValue) scope.names.set(id.name, element)
    const body = [...first, ...this.statement(node.body, scope)]
    cx.frame.isEnded = false
    return [...statements, counted(counter, length, body)]
  }

  /** The elements of a list in a constant, if all are plain values: its loop is written out. */
  private knownElements(list: ConstantPart): readonly AbstractValue[] | null {
    const length = this.cx.lengthIn(list)
    if (length === null) return null
    const elements = Array.from({ length }, (_, i) =>
      this.cx.resolved({ ...list, steps: [...list.steps, String(i)] }),
    )
    return elements.every(({ kind }) => kind !== 'part') ? elements : null
  }

  private effect(node: acorn.Expression, scope: Scope): Statement {
    if (node.type === 'AssignmentExpression') return this.assign(node, scope)
    if (node.type === 'UpdateExpression') {
      const target = this.expressions.evaluate(node.argument, scope)
      const operator = node.operator === '++' ? '+' : '-'
      return this.update(target, operator, asValue(constant(1)), node)
    }
    if (node.type !== 'CallExpression') return this.cx.refuse(node)
    const abstractValue = this.expressions.call(node, scope)
    return run(abstractValue.kind === 'value' ? abstractValue.node : constant(0))
  }

  private assign(node: acorn.AssignmentExpression, scope: Scope): Statement {
    const target = this.expressions.evaluate(node.left, scope)
    const right = this.expressions.evaluate(node.right, scope, this.cx.typeOf(target))
    if (node.operator === '=') return this.store(target, right, node)
    if (node.operator === '+=') return this.update(target, '+', right, node)
    return node.operator === '-=' ? this.update(target, '-', right, node) : this.cx.refuse(node)
  }

  /** The target is both read and written, and so are its indices: they must change nothing. */
  private update(
    target: AbstractValue,
    operator: '+' | '-',
    by: AbstractValue,
    node: acorn.Expression,
  ): Statement {
    if (dynamicParts(target).some(({ effect }) => effect === CHANGES))
      this.cx.refuse(node, 'has an index that changes the state')
    return this.store(target, this.expressions.calculatedValue(operator, target, by, node), node)
  }

  private store(target: AbstractValue, abstractValue: AbstractValue, node: acorn.Node): Statement {
    const { cx } = this
    const isVariable = target.kind === 'value' && target.node.kind === 'local'
    if (isVariable && !(target.node as Local).isFixed) {
      const { binding, type } = target.node as Local
      const value = this.valueFor(type, abstractValue, node)
      return { kind: 'assign', binding, value, effect: value.effect }
    }
    if (target.kind !== 'statePart' || target.node.kind !== 'leaf')
      return cx.refuse(node, 'assigns to something that is not a variable')
    const { leaf } = target.node
    const value = this.valueFor(typeOf(leaf.scalar), abstractValue, node)
    const variable = cx.declarationOf(leaf)
    const { indices } = target
    const ranged = isInRange(variable, value) ? PURE : FAILS
    const effect = leaf.width > 0 ? CHANGES : most(ranged, mostOf([...indices, value]))
    return { kind: 'store', variable, indices, value, effect }
  }

  private valueFor(type: ValueType, abstractValue: AbstractValue, node: acorn.Node): Expression {
    const value = valueIn(this.cx, abstractValue, node, type)
    return isSameType(value.type, type)
      ? value
      : this.cx.refuse(node, 'assigns a value of another kind')
  }
}

/** `for (let counter = 0; counter < length; counter++) body` */
function counted(counter: Binding, length: number, body: readonly Statement[]): Statement {
  const at = local(counter, anyOf(INT), false)
  const increment = calculate('+', at, constant(1))
  return {
    kind: 'loop',
    counter,
    from: constant(0),
    test: compare('<', at, constant(length)),
    step: { kind: 'assign', binding: counter, value: increment, effect: PURE },
    body,
    effect: mostOf(body),
  }
}

function isLocal(abstractValue: AbstractValue, { binding }: Local): boolean {
  if (abstractValue.kind !== 'value' || abstractValue.node.kind !== 'local') return false
  return abstractValue.node.binding === binding
}

/** An abstract value that is known, as the value it has in a constant. */
function plainValueOf(abstractValue: AbstractValue): { value: unknown } | null {
  if (abstractValue.kind === 'word') return { value: abstractValue.text }
  if (abstractValue.kind !== 'value' || !isConstant(abstractValue.node)) return null
  const { type, value } = abstractValue.node
  return { value: type.kind === 'bool' ? value === 1 : value }
}

/** The names that a block itself declares. Inside the block they hide outer ones from its start. */
function declaredIn({ body }: acorn.BlockStatement): ReadonlySet<string> {
  const declarators = body.flatMap((one) =>
    one.type === 'VariableDeclaration' ? one.declarations : [],
  )
  return new Set(declarators.flatMap(({ id }) => namesIn(id)))
}

function hasJumps(body: acorn.Statement): boolean {
  let found = false
  forEachPart(body, ({ type }) => {
    found ||= type === 'BreakStatement' || type === 'ContinueStatement'
  })
  return found
}
