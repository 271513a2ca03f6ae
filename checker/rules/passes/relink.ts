/** Copies the tree of a function and replaces the functions that it calls. */
import type { UnnamedFunction } from '../print/template.js'
import type { Binding, Expression, RuleFunction, Statement } from '../tree.js'

/** @param calleeOf the function that a call is to have, by the key of the call. */
export function relinked(
  fn: UnnamedFunction,
  calleeOf: (key: string) => RuleFunction,
): UnnamedFunction {
  const link = new Relink(calleeOf)
  return { ...fn, body: fn.body && link.statements(fn.body) }
}

class Relink {
  /** Constants of the function, by those that they were made of. */
  private readonly bindings = new Map<Binding, Binding>()
  private readonly known = new Map<Expression, Expression>()

  constructor(private readonly calleeOf: (key: string) => RuleFunction) {}

  statements(statements: readonly Statement[]): readonly Statement[] {
    return same(statements, (one) => this.statement(one))
  }

  private statement(node: Statement): Statement {
    switch (node.kind) {
      case 'define':
      case 'assign':
        return { ...node, binding: this.binding(node.binding), value: this.expression(node.value) }
      case 'store': {
        const { indices, value } = node
        return { ...node, indices: this.expressions(indices), value: this.expression(value) }
      }
      case 'run':
        return { ...node, value: this.expression(node.value) }
      case 'if': {
        const test = this.expression(node.test)
        const then = this.statements(node.then)
        return { ...node, test, then, otherwise: this.statements(node.otherwise) }
      }
      case 'loop': {
        const { from, test, step, body } = node
        return {
          ...node,
          from: this.expression(from),
          test: this.expression(test),
          step: this.statement(step),
          body: this.statements(body),
        }
      }
      case 'return':
        return node.value ? { ...node, value: this.expression(node.value) } : node
      case 'jump':
        return node
    }
  }

  private expressions(nodes: readonly Expression[]): readonly Expression[] {
    return same(nodes, (node) => this.expression(node))
  }

  private expression(node: Expression): Expression {
    const known = this.known.get(node)
    if (known) return known
    const made = this.changed(node)
    this.known.set(node, made)
    return made
  }

  /** The same node where nothing in it changes. */
  private changed(node: Expression): Expression {
    switch (node.kind) {
      case 'constant':
        return node
      case 'local': {
        const binding = this.binding(node.binding)
        return binding === node.binding ? node : { ...node, binding }
      }
      case 'load': {
        const indices = this.expressions(node.indices)
        return indices === node.indices ? node : { ...node, indices }
      }
      case 'lookUp':
      case 'check': {
        const index = this.expression(node.index)
        return index === node.index ? node : { ...node, index }
      }
      case 'operation': {
        const operands = this.expressions(node.operands)
        return operands === node.operands ? node : { ...node, operands }
      }
      case 'conditional': {
        const [test, then, otherwise] = [node.test, node.then, node.otherwise].map((part) =>
          this.expression(part),
        )
        return { ...node, test, then, otherwise }
      }
      case 'call':
        return { ...node, callee: this.calleeOf(node.key), args: this.expressions(node.args) }
    }
  }

  private binding(binding: Binding): Binding {
    const known = this.bindings.get(binding)
    if (known || !binding.init) return known ?? binding
    const init = this.expression(binding.init)
    const made = init === binding.init ? binding : { ...binding, init }
    this.bindings.set(binding, made)
    return made
  }
}

/** The same list where no element changes. */
function same<T>(list: readonly T[], change: (one: T) => T): readonly T[] {
  const changed = list.map(change)
  return changed.every((one, i) => one === list[i]) ? list : changed
}
