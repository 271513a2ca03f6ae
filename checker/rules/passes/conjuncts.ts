/**
 * A property as a conjunction of smaller ones, by its source: a loop over all threads that looks
 * for a bad one is one conjunct a thread. Each looks at less of the state than the whole, so fewer
 * steps matter to it.
 *
 * What is promised, and all that is used: where the property is not as wanted, some conjunct is not
 * either. `f(s) === NONE`, with an `f` of `const`, `if`, loops and `return` that falls through
 * where it finds nothing, returns something else only by one of its statements in one round of the
 * loops around it; that statement alone, after those that may end the search early, returns that.
 */
import type * as acorn from 'acorn'
import type { Condition } from '../../model.js'
import { type Bodies, type FunctionSource, functionSource } from '../source.js'

type Fn = (...args: never[]) => unknown

/** What splitting has to know of the model. */
export interface Known {
  /** A function of the vocabulary. */
  readonly word: (name: string) => unknown
  /** The first value of a counter, or 0 for a list, and how often the loop is run; or null. */
  readonly rounds: (
    fn: Fn,
    loop: acorn.ForStatement | acorn.ForOfStatement,
  ) => { readonly from: number; readonly count: number } | null
}

/** A conjunct, as the bodies with which the property says just that. */
type Conjunct = readonly (readonly [Fn, FunctionSource])[]

/** The conjuncts of "the condition is as wanted"; the condition itself where it cannot be split. */
export function conjunctsOf<S>(holds: Condition<S>, wanted: boolean, known: Known): Bodies[] {
  const fn = holds as Fn
  let conjuncts: Conjunct[]
  try {
    conjuncts = ofFunction(fn, { value: wanted, node: literal(wanted) }, known)
  } catch {
    conjuncts = [[]]
  }
  return conjuncts.map((bodies) => new Map(bodies))
}

/** What a function is to return. */
interface Wanted {
  readonly value: boolean | null
  readonly node: acorn.Expression
}

function ofFunction(fn: Fn, wanted: Wanted, known: Known): Conjunct[] {
  const source = functionSource(fn)
  const { body } = source
  if (body.type !== 'BlockStatement') {
    if (wanted.value === null) return [[]]
    return ofExpression(body, wanted.value, { ...known, fn }).map(({ node, bodies }) => [
      ...bodies,
      [fn, { ...source, body: node }],
    ])
  }
  const found = ofStatements(body.body, { fn, wanted, known, inLoop: false })
  if (!found) return [[]]
  return found.map(({ nodes, bodies }) => [
    ...bodies,
    [fn, { ...source, body: { ...body, body: [...nodes] } }],
  ])
}

interface SplitExpression {
  readonly node: acorn.Expression
  readonly bodies: Conjunct
}

/** What splitting has to know, and the function that is being split. */
type Inside = Known & { readonly fn: Fn }

function ofExpression(node: acorn.Expression, wanted: boolean, known: Inside): SplitExpression[] {
  const whole = [{ node, bodies: [] }]
  if (node.type === 'ParenthesizedExpression') return ofExpression(node.expression, wanted, known)
  if (node.type === 'UnaryExpression' && node.operator === '!')
    return ofExpression(node.argument, !wanted, known).map(({ node: argument, bodies }) => ({
      node: { ...node, argument },
      bodies,
    }))
  if (node.type === 'LogicalExpression' && node.operator !== '??') {
    const right = ofExpression(node.right, wanted, known)
    const rest = right.map((one) => ({ ...one, node: { ...node, right: one.node } }))
    if ((node.operator === '&&') !== wanted) return rest
    return [...ofExpression(node.left, wanted, known), ...right]
  }
  if (node.type === 'CallExpression')
    return ofCall(node, { value: wanted, node: literal(wanted) }, known) ?? whole
  const isEqual = node.type === 'BinaryExpression' && node.operator === '==='
  const isDifferent = node.type === 'BinaryExpression' && node.operator === '!=='
  if (!(isEqual && wanted) && !(isDifferent && !wanted)) return whole
  const { left, right } = node as acorn.BinaryExpression
  if (left.type !== 'CallExpression' || !isConstant(right)) return whole
  const found = ofCall(left, { value: null, node: right }, known)
  return found?.map((one) => ({ ...one, node: { ...node, left: one.node } })) ?? whole
}

function ofCall(
  node: acorn.CallExpression,
  wanted: Wanted,
  known: Inside,
): SplitExpression[] | null {
  const name = calledName(node.callee)
  const fn = name === null ? undefined : known.word(name)
  const [state] = node.arguments
  // The state is handed on; what else is handed over is so as before.
  if (state?.type !== 'Identifier' || state.name !== functionSource(known.fn).parameters[0])
    return null
  if (typeof fn !== 'function') return null
  return ofFunction(fn as Fn, wanted, known).map((bodies) => ({ node, bodies }))
}

/** The name of a called function; a test runner prints `(0, module.name)` for an imported one. */
function calledName(callee: acorn.Node): string | null {
  const node = callee as acorn.Expression
  if (node.type === 'Identifier') return node.name
  if (node.type === 'ParenthesizedExpression') return calledName(node.expression)
  if (node.type === 'SequenceExpression') return calledName(node.expressions[1])
  if (node.type === 'MemberExpression' && !node.computed && node.property.type === 'Identifier')
    return node.property.name
  return null
}

/** Statements of a function that is to return what is wanted. */
interface Search {
  readonly fn: Fn
  readonly wanted: Wanted
  readonly known: Known
  readonly inLoop: boolean
}

interface SplitStatements {
  readonly nodes: readonly acorn.Statement[]
  readonly bodies: Conjunct
}

/** Null: it is no search, or one that cannot be split. */
function ofStatements(
  statements: readonly (acorn.Statement | acorn.ModuleDeclaration)[],
  search: Search,
): SplitStatements[] | null {
  const { wanted, inLoop } = search
  const found: SplitStatements[] = []
  /** What comes before every conjunct: constants, and what may end the search early. */
  const before: acorn.Statement[] = []
  const end = inLoop ? [] : [returning(wanted.node)]
  for (const node of statements as readonly acorn.Statement[]) {
    if (node.type === 'EmptyStatement') continue
    if (node.type === 'VariableDeclaration') {
      if (node.kind !== 'const') return null
      before.push(node)
    } else if (node.type === 'ReturnStatement' && !inLoop && node.argument) {
      if (!isSameConstant(node.argument, wanted.node)) {
        const splits =
          wanted.value === null
            ? [{ node: node.argument, bodies: [] }]
            : ofExpression(node.argument, wanted.value, { ...search.known, fn: search.fn })
        for (const { node: argument, bodies } of splits)
          found.push({ nodes: [...before, { ...node, argument }], bodies })
      }
      return found
    } else if (isEarlyEnd(node, search)) before.push(node)
    else {
      const split = ofStatement(node, search)
      if (!split) return null
      for (const { nodes, bodies } of split)
        found.push({ nodes: [...before, ...nodes, ...end], bodies })
    }
  }
  return inLoop ? found : null
}

/** `if (...) continue`, and outside of loops `if (...) return WANTED`. */
function isEarlyEnd(node: acorn.Statement, { wanted, inLoop }: Search): boolean {
  if (node.type !== 'IfStatement' || node.alternate) return false
  const then = onlyOne(node.consequent)
  if (then?.type === 'ContinueStatement') return inLoop && !then.label
  const value = then?.type === 'ReturnStatement' ? then.argument : null
  return !inLoop && !!value && isSameConstant(value, wanted.node)
}

function ofStatement(node: acorn.Statement, search: Search): SplitStatements[] | null {
  if (node.type === 'BlockStatement') {
    const inner = ofStatements(node.body, { ...search, inLoop: true })
    return inner?.map(({ nodes, bodies }) => ({ nodes: [block(nodes)], bodies })) ?? null
  }
  if (node.type === 'ReturnStatement')
    return node.argument && !isSameConstant(node.argument, search.wanted.node)
      ? [{ nodes: [node], bodies: [] }]
      : null
  if (node.type === 'IfStatement') {
    if (node.alternate) return null
    const then = ofStatement(node.consequent, search)
    return (
      then?.map(({ nodes, bodies }) => ({
        nodes: [{ ...node, consequent: block(nodes) }],
        bodies,
      })) ?? null
    )
  }
  if (node.type === 'ForStatement' || node.type === 'ForOfStatement') return ofLoop(node, search)
  return null
}

function ofLoop(
  node: acorn.ForStatement | acorn.ForOfStatement,
  search: Search,
): SplitStatements[] | null {
  const body = ofStatement(node.body, { ...search, inLoop: true })
  if (!body) return null
  const rounds = search.known.rounds(search.fn, node)
  if (!rounds)
    return body.map(({ nodes, bodies }) => ({ nodes: [{ ...node, body: block(nodes) }], bodies }))
  return Array.from({ length: rounds.count }, (_, i) =>
    body.map(({ nodes, bodies }) => ({
      nodes: [round(node, rounds.from + i, block(nodes))],
      bodies,
    })),
  ).flat()
}

/** One round of a loop, as a loop of one round: what it says by `continue` stays possible. */
function round(
  node: acorn.ForStatement | acorn.ForOfStatement,
  number: number,
  body: acorn.BlockStatement,
): acorn.ForStatement {
  const isList = node.type === 'ForOfStatement'
  const declared = (isList ? node.left : node.init) as acorn.VariableDeclaration
  const { id } = declared.declarations[0]
  const counter = isList
    ? ({ ...id, name: '$round' } as acorn.Identifier)
    : (id as acorn.Identifier)
  const let_ = (kind: 'let' | 'const', name: acorn.Pattern, init: acorn.Expression) =>
    ({
      ...declared,
      kind,
      declarations: [{ ...declared.declarations[0], id: name, init }],
    }) as acorn.VariableDeclaration
  const { start, end } = node
  const list = (node as acorn.ForOfStatement).right
  const element = {
    type: 'MemberExpression',
    computed: true,
    optional: false,
    object: list,
    property: counter,
    start,
    end,
  } as acorn.MemberExpression
  return {
    type: 'ForStatement',
    start,
    end,
    init: let_('let', counter, literal(number)),
    test: {
      type: 'BinaryExpression',
      operator: '<',
      left: counter,
      right: literal(number + 1),
      start,
      end,
    } as acorn.BinaryExpression,
    update: {
      type: 'UpdateExpression',
      operator: '++',
      prefix: false,
      argument: counter,
      start,
      end,
    } as acorn.UpdateExpression,
    body: isList ? block([let_('const', id, element), body]) : body,
  }
}

function onlyOne(node: acorn.Statement): acorn.Statement | null {
  if (node.type !== 'BlockStatement') return node
  return node.body.length === 1 ? node.body[0] : null
}

function isConstant(node: acorn.Node): boolean {
  const { type } = node
  return (
    type === 'Literal' || type === 'Identifier' || type === 'UnaryExpression' || isImported(node)
  )
}

const isImported = (node: acorn.Node) =>
  node.type === 'MemberExpression' && calledName(node) !== null

/** Do two constants stand there in the same words? */
function isSameConstant(one: acorn.Node, other: acorn.Node): boolean {
  if (one.type === 'Literal' && other.type === 'Literal')
    return (one as acorn.Literal).value === (other as acorn.Literal).value
  const [x, y] = [calledName(one), calledName(other)]
  return x !== null && x === y
}

function literal(value: number | boolean): acorn.Literal {
  return { type: 'Literal', value, raw: String(value), start: 0, end: 0 }
}

function returning(argument: acorn.Expression): acorn.ReturnStatement {
  return { type: 'ReturnStatement', argument, start: argument.start, end: argument.end }
}

function block(nodes: readonly acorn.Statement[]): acorn.BlockStatement {
  return { type: 'BlockStatement', body: [...nodes], start: 0, end: 0 }
}
