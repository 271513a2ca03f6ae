/** The operators of the functions of a model, and the constants that they name. */
import { type Expression, MISSING, type RuleFunction, type Table } from '../../tree.js'
import { forEach } from '../../visit.js'
import { usesOf, withCallees } from '../functions.js'
import { constantOf, Expressions, type Surroundings } from './expressions.js'
import { type Names, quoted } from './names.js'
import type { StateShape } from './state.js'
import { Body } from './statements.js'
import { numeral } from './terms.js'
import { define } from './text.js'

interface TableText {
  readonly tuple: string
  readonly missing: number
  readonly text: string
}

export class Operators implements Surroundings {
  private readonly operators = new Map<RuleFunction, string>()
  private readonly tuples = new Map<readonly string[], { name: string; text: string }>()
  private readonly tables = new Map<Table, TableText>()

  constructor(
    private readonly functions: readonly RuleFunction[],
    readonly names: Names,
    readonly shape: StateShape<unknown>,
  ) {}

  /**
   * The conjuncts of a condition, about `state`.
   * @param owner what has this condition.
   */
  conjuncts(condition: Expression, owner: string): string[] {
    return conjunctsOf(condition).map((part) => {
      forEach(part, (node) => {
        if (node.kind !== 'call' || constantOf(node.callee)) return
        const { called } = node.callee
        if (OF_OWNERS.has(called)) this.operator(node.callee, `${owner}_${called || 'condition'}`)
      })
      return new Expressions(this).conditionOn('state', part)
    })
  }

  operator(fn: RuleFunction, wanted = fn.called || fn.name): string {
    const known = this.operators.get(fn) ?? this.names.give(wanted)
    this.operators.set(fn, known)
    return known
  }

  tuple(values: readonly string[]): string {
    const known = this.tuples.get(values)
    if (known) return known.name
    const name = this.names.give('names')
    this.tuples.set(values, { name, text: define(name, tupleText(values.map(quoted))) })
    return name
  }

  table(table: Table): TableText {
    const known = this.tables.get(table)
    if (known) return known
    const values = [...table.numbers]
    // The engine's number is outside TLC's integers.
    const missing = Math.min(...values.filter((value) => value !== MISSING)) - 1
    const texts = values.map((value) => numeral(value === MISSING ? missing : value).text)
    const tuple = this.names.give('table')
    const made = { tuple, missing, text: define(tuple, tupleText(texts)) }
    this.tables.set(table, made)
    return made
  }

  /** All definitions, each behind those that it needs. */
  text(): string[] {
    const inOrder = new Set<RuleFunction>()
    const visit = (fn: RuleFunction): void => {
      if (inOrder.has(fn)) return
      for (const callee of usesOf(fn).callees) visit(callee)
      inOrder.add(fn)
    }
    for (const fn of withCallees(this.functions)) visit(fn)
    const isUsed = (fn: RuleFunction) => !constantOf(fn) || fn.parameters.length > 0
    const used = [...inOrder].filter(isUsed)
    for (const fn of used) this.operator(fn)
    const definitions = used.map((fn) => new Body(this, fn).definition())
    const constants = [...this.tuples.values(), ...this.tables.values()].map(({ text }) => text)
    return [...constants, ...definitions].map((text) => `${text}\n`)
  }
}

/** Names of many functions: those that are fields of a rule or a property. */
const OF_OWNERS: ReadonlySet<string> = new Set(['guard', 'holds', 'from', ''])

function tupleText(elements: readonly string[]): string {
  return `<<${elements.join(', ')}>>`
}

function conjunctsOf(node: Expression): readonly Expression[] {
  const isConjunction = node.kind === 'operation' && node.operator === '&&'
  return isConjunction ? node.operands.flatMap(conjunctsOf) : [node]
}
