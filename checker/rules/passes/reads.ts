/**
 * Which variables a function may look at, by its tree. A variable that it only compares with
 * certain values stands there with these: to the function, all other values are alike.
 */
import {
  type Binding,
  type Call,
  type Declaration,
  type Expression,
  isConstant,
  type RuleFunction,
  type Statement,
} from '../tree.js'
import { forEach, parts } from '../visit.js'

/** Null: any value may make a difference. */
export type Reads = ReadonlyMap<Declaration, ReadonlySet<number> | null>

/** How a value is used. */
interface Use {
  /** Any value may make a difference. */
  isWhole: boolean
  /** The values that it is compared with. */
  readonly compared: Set<number>
  /** It is given back: what is made of it is seen where the function is called. */
  isReturned: boolean
}

/** How a function uses variables and parameters. */
interface Summary {
  readonly variables: ReadonlyMap<Declaration, Use>
  readonly parameters: readonly Use[]
}

const summaries = new WeakMap<RuleFunction, Summary>()
const all = new WeakMap<RuleFunction, Reads>()

/** @param fn a function that has been read. Its result counts as looked at. */
export function readsOf(fn: RuleFunction): Reads {
  const known = all.get(fn)
  if (known) return known
  const reads = new Map<Declaration, ReadonlySet<number> | null>()
  for (const [variable, { isWhole, isReturned, compared }] of summaryOf(fn).variables)
    if (isWhole || isReturned) reads.set(variable, null)
    else if (compared.size > 0) reads.set(variable, compared)
  all.set(fn, reads)
  return reads
}

function summaryOf(fn: RuleFunction): Summary {
  const known = summaries.get(fn)
  if (known) return known
  const summary = new Uses(fn).summary()
  summaries.set(fn, summary)
  return summary
}

class Uses {
  private readonly variables = new Map<Declaration, Use>()
  private readonly bindings = new Map<Binding, Use>()

  constructor(private readonly fn: RuleFunction) {}

  summary(): Summary {
    const { body, parameters } = this.fn
    const constants: Binding[] = []
    for (const statement of body ?? [])
      forEach(statement, (node) => {
        if (node.kind === 'define' && node.binding.role === 'constant') constants.push(node.binding)
      })
    for (const statement of body ?? []) this.statement(statement)
    // A use of a local constant is a use of its value. Later constants may use earlier ones.
    for (const binding of constants.reverse())
      if (binding.init) this.use(binding.init, this.useOf(binding))
    return { variables: this.variables, parameters: parameters.map((one) => this.useOf(one)) }
  }

  private statement(node: Statement): void {
    if (node.kind === 'define' && node.binding.role === 'constant') return
    if (node.kind === 'return') {
      if (node.value) this.use(node.value, { ...unused(), isReturned: true })
      return
    }
    for (const part of parts(node))
      if (isStatement(part)) this.statement(part)
      else this.use(part, whole())
  }

  /** Takes note of what is made of a value. */
  private use(node: Expression, use: Use): void {
    switch (node.kind) {
      case 'constant':
        return
      case 'local':
        add(this.useOf(node.binding), use)
        return
      case 'load':
        add(this.useOfVariable(node.variable), use)
        this.useAll(node.indices)
        return
      case 'conditional':
        this.use(node.test, whole())
        this.use(node.then, use)
        this.use(node.otherwise, use)
        return
      case 'operation':
        if (node.operator === '===' || node.operator === '!==') {
          const [left, right] = node.operands
          this.use(left, comparedWith(right))
          this.use(right, comparedWith(left))
        } else this.useAll(node.operands)
        return
      case 'call':
        this.useCall(node, use)
        return
      default:
        this.useAll(parts(node) as readonly Expression[])
    }
  }

  private useAll(nodes: readonly Expression[]): void {
    for (const node of nodes) this.use(node, whole())
  }

  private useCall({ callee, args }: Call, use: Use): void {
    const { variables, parameters } = summaryOf(callee)
    const here = (inside: Use) => {
      const made = { ...inside, compared: new Set(inside.compared), isReturned: false }
      if (inside.isReturned) add(made, use)
      return made
    }
    for (const [variable, inside] of variables) add(this.useOfVariable(variable), here(inside))
    for (const [i, arg] of args.entries()) this.use(arg, here(parameters[i]))
  }

  private useOf(binding: Binding): Use {
    return entry(this.bindings, binding)
  }

  private useOfVariable(variable: Declaration): Use {
    return entry(this.variables, variable)
  }
}

function unused(): Use {
  return { isWhole: false, compared: new Set(), isReturned: false }
}

function whole(): Use {
  return { ...unused(), isWhole: true }
}

function entry<K>(uses: Map<K, Use>, key: K): Use {
  const known = uses.get(key) ?? unused()
  uses.set(key, known)
  return known
}

function add(to: Use, use: Use): void {
  to.isWhole ||= use.isWhole
  to.isReturned ||= use.isReturned
  for (const value of use.compared) to.compared.add(value)
}

/** Of a value that is compared with this one. */
function comparedWith(other: Expression): Use {
  const numbers = numbersIn(other)
  return numbers ? { ...unused(), compared: new Set(numbers) } : whole()
}

/** All numbers that an expression can be, if it says so itself. */
function numbersIn(node: Expression): readonly number[] | null {
  if (isConstant(node)) return [node.value]
  if (node.kind === 'lookUp') return node.numbers
  if (node.kind === 'local') return node.binding.init ? numbersIn(node.binding.init) : null
  if (node.kind !== 'conditional') return null
  const [then, otherwise] = [numbersIn(node.then), numbersIn(node.otherwise)]
  return then && otherwise ? [...then, ...otherwise] : null
}

const STATEMENTS = new Set(['define', 'assign', 'store', 'run', 'if', 'loop', 'return', 'jump'])

function isStatement(node: Expression | Statement): node is Statement {
  return STATEMENTS.has(node.kind)
}
