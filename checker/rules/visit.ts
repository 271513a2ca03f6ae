/** Ways to walk the tree of a rule (tree.ts). */
import type { Expression, Node, Statement } from './tree.js'

/** One function for each kind of node: a visitor that lacks one does not compile. */
export type Visitor<N extends Node, R> = {
  readonly [K in N['kind']]: (node: Extract<N, { kind: K }>) => R
}

export function visit<R>(node: Expression, visitor: Visitor<Expression, R>): R
export function visit<R>(node: Statement, visitor: Visitor<Statement, R>): R
export function visit<R>(node: Node, visitor: object): R {
  return (visitor as Record<string, (node: Node) => R>)[node.kind](node)
}

/** The nodes that stand directly inside a node, in the order in which they are run. */
export function parts(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'constant':
    case 'local':
    case 'jump':
      return []
    case 'load':
      return node.indices
    case 'lookUp':
    case 'check':
      return [node.index]
    case 'operation':
      return node.operands
    case 'conditional':
      return [node.test, node.then, node.otherwise]
    case 'call':
      return node.args
    case 'define':
    case 'assign':
    case 'run':
      return [node.value]
    case 'store':
      return [...node.indices, node.value]
    case 'if':
      return [node.test, ...node.then, ...node.otherwise]
    case 'loop':
      return [node.from, node.test, ...node.body, node.step]
    case 'return':
      return node.value ? [node.value] : []
  }
}

/** Does the node, or one inside it, answer yes? */
export function some(node: Node, ask: (node: Node) => boolean): boolean {
  return ask(node) || parts(node).some((part) => some(part, ask))
}

export function forEach(node: Node, look: (node: Node) => void): void {
  look(node)
  for (const part of parts(node)) forEach(part, look)
}
