/**
 * A state in TLA+: records and lists as they are declared, under their names. Variables with only
 * one value (constants, variables that a model does not use) are left out. Truth values are TRUE
 * and FALSE, names are strings; a list is a function of 0 and up.
 */
import { type Layout, type LayoutNode, type Leaf, outOfRange } from '../../../state/layout.js'
import type { Declaration, ValueType } from '../../tree.js'
import { Names, quoted } from './names.js'

/** The type of a value: an integer, a truth value, or one of some names. */
export type TlaType = 'int' | 'bool' | readonly string[]

export class StateShape<S> {
  /** Equal lists of names are one object. */
  private readonly namesOf = new Map<string, readonly string[]>()
  /** By the paths of variables. */
  private readonly steps = new Map<string, readonly (string | null)[]>()
  private readonly counters: string[] = []

  constructor(
    private readonly layout: Layout<S>,
    private readonly names: Names,
  ) {
    this.enter(layout.root, [])
  }

  kindOfVariable({ scalar }: Declaration): TlaType {
    if (scalar.type !== 'oneOf') return scalar.type === 'flag' ? 'bool' : 'int'
    return this.kindOfNames(scalar.names)
  }

  /** Names out of a constant are numbers. */
  kindOf(type: ValueType): TlaType {
    if (type.kind === 'name') return type.open ? 'int' : this.kindOfNames(type.names)
    return type.kind === 'bool' ? 'bool' : 'int'
  }

  private kindOfNames(names: readonly string[]): TlaType {
    const key = names.join('|')
    const known = this.namesOf.get(key) ?? names
    this.namesOf.set(key, known)
    return known
  }

  /** The path of an element: the text after the state, or after the `!` of EXCEPT. */
  path({ path }: Declaration, indices: readonly string[]): string {
    let i = 0
    const steps = this.steps.get(path) ?? []
    return steps.map((step) => (step === null ? `[${indices[i++]}]` : `.${step}`)).join('')
  }

  /** The text of a state. */
  text(state: S): string {
    return this.valueText(this.layout.root, state, 0) ?? '[nothing |-> 0]'
  }

  private enter(node: LayoutNode, steps: readonly (string | null)[]): void {
    if (node.kind === 'leaf') this.steps.set(node.path, steps)
    if (node.kind === 'list') this.enter(node.element, [...steps, null])
    if (node.kind === 'record')
      for (const [field, name] of fieldNames(node))
        this.enter(node.fields.get(field) as LayoutNode, [...steps, name])
  }

  /** Null where nothing can be said. */
  private valueText(node: LayoutNode, value: unknown, depth: number): string | null {
    switch (node.kind) {
      case 'constant':
        return null
      case 'leaf':
        return node.leaf.width === 0 ? null : scalarText(node.leaf, value)
      case 'list': {
        const elements = (value as unknown[]).map((one) =>
          this.valueText(node.element, one, depth + 1),
        )
        if (elements.length === 0 || elements[0] === null) return null
        const isOne = elements.every((element) => element === elements[0])
        if (!isOne) return `List(<<${elements.join(', ')}>>)`
        const counter = this.counters[depth] ?? this.names.give('each')
        this.counters[depth] = counter
        return `[${counter} \\in 0 .. ${node.length - 1} |-> ${elements[0]}]`
      }
      case 'record': {
        const fields = [...fieldNames(node)].flatMap(([field, name]) => {
          const part = (value as Record<string, unknown>)[field]
          const text = this.valueText(node.fields.get(field) as LayoutNode, part, depth)
          return text === null ? [] : [`${name} |-> ${text}`]
        })
        return fields.length > 0 ? `[${fields.join(', ')}]` : null
      }
    }
  }
}

function fieldNames({ fields }: Extract<LayoutNode, { kind: 'record' }>): Map<string, string> {
  const names = new Names()
  return new Map([...fields.keys()].map((field) => [field, names.give(field)]))
}

function scalarText(leaf: Leaf, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return quoted(value)
  throw outOfRange(leaf, value)
}
