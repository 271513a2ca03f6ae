/**
 * Expressions of trees in TLA+. TLA+ has no assignment: a function that changes the state takes a
 * state and returns another one, together with its value if it has one. Each intermediate state or
 * value gets a name (`definitions`).
 */
import {
  type Binding,
  type Call,
  CHANGES,
  type Conditional,
  type Constant,
  type Declaration,
  type Expression,
  isConstant,
  type LookUp,
  type Operation,
  PURE,
  type RuleFunction,
  type Table,
} from '../../tree.js'
import { type Visitor, visit } from '../../visit.js'
import { Names, quoted } from './names.js'
import type { StateShape, TlaType } from './state.js'
import { commonKind, convert, joined, not, numeral, type Term, truth } from './terms.js'
import { applied, conditional, except, letIn } from './text.js'

/** A state on the way, and what names mean there. */
export interface Moment {
  /** A state, and what has been changed in it since. */
  readonly state: string
  readonly updates: readonly { readonly variable: Declaration; readonly text: string }[]
  readonly locals: ReadonlyMap<Binding, Term>
}

/** The parts of the surrounding module that an expression may need. */
export interface Surroundings {
  readonly shape: StateShape<unknown>
  readonly names: Names
  /** The operator of a function. */
  operator(fn: RuleFunction): string
  /** The name of the tuple of these names. */
  tuple(names: readonly string[]): string
  /** The name of a table, and the number that marks a missing element in it. */
  table(table: Table): { readonly tuple: string; readonly missing: number }
}

export class Expressions {
  protected readonly local: Names
  protected now: Moment = { state: '', updates: [], locals: new Map() }
  protected definitions: string[] = []

  constructor(protected readonly around: Surroundings) {
    this.local = new Names(around.names)
  }

  /** A condition on a state of this name. */
  conditionOn(state: string, node: Expression): string {
    this.now = { state, updates: [], locals: new Map() }
    return this.condition(node)
  }

  protected as(term: Term, kind: TlaType): string {
    return convert(term, kind, (names) => this.around.tuple(names))
  }

  protected condition(node: Expression): string {
    return this.as(this.value(node), 'bool')
  }

  protected number(node: Expression): string {
    return this.as(this.value(node), 'int')
  }

  protected kindOf({ type }: { readonly type: Expression['type'] }): TlaType {
    return this.around.shape.kindOf(type)
  }

  protected value(node: Expression): Term {
    return visit(node, this.visitor)
  }

  private readonly visitor: Visitor<Expression, Term> = {
    constant: ({ value }) => numeral(value),
    local: ({ binding }) => this.now.locals.get(binding) as Term,
    load: ({ variable, indices }) => {
      if (variable.width > 0) return this.read(variable, this.indices(indices))
      return this.afterAll(indices, numeral(variable.scalar.min))
    },
    lookUp: (node) => this.lookUp(node),
    check: ({ index, length, path }) => ({
      text: applied('Index', [this.number(index), String(length), quoted(path)]),
      kind: 'int',
    }),
    operation: (node) => this.operation(node),
    conditional: (node) => this.conditional(node),
    call: (node) => this.call(node),
  }

  private lookUp({ table, index, path }: LookUp): Term {
    const { tuple, missing } = this.around.table(table)
    const at = isConstant(index) ? index.value + 1 : `${this.number(index)} + 1`
    const found = `${tuple}[${at}]`
    if (table.isWhole) return { text: found, kind: 'int' }
    return { text: applied('Present', [found, numeral(missing).text, quoted(path)]), kind: 'int' }
  }

  private operation(node: Operation): Term {
    const { operator, operands } = node
    switch (operator) {
      case '!':
        return truth(not(this.condition(operands[0])))
      case '&&':
      case '||':
        return this.logical(operator, node)
      case 'after':
        return this.afterAll(operands.slice(0, -1), this.value(operands[operands.length - 1]))
      case '===':
      case '!==':
        return this.equality(operator, operands)
      default: {
        const [x, y] = operands.map((operand) => this.number(operand))
        const [text, kind] = INFIX.has(operator)
          ? [`(${x} ${INFIX.get(operator)} ${y})`, node.type.kind === 'bool' ? 'bool' : 'int']
          : [applied(OPERATORS.get(operator) ?? operator, [x, y]), 'int']
        return { text, kind: kind as TlaType }
      }
    }
  }

  private equality(operator: '===' | '!==', operands: readonly Expression[]): Term {
    const terms = operands.map((operand) => this.value(operand))
    const kind = commonKind(terms)
    const [l, r] = terms.map((term) => this.as(term, kind))
    const isEqual = operator === '==='
    if (kind === 'bool' && (r === 'TRUE' || r === 'FALSE'))
      return truth((r === 'TRUE') === isEqual ? l : not(l))
    return truth(`(${l} ${isEqual ? '=' : '#'} ${r})`)
  }

  /** A value that is only there when other ones are: had one of these failed, so would this. */
  protected afterAll(first: readonly Expression[], value: Term): Term {
    const checked = first.filter(({ effect }) => effect !== PURE).map((node) => this.value(node))
    return checked.reduceRight<Term>(
      (rest, { text }) => ({ text: `After(${text}, ${rest.text})`, kind: rest.kind }),
      value,
    )
  }

  private logical(operator: '&&' | '||', node: Operation): Term {
    const operands = operandsOf(node, operator)
    if (node.effect !== CHANGES)
      return truth(
        joined(
          operator,
          operands.map((operand) => this.condition(operand)),
        ),
      )
    let known: string[] = [this.condition(operands[0])]
    for (const operand of operands.slice(1)) {
      this.settle()
      const part = this.apart(() => truth(this.condition(operand)))
      if (!part.isChanging) known.push(part.term.text)
      else {
        const skipped = this.pair(truth(operator === '&&' ? 'FALSE' : 'TRUE'), 'bool')
        const test = joined(operator, known)
        const ways = operator === '&&' ? [part.pair('bool'), skipped] : [skipped, part.pair('bool')]
        known = [this.gone(test, ways, 'bool').text]
      }
    }
    return truth(joined(operator, known))
  }

  private conditional({ test, then, otherwise, type }: Conditional): Term {
    const ways = [then, otherwise]
    const asked = this.condition(test)
    if (ways.some(({ effect }) => effect === CHANGES)) {
      this.settle()
      const parts = ways.map((way) => this.apart(() => this.value(way)))
      const kind = this.kindOf({ type })
      return this.gone(
        asked,
        parts.map((part) => part.pair(kind)),
        kind,
      )
    }
    const terms = ways.map((way) => this.value(way))
    const kind = type.kind === 'name' ? commonKind(terms) : this.kindOf({ type })
    const [yes, no] = terms.map((term) => this.as(term, kind))
    const text = conditional(asked, yes, no)
    return { text: /^(IF|LET) /.test(text) ? `(${text})` : text, kind }
  }

  /** The state and the value at the end of one of two ways. */
  private gone(test: string, [then, otherwise]: readonly string[], kind: TlaType): Term {
    const name = this.define('way', conditional(test, then, otherwise))
    this.now = { ...this.now, state: `${name}.state`, updates: [] }
    return { text: `${name}.value`, kind }
  }

  private pair(value: Term, kind: TlaType): string {
    return `[state |-> ${this.stateText()}, value |-> ${this.as(value, kind)}]`
  }

  /** An expression that is only run on one of several ways. */
  private apart(evaluate: () => Term) {
    const { now, definitions } = this
    this.definitions = []
    const term = evaluate()
    const made = this.definitions
    const end = this.now
    this.now = now
    this.definitions = definitions
    const isChanging = made.length > 0
    const pair = (kind: TlaType) => {
      this.now = end
      const text = letIn(made, this.pair(term, kind))
      this.now = now
      return text
    }
    return { term, isChanging, pair }
  }

  protected read(variable: Declaration, indices: readonly string[]): Term {
    if (this.now.updates.some((update) => update.variable === variable)) this.settle()
    const { shape } = this.around
    const text = `${this.now.state}${shape.path(variable, indices)}`
    return { text, kind: shape.kindOfVariable(variable) }
  }

  protected indices(indices: readonly Expression[]): string[] {
    return indices.map((index) => this.number(index))
  }

  private call({ callee, args }: Call): Term {
    const constant = constantOf(callee)
    if (constant && args.length === 0) return this.value(constant)
    const values = args.map((arg, i) => this.as(this.value(arg), this.kindOf(callee.parameters[i])))
    const isChanging = callee.effect === CHANGES
    if (!isChanging) this.settle()
    const text = applied(this.around.operator(callee), [this.stateText(), ...values])
    const hasValue = callee.type.kind !== 'none'
    const kind = hasValue ? this.kindOf(callee) : 'bool'
    if (!isChanging) return { text, kind }
    if (!hasValue) {
      this.now = { ...this.now, state: this.define('s', text), updates: [] }
      return truth('TRUE')
    }
    const done = this.define('done', text)
    this.now = { ...this.now, state: `${done}.state`, updates: [] }
    return { text: `${done}.value`, kind }
  }

  /** The state as an expression. */
  protected stateText(): string {
    const { state, updates } = this.now
    if (updates.length === 0) return state
    return except(
      state,
      updates.map(({ text }) => text),
    )
  }

  /** Gives the state a name, if something has been changed in it. */
  protected settle(): void {
    if (this.now.updates.length === 0) return
    this.now = { ...this.now, state: this.define('s', this.stateText()), updates: [] }
  }

  protected define(wanted: string, text: string): string {
    const name = this.local.give(wanted)
    this.definitions.push(
      /\n/.test(text) ? `${name} ==\n  ${text.replaceAll('\n', '\n  ')}` : `${name} == ${text}`,
    )
    return name
  }
}

/** The value that the function returns in every state; null if it depends on the state. */
export function constantOf({ body }: RuleFunction): Constant | null {
  const [only] = body ?? []
  return only?.kind === 'return' && only.value && isConstant(only.value) ? only.value : null
}

const INFIX = new Map<string, string>([
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
  ['+', '+'],
  ['-', '-'],
  ['*', '*'],
])
/** The operators that the module defines for the others. */
const OPERATORS = new Map<string, string>([
  ['quotient', 'Quotient'],
  ['%', 'Remainder'],
  ['min', 'Smaller'],
  ['max', 'Larger'],
  ['&', 'BitAnd'],
  ['|', 'BitOr'],
  ['^', 'BitXor'],
  ['<<', 'ShiftLeft'],
  ['>>', 'ShiftRight'],
  ['>>>', 'ShiftRightUnsigned'],
])

function operandsOf(node: Expression, operator: '&&' | '||'): readonly Expression[] {
  if (node.kind !== 'operation' || node.operator !== operator) return [node]
  return node.operands.flatMap((operand) => operandsOf(operand, operator))
}
