/**
 * The body of a function as one expression of TLA+: what is behind a branch or a loop is put where
 * the ways end, or is an operator of its own where several ways lead to it.
 */
import {
  type Binding,
  CHANGES,
  type Expression,
  FAILS,
  type If,
  isConstant,
  isIncrement,
  isInRange,
  type Loop,
  PURE,
  type RuleFunction,
  type Statement,
  type Store,
} from '../../tree.js'
import { forEach } from '../../visit.js'
import { Expressions } from './expressions.js'
import { quoted } from './names.js'
import { joined, not, type Term } from './terms.js'
import { applied, conditional, define, hanging, isOperand, letIn } from './text.js'

/** The continuations, as expressions. They are inserted several times, so they must be short. */
interface Ways {
  next(): string
  back(value: Term | null): string
  again(): string
  leave(): string
}

type Statements = readonly Statement[]

/** The local names that branches or loops may change, and whether they change the state. */
type Changed = Binding | 'state'

export class Body extends Expressions {
  /** @param fn the function whose body it is. */
  constructor(
    around: Expressions['around'],
    private readonly fn: RuleFunction,
  ) {
    super(around)
  }

  /** The definition of the function. */
  definition(): string {
    const { fn } = this
    const isChanging = fn.effect === CHANGES
    const end = isChanging ? () => this.stateText() : () => 'TRUE'
    const back = (value: Term | null) => {
      if (!value) return end()
      const text = this.as(value, this.kindOf(fn))
      return isChanging ? `[state |-> ${this.stateText()}, value |-> ${text}]` : text
    }
    const state = this.local.give('s')
    const parameters = fn.parameters.map((parameter): [Binding, Term] => {
      const text = this.local.give(plain(parameter))
      return [parameter, { text, kind: this.kindOf(parameter) }]
    })
    this.now = { state, updates: [], locals: new Map(parameters) }
    const nowhere = () => {
      throw new Error('a jump outside of loops')
    }
    const text = this.run(fn.body ?? [], { next: end, back, again: nowhere, leave: nowhere })
    const names = parameters.map(([, term]) => term.text)
    return define(applied(this.around.operator(fn), [state, ...names]), text)
  }

  private run(statements: Statements, ways: Ways): string {
    const [first, ...rest] = statements
    if (!first) return ways.next()
    const outer = this.definitions
    this.definitions = []
    const text = this.statement(first, rest, ways)
    const all = letIn(this.definitions, text)
    this.definitions = outer
    return all
  }

  private statement(node: Statement, rest: Statements, ways: Ways): string {
    const next = () => this.run(rest, ways)
    switch (node.kind) {
      case 'define':
      case 'assign':
        return this.keep(node.binding, node.value, rest, next)
      case 'store':
        return this.store(node, next)
      case 'run':
        return this.forced(node.value.effect === FAILS, this.value(node.value).text, next)
      case 'return':
        return ways.back(node.value ? this.value(node.value) : null)
      case 'jump':
        return node.to === 'break' ? ways.leave() : ways.again()
      case 'if':
        return this.branch(node, rest, ways)
      case 'loop':
        return this.loop(node, rest, ways)
    }
  }

  /** A local name gets a value. */
  private keep(binding: Binding, init: Expression, rest: Statements, next: () => string): string {
    const value = this.value(init)
    const kind = binding.role === 'constant' ? value.kind : this.kindOf(binding)
    const given = this.as(value, kind)
    const text = /^\w+$/.test(given) ? given : this.define(plain(binding), given)
    this.set(binding, text, kind)
    const isNeeded = rest.length > 0 && needs(rest[0], binding)
    return this.forced(init.effect === FAILS && !isNeeded, text, next)
  }

  /**
   * TLC evaluates a value only when it is needed. A value that may fail must be evaluated in any
   * case. A value that changes the state is evaluated with the state.
   */
  private forced(mayFail: boolean, text: string, next: () => string): string {
    if (!mayFail) return next()
    const outer = this.definitions
    this.definitions = []
    const body = next()
    const all = letIn(this.definitions, body)
    this.definitions = outer
    return `After(${text},\n  ${hanging(all, 2)})`
  }

  private store({ variable, indices, value: node, effect }: Store, next: () => string): string {
    const { shape } = this.around
    const places = variable.width > 0 ? this.indices(indices) : []
    const value = this.value(node)
    const { min, max } = variable.scalar
    const inRange = isInRange(variable, node)
      ? value
      : {
          text: applied('InRange', [
            this.as(value, 'int'),
            `${min} .. ${max}`,
            quoted(variable.path),
          ]),
          kind: 'int' as const,
        }
    if (variable.width > 0) {
      const text = this.as(inRange, shape.kindOfVariable(variable))
      const update = `!${shape.path(variable, places)} = ${hanging(text, 2)}`
      this.now = { ...this.now, updates: [...this.now.updates, { variable, text: update }] }
      return next()
    }
    if (effect === PURE) return next()
    const checked = this.afterAll(indices, inRange)
    return this.forced(true, checked.text, next)
  }

  private branch({ test: asked, then, otherwise }: If, rest: Statements, ways: Ways): string {
    const test = this.condition(asked)
    this.settle()
    const go = (one: Statements, other: Statements, to: Ways) =>
      conditional(
        test,
        this.apartFrom(() => this.run(one, to)),
        this.apartFrom(() => this.run(other, to)),
      )
    if (rest.length === 0) return go(then, otherwise, ways)
    if (ends(then)) return go(then, [...otherwise, ...rest], ways)
    if (ends(otherwise)) return go([...then, ...rest], otherwise, ways)
    const both = [...then, ...otherwise]
    const changed = this.changedBy(both)
    if (changed.length === 1 && !both.some((one) => mayLeave(one, 'return', 'break', 'continue'))) {
      const [name] = changed
      const text = go(then, otherwise, { ...ways, next: () => this.current(name) })
      this.set(name, this.define(this.nameOf(name), text))
      return this.run(rest, ways)
    }
    const join = this.operator('rest', changed, () => this.run(rest, ways))
    return go(then, otherwise, { ...ways, next: join })
  }

  private loop(node: Loop, rest: Statements, ways: Ways): string {
    const { counter, body } = node
    const from = this.number(node.from)
    this.settle()
    const changed = this.changedBy(body)
    const simple = changed.length === 0 ? this.quantified(node, from, rest, ways) : null
    if (simple !== null) return simple
    const after =
      rest.length > 0 && body.some((one) => mayLeave(one, 'break'))
        ? this.operator('rest', changed, () => this.run(rest, ways))
        : null
    const exit = () => (after ? after() : this.run(rest, ways))
    const start = [from, ...changed.map((name) => this.current(name))]
    const name = this.local.give('loop')
    const loop = this.apartFrom(() => {
      const at = this.local.give(plain(counter))
      this.set(counter, at, 'int')
      const parameters = changed.map((one) => this.renamed(one))
      const again = () => {
        const values = [this.counted(node), ...changed.map((one) => this.current(one))]
        return applied(name, values)
      }
      const test = this.condition(node.test)
      const to: Ways = { ...ways, next: again, again, leave: after ?? ways.next }
      const turn = conditional(
        test,
        this.apartFrom(() => this.run(body, to)),
        this.apartFrom(exit),
      )
      return define(applied(name, [at, ...parameters]), turn)
    })
    const places = ['_', ...changed.map(() => '_')].join(', ')
    this.definitions.push(`RECURSIVE ${name}(${places})`, loop)
    return applied(name, start)
  }

  /** The counter of a loop in the next turn. */
  private counted({ step, counter }: Loop): string {
    const isCounted = step.kind === 'assign' && step.binding === counter
    return isCounted ? this.number(step.value) : this.current(counter)
  }

  /** A loop that only looks for an element that settles the answer. */
  private quantified(
    { test, step, body, counter }: Loop,
    from: string,
    rest: Statements,
    ways: Ways,
  ): string | null {
    const answers = new Set<number | null>()
    let isPlain = true
    for (const statement of body)
      forEach(statement, (node) => {
        if (node.kind === 'return')
          answers.add(node.value && isConstant(node.value) ? node.value.value : null)
        if (node.kind === 'loop' || (node.kind === 'jump' && node.to === 'break')) isPlain = false
      })
    const [answer] = answers
    if (this.fn.type.kind !== 'bool' || !isPlain || !isIncrement(step, counter)) return null
    if (answers.size !== 1 || (answer !== 0 && answer !== 1)) return null
    if (test.kind !== 'operation' || test.operator !== '<') return null
    const [left, end] = test.operands
    const isBounded = left.kind === 'local' && left.binding === counter && end.effect === PURE
    if (!isBounded) return null
    const last = isConstant(end) ? String(end.value - 1) : `${this.number(end)} - 1`
    const found = this.apartFrom(() => {
      const at = this.local.give(plain(counter))
      this.set(counter, at, 'int')
      const no = () => 'FALSE'
      const turn = this.run(body, { next: no, again: no, leave: no, back: () => 'TRUE' })
      const asked = isOperand(turn) ? turn : `(${hanging(turn, 1)})`
      const [quantifier, inner] = answer === 1 ? ['\\E', asked] : ['\\A', not(asked)]
      return `(${quantifier} ${at} \\in ${from} .. ${last} : ${hanging(inner, 1)})`
    })
    const otherwise = this.run(rest, ways)
    if (answer === 1) return conditional(found, 'TRUE', otherwise)
    return isOperand(otherwise)
      ? joined('&&', [found, otherwise])
      : conditional(found, otherwise, 'FALSE')
  }

  /** The continuation as an operator; its parameters are the names changed on the ways to it. */
  private operator(wanted: string, changed: readonly Changed[], body: () => string): () => string {
    const name = this.local.give(wanted)
    const text = this.apartFrom(() => {
      const parameters = changed.map((one) => this.renamed(one))
      return define(applied(name, parameters), body())
    })
    this.definitions.push(text)
    return () =>
      applied(
        name,
        changed.map((one) => this.current(one)),
      )
  }

  /** Translates what is only run on one of several ways, or later. */
  private apartFrom(translate: () => string): string {
    const { now, definitions } = this
    this.definitions = []
    const text = letIn(this.definitions, translate())
    this.now = now
    this.definitions = definitions
    return text
  }

  private changedBy(nodes: Statements): Changed[] {
    const assigned = new Set<Binding>()
    for (const statement of nodes)
      forEach(statement, (node) => {
        if (node.kind === 'assign') assigned.add(node.binding)
      })
    const locals = [...this.now.locals.keys()].filter((binding) => assigned.has(binding))
    return nodes.some(({ effect }) => effect === CHANGES) ? [...locals, 'state'] : locals
  }

  private current(name: Changed): string {
    return name === 'state' ? this.stateText() : this.held(name).text
  }

  private set(name: Changed, text: string, kind?: Term['kind']): void {
    if (name === 'state') this.now = { ...this.now, state: text, updates: [] }
    else {
      const term = { text, kind: kind ?? this.held(name).kind }
      this.now = { ...this.now, locals: new Map([...this.now.locals, [name, term]]) }
    }
  }

  /** Gives what may be changed a new name. */
  private renamed(name: Changed): string {
    const fresh = this.local.give(this.nameOf(name))
    this.set(name, fresh)
    return fresh
  }

  private nameOf(name: Changed): string {
    return name === 'state' ? 's' : plain(name)
  }

  private held(name: Binding): Term {
    return this.now.locals.get(name) as Term
  }
}

/** Do these statements end before what stands behind them, whichever way is taken? */
function ends(statements: Statements): boolean {
  return statements.some((node) => {
    if (node.kind === 'return' || node.kind === 'jump') return true
    return node.kind === 'if' && ends(node.then) && ends(node.otherwise)
  })
}

/** May it be left in one of these ways? What ends a loop inside of it does not count. */
function mayLeave(node: Statement, ...ways: readonly ('return' | 'break' | 'continue')[]): boolean {
  switch (node.kind) {
    case 'return':
      return ways.includes('return')
    case 'jump':
      return ways.includes(node.to)
    case 'loop':
      return ways.includes('return') && node.body.some((one) => mayLeave(one, 'return'))
    case 'if':
      return [...node.then, ...node.otherwise].some((one) => mayLeave(one, ...ways))
    default:
      return false
  }
}

/** Does TLC evaluate this name for the statement, whichever way it goes? */
function needs(node: Statement, binding: Binding): boolean {
  switch (node.kind) {
    case 'store':
      return [...node.indices, node.value].some((one) => needsValue(one, binding))
    case 'if':
      return needsValue(node.test, binding)
    case 'return':
      return node.value !== null && needsValue(node.value, binding)
    default:
      return false
  }
}

function needsValue(node: Expression, binding: Binding): boolean {
  switch (node.kind) {
    case 'constant':
      return false
    case 'local':
      return node.binding === binding
    case 'load':
      return node.indices.some((index) => needsValue(index, binding))
    case 'lookUp':
    case 'check':
      return needsValue(node.index, binding)
    case 'operation': {
      const isShort = node.operator === '&&' || node.operator === '||'
      const certain = isShort ? node.operands.slice(0, 1) : node.operands
      return certain.some((operand) => needsValue(operand, binding))
    }
    case 'conditional':
      return needsValue(node.test, binding)
    // The arguments of an operator are evaluated where it needs them.
    case 'call':
      return false
  }
}

/** The name in the source. */
function plain({ name }: Binding): string {
  const end = name.lastIndexOf('$')
  return end > 0 ? name.slice(0, end) : name
}
