/**
 * Every single thing that can be taken out of a function's text: a part of a condition, a
 * statement. Each is given as a whole function without that one thing, ready to stand in for the
 * original in a model's rules or vocabulary. The order of statements is not changed, because no
 * other step runs inside an atomic step.
 */
import type * as acorn from 'acorn'
import { print } from 'esrap'
import ts from 'esrap/languages/ts'
import { type AnyFunction, functionIn } from '../../checker/rules/source.js'

export interface SingleChange {
  /** The difference with the text concerned, on one line: ``without `s.x = 0` ``. */
  readonly says: string
  /**
   * The changed function. It is meant to be read: names in its text mean what the vocabulary says,
   * so that it cannot be run as it stands.
   */
  readonly fn: AnyFunction
}

/** Does one change to the tree, and gives what undoes it. */
interface Site {
  readonly says: string
  readonly change: () => () => void
}

/**
 * All single changes to a function, in the order of its text. Changes with equal descriptions get
 * numbers.
 * @param condition the function is a condition: it can also be replaced as a whole by true.
 * @throws OutsideSubset when the function has no text that can be read.
 */
export function singleChanges(fn: AnyFunction, condition: boolean): readonly SingleChange[] {
  const tree = functionIn(fn.toString())
  restore(tree)
  const sites: Site[] = []
  if (condition && tree.type === 'ArrowFunctionExpression' && tree.expression)
    sites.push(replaced(tree, 'body', true))
  visit(tree.body, sites)
  const said = new Map<string, number>()
  return sites.map(({ says, change }) => {
    const undo = change()
    const text = generate(tree)
    undo()
    const times = (said.get(says) ?? 0) + 1
    said.set(says, times)
    const changed = new Function(`return (${text})`)() as AnyFunction
    return { says: times > 1 ? `${says} (${times})` : says, fn: changed }
  })
}

function visit(node: unknown, sites: Site[]): void {
  if (Array.isArray(node)) for (const part of node) visit(part, sites)
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return
  const { type } = node as acorn.Node
  if (type === 'LogicalExpression') operands(node as acorn.LogicalExpression, sites)
  if (type === 'IfStatement' || type === 'ConditionalExpression')
    branches(node as acorn.IfStatement, sites)
  if (type === 'BlockStatement') statements(node as acorn.BlockStatement, sites)
  for (const [key, part] of Object.entries(node)) if (key !== 'type') visit(part, sites)
}

/** `a && b` without a, and without b. */
function operands(node: acorn.LogicalExpression, sites: Site[]): void {
  const neutral = node.operator === '&&'
  for (const side of ['left', 'right'] as const) {
    const operand = node[side]
    // The left side of a longer chain is handled when it is visited.
    if (operand.type === 'LogicalExpression' && operand.operator === node.operator) continue
    sites.push(replaced(node, side, neutral))
  }
}

/** Always one branch, or always the other. */
function branches(node: acorn.IfStatement, sites: Site[]): void {
  sites.push(replaced(node, 'test', true))
  // Without an alternative that is the statement left out.
  if (node.alternate) sites.push(replaced(node, 'test', false))
}

function statements(block: acorn.BlockStatement, sites: Site[]): void {
  block.body.forEach((statement, i) => {
    if (isNeeded(statement)) return
    sites.push({
      says: `without \`${shown(statement)}\``,
      change: () => {
        const [left] = block.body.splice(i, 1)
        return () => block.body.splice(i, 0, left)
      },
    })
  })
}

/** Without it the rest would not make sense. */
const isNeeded = ({ type }: acorn.Statement | acorn.ModuleDeclaration) =>
  type === 'VariableDeclaration' || type === 'ReturnStatement'

function replaced<N extends object, K extends keyof N>(node: N, key: K, value: boolean): Site {
  const original = node[key]
  const literal = { type: 'Literal', value, start: 0, end: 0 }
  const text = shown(original as acorn.Node)
  return {
    says: value ? `whether or not \`${text}\`` : `as if never \`${text}\``,
    change: () => {
      node[key] = literal as N[K]
      return () => {
        node[key] = original
      }
    },
  }
}

/** The text of a node, always written in the same way. */
const generate = (node: acorn.Node) => print(node as never, ts({ quotes: 'single' })).code

const shown = (node: acorn.Node) => generate(node).replace(/\s+/g, ' ').replace(/;$/, '')

/** One spelling where tools have several: texts in single quotes, no needless braces. */
function restore(node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  const { type } = node as acorn.Node
  if (type === 'Literal') delete (node as acorn.Literal).raw
  if (type === 'BlockStatement') {
    const block = node as acorn.BlockStatement
    block.body = block.body.filter((statement) => statement.type !== 'EmptyStatement')
  }
  if (type === 'IfStatement' && !(node as acorn.IfStatement).alternate)
    unwrap(node as acorn.IfStatement, 'consequent')
  if (type === 'ForStatement') unwrap(node as acorn.ForStatement, 'body')
  for (const part of Object.values(node)) restore(part)
}

/** A block of one statement is that statement. */
function unwrap<K extends string>(node: { [key in K]: acorn.Statement }, key: K): void {
  const block = node[key]
  if (block.type !== 'BlockStatement' || block.body.length !== 1) return
  const [only] = block.body
  if (only.type !== 'VariableDeclaration') node[key] = only
}
