/** Reads declarations: names of a function's own. */
import type * as acorn from 'acorn'
import {
  anyOf,
  type Binding,
  constant,
  type Expression,
  isConstant,
  local,
  type Statement,
} from '../tree.js'
import {
  type AbstractValue,
  type ConstantPart,
  type Scope,
  type StatePart,
  withDynamicParts,
} from './abstract-values.js'
import type { Context } from './context.js'
import { asValue, type Expressions } from './expressions.js'
import { valueIn } from './values.js'

export class Declarations {
  constructor(
    private readonly cx: Context,
    private readonly expressions: Expressions,
  ) {}

  declare(node: acorn.VariableDeclaration, scope: Scope): readonly Statement[] {
    return node.declarations.flatMap(({ id, init }) => {
      if (!init || node.kind === 'var') return this.cx.refuse(node)
      const abstractValue = this.expressions.evaluate(init, scope)
      if (id.type === 'Identifier') {
        if (node.kind === 'const') return this.name(id, abstractValue, init, scope)
        const value = valueIn(this.cx, abstractValue, init)
        const binding = this.binding(id.name, null, value.type)
        const known = local(binding, anyOf(value.type), false)
        scope.names.set(id.name, asValue(known))
        return [define(binding, value)]
      }
      if (node.kind !== 'const' || !this.cx.isGroup(abstractValue)) return this.cx.refuse(node)
      const { statements, abstractValue: group } = this.fixed(
        abstractValue as StatePart | ConstantPart,
      )
      return [...statements, ...this.destructured(id, group, node, scope)]
    })
  }

  /** `const { x, y: z } = group` and `const [x, y] = list`: each name as if declared by itself. */
  private destructured(
    pattern: acorn.Pattern,
    group: AbstractValue,
    node: acorn.Node,
    scope: Scope,
  ): readonly Statement[] {
    const { expressions } = this
    const inner = (one: acorn.Pattern, abstractValue: AbstractValue) =>
      one.type === 'Identifier'
        ? this.name(one, abstractValue, one, scope)
        : this.destructured(one, abstractValue, node, scope)
    if (pattern.type === 'ArrayPattern')
      return pattern.elements.flatMap((element, i) =>
        element ? inner(element, expressions.element(group, constant(i), node)) : [],
      )
    if (pattern.type !== 'ObjectPattern') return this.cx.refuse(node)
    return pattern.properties.flatMap((property) => {
      if (property.type !== 'Property' || property.computed || property.key.type !== 'Identifier')
        return this.cx.refuse(node)
      return inner(property.value, expressions.field(group, property.key.name, node))
    })
  }

  /** A constant of the function: a name for a value, here and now, or for a part of the state. */
  name(
    { name }: acorn.Identifier,
    abstractValue: AbstractValue,
    node: acorn.Node,
    scope: Scope,
  ): readonly Statement[] {
    if (
      abstractValue.kind === 'word' ||
      (abstractValue.kind === 'value' && isConstant(abstractValue.node))
    ) {
      scope.names.set(name, abstractValue)
      if (abstractValue.kind === 'value') valueIn(this.cx, abstractValue, node)
      return []
    }
    if (this.cx.isGroup(abstractValue)) {
      const { statements, abstractValue: group } = this.fixed(
        abstractValue as StatePart | ConstantPart,
      )
      scope.names.set(name, group)
      return statements
    }
    const value = valueIn(this.cx, abstractValue, node)
    const binding = this.binding(name, value)
    scope.names.set(name, asValue(local(binding, value, true)))
    return [define(binding, value)]
  }

  /** A name of the function's own, for a constant with its value or for a variable. */
  binding(name: string, init: Expression | null, type = (init as Expression).type): Binding {
    const role = init ? 'constant' : 'variable'
    return { name: this.cx.frame.fresh(name), init, role, type }
  }

  /** A part of the state keeps its identity: its indices get their values here and now. */
  fixed<M extends StatePart | ConstantPart>(
    abstractValue: M,
  ): { statements: readonly Statement[]; abstractValue: M } {
    const statements: Statement[] = []
    const fixed = withDynamicParts(abstractValue, (index) => {
      if (index.kind === 'local' && index.isFixed) return index
      const binding = this.binding('i', index)
      statements.push(define(binding, index))
      return local(binding, index, true)
    })
    return { statements, abstractValue: fixed as M }
  }
}

function define(binding: Binding, value: Expression): Statement {
  return { kind: 'define', binding, value, effect: value.effect }
}
