/** The operators of the printed functions of a model, and the constants that they name. */
import * as acorn from 'acorn'
import type { Leaf } from '../../../state/layout.js'
import { MISSING } from '../../translate/abstract-values.js'
import type { Program } from '../../translate/program.js'
import { Expressions, type Surroundings } from './expressions.js'
import { type Names, quoted } from './names.js'
import { calledName, PrintedCode, some } from './program.js'
import type { Kind, StateShape } from './state.js'
import { Body } from './statements.js'
import { commonKind, numeral } from './terms.js'
import { define } from './text.js'

interface Table {
  readonly tuple: string
  readonly missing: number
  readonly text: string
}

export class Operators implements Surroundings {
  readonly program: PrintedCode
  private readonly operators = new Map<string, string>()
  private readonly results = new Map<string, Kind | null>()
  private readonly tuples = new Map<readonly string[], { name: string; text: string }>()
  private readonly tables = new Map<string, Table>()

  constructor(
    private readonly printed: Program,
    leaves: readonly Leaf[],
    readonly names: Names,
    readonly shape: StateShape<unknown>,
  ) {
    this.program = new PrintedCode(printed.code, leaves)
  }

  /**
   * The conjuncts of a printed condition, about `state`.
   * @param owner what has this condition.
   */
  conjuncts(code: string, owner: string): string[] {
    const parsed = acorn.parseExpressionAt(code, 0, { ecmaVersion: 2022 })
    return conjunctsOf(parsed).map((part) => {
      some(part, (node) => {
        const name = calledName(node)
        const called = this.printed.called.get(name ?? '') ?? ''
        if (name && OF_OWNERS.test(called) && !this.program.constant(name))
          this.operator(name, `${owner}_${called || 'condition'}`)
        return false
      })
      return new Expressions(this).conditionOn('state', part)
    })
  }

  operator(name: string, wanted = this.printed.called.get(name) ?? name): string {
    const known = this.operators.get(name) ?? this.names.give(wanted)
    this.operators.set(name, known)
    return known
  }

  result(name: string): Kind | null {
    const known = this.results.get(name)
    if (known !== undefined) return known
    const found = new Body(this).results(name)
    const kind = found.length > 0 ? commonKind(found) : null
    this.results.set(name, kind)
    return kind
  }

  tuple(values: readonly string[]): string {
    const known = this.tuples.get(values)
    if (known) return known.name
    const name = this.names.give('names')
    this.tuples.set(values, { name, text: define(name, tupleText(values.map(quoted))) })
    return name
  }

  table(name: string): Table {
    const known = this.tables.get(name)
    if (known) return known
    const values = [...(this.printed.tables.get(name) as Int32Array)]
    // The number that the engine takes lies outside TLC's integers.
    const missing = Math.min(...values.filter((value) => value !== MISSING)) - 1
    const texts = values.map((value) => numeral(value === MISSING ? missing : value).text)
    const tuple = this.names.give('table')
    const table = { tuple, missing, text: define(tuple, tupleText(texts)) }
    this.tables.set(name, table)
    return table
  }

  /** All definitions, each behind those that it needs. */
  text(): string[] {
    const inOrder = new Set<string>()
    const visit = (name: string): void => {
      if (inOrder.has(name)) return
      for (const node of this.program.function(name).body)
        some(node, (one) => {
          const called = calledName(one)
          if (called && /^f\d+$/.test(called)) visit(called)
          return false
        })
      inOrder.add(name)
    }
    this.program.names.forEach(visit)
    const isUsed = (name: string) =>
      !this.program.constant(name) || this.program.function(name).parameters.length > 0
    const used = [...inOrder].filter(isUsed)
    for (const name of used) this.operator(name)
    const definitions = used.map((name) => new Body(this).definition(name, this.result(name)))
    const constants = [...this.tuples.values(), ...this.tables.values()].map(({ text }) => text)
    return [...constants, ...definitions].map((text) => `${text}\n`)
  }
}

/** What many functions are called, as fields of a rule or a property. */
const OF_OWNERS = /^(guard|holds|from|)$/

function tupleText(elements: readonly string[]): string {
  return `<<${elements.join(', ')}>>`
}

function conjunctsOf(node: acorn.Expression): acorn.Expression[] {
  if (node.type !== 'LogicalExpression' || node.operator !== '&&') return [node]
  return [...conjunctsOf(node.left), ...conjunctsOf(node.right)]
}
