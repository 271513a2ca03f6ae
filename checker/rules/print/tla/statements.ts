/**
 * The body of a printed function as one expression of TLA+: what is behind a branch or a loop is
 * put where the ways end, or is an operator of its own where several ways lead to it.
 */
import type * as acorn from 'acorn'
import { Expressions, type Moment, numberOf, wordOf } from './expressions.js'
import { quoted } from './names.js'
import { calledName, ends, hasJump, some, statementsOf } from './program.js'
import type { Kind } from './state.js'
import { joined, not, numeral, type Term } from './terms.js'
import { applied, conditional, define, hanging, isOperand, letIn } from './text.js'

/** Where it goes on, as an expression. It is put in wherever a way leads there: keep it short. */
interface Ways {
  next(): string
  back(value: Term | null): string
  again(): string
  leave(): string
}

/** What branches or loops may change: local names, and `STATE`. */
const STATE = 'the state'

export class Body extends Expressions {
  private result: Kind | null = null

  /** The kinds of what a function gives back. */
  results(name: string): readonly Term[] {
    const found: Term[] = []
    this.begin(name, {
      next: () => '',
      back: (value) => {
        if (value) found.push(value)
        return ''
      },
    })
    return found
  }

  /** The definition of a function. */
  definition(name: string, result: Kind | null): string {
    this.result = result
    const { program } = this.around
    const isChanging = program.function(name).body.some((node) => program.changes(node))
    const end = isChanging ? () => this.stateText() : () => 'TRUE'
    const back = (value: Term | null) => {
      if (!value || result === null) return end()
      const text = this.as(value, result)
      return isChanging ? `[state |-> ${this.stateText()}, value |-> ${text}]` : text
    }
    const { head, body } = this.begin(name, { next: end, back })
    return define(head, body)
  }

  private begin(name: string, ways: Pick<Ways, 'next' | 'back'>) {
    const { parameters, body } = this.around.program.function(name)
    const state = this.local.give('s')
    const names = parameters.map((parameter) => this.local.give(plain(parameter)))
    const terms = parameters.map((p, i): [string, Term] => [p, { text: names[i], kind: 'int' }])
    this.now = { state, updates: [], locals: new Map(terms) }
    const nowhere = () => this.unknown(body[0])
    const text = this.run(body, { ...ways, again: nowhere, leave: nowhere })
    return { head: applied(this.around.operator(name), [state, ...names]), body: text }
  }

  private run(statements: readonly acorn.Statement[], ways: Ways): string {
    const [first, ...rest] = statements
    if (!first) return ways.next()
    const outer = this.definitions
    this.definitions = []
    const text = this.statement(first, rest, ways)
    const all = letIn(this.definitions, text)
    this.definitions = outer
    return all
  }

  private statement(node: acorn.Statement, rest: readonly acorn.Statement[], ways: Ways): string {
    switch (node.type) {
      case 'BlockStatement':
        return this.run([...node.body, ...rest], ways)
      case 'EmptyStatement':
        return this.run(rest, ways)
      case 'VariableDeclaration': {
        const [{ id, init }] = node.declarations
        const { name } = id as acorn.Identifier
        const kind = node.kind === 'let' ? 'int' : null
        return this.keep(name, init as acorn.Expression, kind, () => this.run(rest, ways))
      }
      case 'ExpressionStatement':
        return this.effect(node.expression, () => this.run(rest, ways))
      case 'ReturnStatement':
        return ways.back(node.argument ? this.value(node.argument) : null)
      case 'BreakStatement':
        return ways.leave()
      case 'ContinueStatement':
        return ways.again()
      case 'IfStatement':
        return this.branch(node, rest, ways)
      case 'ForStatement':
        return this.loop(node, rest, ways)
      default:
        return this.unknown(node)
    }
  }

  private effect(node: acorn.Expression, rest: () => string): string {
    if (node.type === 'AssignmentExpression') {
      if (node.left.type === 'Identifier') return this.keep(node.left.name, node.right, 'int', rest)
      this.store(node)
      return rest()
    }
    const variable = calledName(node)?.match(/^(v\d+)_set$/)?.[1]
    if (variable) return this.storeAt(variable, (node as acorn.CallExpression).arguments, rest)
    const value = this.value(node)
    return this.forced(this.mayFail(node), value.text, rest)
  }

  /** A local name gets a value; what may change is a number. */
  private keep(name: string, init: acorn.Expression, as: Kind | null, rest: () => string): string {
    const value = this.value(init)
    const kind = as ?? value.kind
    const given = this.as(value, kind)
    const text = /^\w+$/.test(given) ? given : this.define(plain(name), given)
    const locals = new Map([...this.now.locals, [name, { text, kind }]])
    this.now = { ...this.now, locals }
    return this.forced(this.mayFail(init), text, rest)
  }

  /** What changes the state is had with the state. */
  private mayFail(node: acorn.Node): boolean {
    const { program } = this.around
    return program.fails(node) && !program.changes(node)
  }

  /** TLC has a value only when it is needed: where that may fail it must be had all the same. */
  private forced(mayFail: boolean, text: string, rest: () => string): string {
    if (!mayFail) return rest()
    const outer = this.definitions
    this.definitions = []
    const body = rest()
    const all = letIn(this.definitions, body)
    this.definitions = outer
    return isHadFirst(text, all) ? all : `After(${text},\n  ${hanging(all, 2)})`
  }

  /** `a[o + word] = (value << bit) | (...)`. */
  private store(node: acorn.AssignmentExpression): void {
    const { left, right } = (node.right as acorn.BinaryExpression).left as acorn.BinaryExpression
    const { leaf, index } = this.around.shape.elementAt(wordOf(node.left), numberOf(right))
    const { min } = leaf.scalar
    const stored = left as acorn.Expression
    const isKnown = stored.type === 'Literal'
    const isMoved = min !== 0 && !isKnown
    const value = isKnown
      ? numeral(numberOf(stored) + min)
      : this.value((isMoved ? (stored as acorn.BinaryExpression).left : stored) as acorn.Expression)
    const element: acorn.Literal = { ...(right as acorn.Literal), value: index }
    this.update(
      leaf,
      this.indices(element, leaf.dims),
      this.as(value, this.around.shape.kindOf(leaf)),
    )
  }

  private storeAt(variable: string, args: readonly acorn.Node[], rest: () => string): string {
    const { program, shape } = this.around
    const leaf = program.variable(variable)
    const { min, max } = leaf.scalar
    const [index, node] = args.slice(2) as acorn.Expression[]
    const isHere = leaf.width > 0
    const indices = isHere ? this.indices(index, leaf.dims) : []
    const value = this.value(node)
    const kind = shape.kindOf(leaf)
    const fits =
      value.kind === kind ? kind !== 'int' : value.kind === 'bool' && min <= 0 && max >= 1
    const isSafe = value.number === undefined ? fits : value.number >= min && value.number <= max
    const number = this.as(value, 'int')
    const text = applied('InRange', [number, `${min} .. ${max}`, quoted(leaf.path)])
    const checked: Term = isSafe ? value : { text, kind: 'int' }
    if (isHere) {
      this.update(leaf, indices, this.as(checked, kind))
      return rest()
    }
    if (isSafe) return this.forced(this.mayFail(index), this.number(index), rest)
    return this.forced(true, text, rest)
  }

  private update(leaf: Moment['updates'][number]['leaf'], indices: string[], value: string): void {
    const text = `!${this.around.shape.path(leaf, indices)} = ${hanging(value, 2)}`
    this.now = { ...this.now, updates: [...this.now.updates, { leaf, text }] }
  }

  private branch(node: acorn.IfStatement, rest: readonly acorn.Statement[], ways: Ways): string {
    const test = this.condition(node.test)
    this.settle()
    const [then, otherwise] = [statementsOf(node.consequent), statementsOf(node.alternate)]
    const go = (one: readonly acorn.Statement[], other: readonly acorn.Statement[], to: Ways) =>
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
    if (changed.length === 1 && !hasJump(both, JUMPS)) {
      const [name] = changed
      const text = go(then, otherwise, { ...ways, next: () => this.current(name) })
      this.set(name, this.define(this.nameOf(name), text))
      return this.run(rest, ways)
    }
    const join = this.operator('rest', changed, () => this.run(rest, ways))
    return go(then, otherwise, { ...ways, next: join })
  }

  private loop(node: acorn.ForStatement, rest: readonly acorn.Statement[], ways: Ways): string {
    const [{ id, init }] = (node.init as acorn.VariableDeclaration).declarations
    const counter = (id as acorn.Identifier).name
    const from = this.number(init as acorn.Expression)
    this.settle()
    const body = statementsOf(node.body)
    const changed = this.changedBy(body)
    const simple = changed.length === 0 ? this.quantified(node, counter, from, rest, ways) : null
    if (simple !== null) return simple
    const after =
      rest.length > 0 && hasJump(body, /^Break/)
        ? this.operator('rest', changed, () => this.run(rest, ways))
        : null
    const exit = () => (after ? after() : this.run(rest, ways))
    const start = [from, ...changed.map((name) => this.current(name))]
    const name = this.local.give('loop')
    const loop = this.apartFrom(() => {
      const at = this.local.give(plain(counter))
      const locals = new Map([...this.now.locals, [counter, { text: at, kind: 'int' } as Term]])
      this.now = { ...this.now, locals }
      const parameters = changed.map((one) => this.renamed(one))
      const again = () => {
        const values = [this.counted(node), ...changed.map((one) => this.current(one))]
        return applied(name, values)
      }
      const test = this.condition(node.test as acorn.Expression)
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
  private counted({ update }: acorn.ForStatement): string {
    if (update?.type === 'UpdateExpression') return `${this.number(update.argument)} + 1`
    return this.number((update as acorn.AssignmentExpression).right)
  }

  /** A loop that only looks for an element that settles the answer. */
  private quantified(
    { test, update, body }: acorn.ForStatement,
    counter: string,
    from: string,
    rest: readonly acorn.Statement[],
    ways: Ways,
  ): string | null {
    const answers = new Set<unknown>()
    const isPlain = !some(body, (node) => {
      if (node.type === 'ReturnStatement')
        answers.add(((node as acorn.ReturnStatement).argument as acorn.Literal | null)?.value)
      return /^(Break|For)Statement$/.test(node.type)
    })
    const [answer] = answers
    const goesUp = isIncrement(update as acorn.Expression)
    const { operator, left, right } = test as acorn.BinaryExpression
    const isBounded = operator === '<' && (left as acorn.Identifier).name === counter
    if (this.result !== 'bool' || !isPlain || !goesUp || !isBounded) return null
    if (answers.size !== 1 || (answer !== 0 && answer !== 1)) return null
    if (this.around.program.fails(right)) return null
    const end = this.value(right)
    const last = end.number === undefined ? `${this.as(end, 'int')} - 1` : String(end.number - 1)
    const found = this.apartFrom(() => {
      const at = this.local.give(plain(counter))
      const locals = new Map([...this.now.locals, [counter, { text: at, kind: 'int' } as Term]])
      this.now = { ...this.now, locals }
      const no = () => 'FALSE'
      const turn = this.run(statementsOf(body), {
        next: no,
        again: no,
        leave: no,
        back: () => 'TRUE',
      })
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

  /** What comes next as an operator of what was changed on the ways that lead to it. */
  private operator(wanted: string, changed: readonly string[], body: () => string): () => string {
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

  private changedBy(nodes: readonly acorn.Node[]): string[] {
    const { program } = this.around
    const isSet = (name: string) =>
      nodes.some((node) =>
        some(node, (one) => {
          if (one.type !== 'AssignmentExpression') return false
          const { left } = one as acorn.AssignmentExpression
          return left.type === 'Identifier' && left.name === name
        }),
      )
    const locals = [...this.now.locals.keys()].filter(isSet)
    return nodes.some((node) => program.changes(node)) ? [...locals, STATE] : locals
  }

  private current(name: string): string {
    if (name === STATE) return this.stateText()
    return this.held(name).text
  }

  private set(name: string, text: string): void {
    if (name === STATE) this.now = { ...this.now, state: text, updates: [] }
    else {
      const { kind } = this.held(name)
      this.now = { ...this.now, locals: new Map([...this.now.locals, [name, { text, kind }]]) }
    }
  }

  /** Gives what may be changed a new name. */
  private renamed(name: string): string {
    const fresh = this.local.give(this.nameOf(name))
    this.set(name, fresh)
    return fresh
  }

  private nameOf(name: string): string {
    return name === STATE ? 's' : plain(name)
  }

  private held(name: string): Term {
    return this.now.locals.get(name) as Term
  }
}

const JUMPS = /^(Return|Break|Continue)Statement$/

/** Is this name, or call, needed for the expression whichever way it goes? */
function isHadFirst(name: string, text: string): boolean {
  const isThere = (part: string) => /^\w+$/.test(name) && new RegExp(`\\b${name}\\b`).test(part)
  if (/^\[\w+ EXCEPT/.test(text)) return !/IF|After/.test(text) && isThere(text)
  const [first] = text.split(/ \/\\| \\\/| THEN |\n/)
  return !/^.+\bIF |LET |After|\\[EA] /.test(first) && isThere(first)
}

/** Printed names end in `$` and a number. */
function plain(name: string): string {
  return name.replace(/\$\d+$/, '')
}

/** `i++` or `i = (i + 1)`. */
function isIncrement(node: acorn.Node): boolean {
  if (node.type === 'UpdateExpression') return true
  const { right } = node as acorn.AssignmentExpression
  const isSum = right.type === 'BinaryExpression' && right.operator === '+'
  return isSum && right.left.type === 'Identifier' && numberOf(right.right) === 1
}
