/**
 * Trees as code on packed states, in JavaScript or in C: the two differ in little of what is
 * needed. A printed function is `(a, o, ...)`: the state's words begin at `a[o]`. Truth values
 * are 0 and 1 where they are stored, handed over or given back.
 */
import {
  type Binding,
  type BitOperator,
  type Call,
  type Declaration,
  type Expression,
  fixedIndex,
  isConstant,
  isInRange,
  type Load,
  type RuleFunction,
  type Statement,
  type Store,
} from '../tree.js'
import { type Visitor, visit } from '../visit.js'

/** Where the elements of variables lie, as text. */
export interface Positions {
  /** The word of an element. */
  word(variable: Declaration, index: number): string
  /** How far the element is from the lowest bit. */
  shift(variable: Declaration, index: number): string
}

/** How a variable is accessed: `set` checks that the value is in the range, `put` does not. */
export type Access = 'get' | 'set' | 'put'

/** The differences between the two languages. */
export interface Language {
  readonly equal: string
  readonly unequal: string
  readonly constant: string
  readonly variable: string
  readonly truth: readonly [no: string, yes: string]
  /** The head of a function of the state and these numbers. */
  head(name: string, parameters: readonly string[]): string
  /** The path of a list as a last argument: what a message is about. */
  path(path: string): string
  readonly returnNothing: string
  /** Shifts to the right a word of a state, which is not negative. */
  readonly right: string
  /** A bit operator or a shift: it takes the lowest 32 bits of any numbers. */
  bits(operator: BitOperator, x: string, y: string): string
  /** An operand of a calculation whose result 32 bits may not hold. */
  wide(x: string): string
}

export const JAVASCRIPT: Language = {
  equal: '===',
  unequal: '!==',
  constant: 'const',
  variable: 'let',
  truth: ['false', 'true'],
  head: (name, parameters) => `function ${name}(${['a', 'o', ...parameters].join(', ')})`,
  path: (path) => `, ${JSON.stringify(path)}`,
  returnNothing: 'return;',
  right: '>>>',
  bits: (operator, x, y) => `(${x} ${operator} ${y})`,
  wide: (x) => x,
}

/** A type of 64 bits (promela.ts): JavaScript's integers are exact up to 2^53. */
const NUMBER = 'number'

export const C: Language = {
  equal: '==',
  unequal: '!=',
  constant: NUMBER,
  variable: NUMBER,
  truth: ['0', '1'],
  head: (name, parameters) => {
    const numbers = parameters.map((one) => `${NUMBER} ${one}`)
    return `static ${NUMBER} ${name}(${['int *a', 'int o', ...numbers].join(', ')})`
  },
  path: () => '',
  returnNothing: 'return 0;',
  right: '>>',
  bits: (operator, x, y) => {
    // A left shift of a negative int is not defined in C, and a right shift keeps the sign.
    if (operator === '>>>') return `(${NUMBER})((unsigned)${x} >> ${y})`
    if (operator === '<<') return `(int)((unsigned)${x} << ${y})`
    return operator === '>>' ? `((int)${x} >> ${y})` : `((int)${x} ${operator} (int)${y})`
  },
  wide: (x) => `(${NUMBER})${x}`,
}

export class Code {
  /** Variables that the printed text reads or writes by functions: at computed indices. */
  readonly accessed = new Map<Declaration, Set<Access>>()

  /** @param calleeOf what stands for the function of a call; default: its name. */
  constructor(
    private readonly language: Language,
    private readonly positions: Positions,
    private readonly calleeOf: (call: Call) => string = ({ callee }) => callee.name,
  ) {}

  /** The declaration of a function that has been read. */
  function({ name, parameters, body }: Pick<RuleFunction, 'name' | 'parameters' | 'body'>): string {
    const names = parameters.map((parameter) => parameter.name)
    return `${this.language.head(name, names)} {\n${this.statements(body ?? [])}}`
  }

  statements(statements: readonly Statement[]): string {
    return statements.map((statement) => `${this.statement(statement)}\n`).join('')
  }

  /** Something that may be branched on. */
  condition(node: Expression): string {
    const { truth, equal, unequal } = this.language
    if (isConstant(node)) return truth[node.value]
    if (node.kind !== 'operation' || node.type.kind !== 'bool')
      return `${this.value(node)} ${unequal} 0`
    const { operator, operands } = node
    switch (operator) {
      case '!':
        return `!(${this.condition(operands[0])})`
      case '&&':
      case '||':
        return `(${operands.map((operand) => this.condition(operand)).join(` ${operator} `)})`
      case 'after': {
        const first = operands.slice(0, -1).map((operand) => this.value(operand))
        return `(${[...first, this.condition(operands[operands.length - 1])].join(', ')})`
      }
      default: {
        const sign = operator === '===' ? equal : operator === '!==' ? unequal : operator
        return `(${operands.map((operand) => this.value(operand)).join(` ${sign} `)})`
      }
    }
  }

  /** A value as a number. */
  value(node: Expression): string {
    return visit(node, this.values)
  }

  private readonly values: Visitor<Expression, string> = {
    constant: ({ value }) => (value < 0 ? `(${value})` : String(value)),
    local: ({ binding }) => binding.name,
    load: (node) => this.load(node),
    lookUp: ({ table, index, path }) => {
      const found = `${table.name}[${this.value(index)}]`
      return table.isWhole ? found : `here(${found}${this.language.path(path)})`
    },
    check: ({ index, length, path }) =>
      `at(${this.value(index)}, ${length}${this.language.path(path)})`,
    operation: (node) => {
      const { operator, operands, type } = node
      if (type.kind === 'bool') return `(${this.condition(node)} ? 1 : 0)`
      const values = operands.map((operand) => this.value(operand))
      switch (operator) {
        case 'after':
          return `(${values.join(', ')})`
        case 'quotient':
        case 'min':
        case 'max':
          return `${FUNCTIONS[operator]}(${values.join(', ')})`
        case '&':
        case '|':
        case '^':
        case '<<':
        case '>>':
        case '>>>':
          return this.language.bits(operator, values[0], values[1])
        case '%': {
          // A remainder of a negative number may be a minus zero.
          const remainder = `(${values.join(' % ')})`
          if (operands[0].low >= 0) return remainder
          return isInt(node) ? `(${remainder} | 0)` : `(${remainder} + 0)`
        }
        default: {
          const [first, second] = values
          return `(${isInt(node) ? first : this.language.wide(first)} ${operator} ${second})`
        }
      }
    },
    conditional: ({ test, then, otherwise }) =>
      `(${this.condition(test)} ? ${this.value(then)} : ${this.value(otherwise)})`,
    call: (node) => {
      const args = node.args.map((arg) => this.value(arg))
      return `${this.calleeOf(node)}(${['a', 'o', ...args].join(', ')})`
    },
  }

  private load({ variable, indices }: Load): string {
    const index = fixedIndex(variable, indices)
    const { width, scalar } = variable
    if (index === null || width === 0) {
      return `${this.access(variable, 'get')}(a, o, ${this.flatIndex(variable, indices)})`
    }
    const { word, shift } = this.placeOf(variable, index)
    const bits = `(${word} ${this.language.right} ${shift} & ${2 ** width - 1})`
    return scalar.min === 0 ? bits : `(${bits} + ${scalar.min})`
  }

  private access(variable: Declaration, access: Access): string {
    this.accessed.set(variable, (this.accessed.get(variable) ?? new Set()).add(access))
    return `v${variable.id}_${access}`
  }

  private flatIndex({ inner }: Declaration, [first, ...others]: readonly Expression[]): string {
    if (!first) return '0'
    return others.reduce(
      (flat, index, i) => `(${flat} * ${inner[i]} + ${this.value(index)})`,
      this.value(first),
    )
  }

  private placeOf(variable: Declaration, index: number) {
    const { positions } = this
    return { word: positions.word(variable, index), shift: positions.shift(variable, index) }
  }

  statement(node: Statement): string {
    return visit(node, this.statementVisitor)
  }

  private readonly statementVisitor: Visitor<Statement, string> = {
    define: ({ binding, value }) =>
      `${this.language[kindOf(binding)]} ${binding.name} = ${this.value(value)};`,
    assign: (node) => `${this.assignment(node)};`,
    store: (node) => `${this.store(node)};`,
    run: ({ value }) => `${this.value(value)};`,
    if: ({ test, then, otherwise }) => {
      const last = otherwise.length > 0 ? ` else {\n${this.statements(otherwise)}}` : ''
      return `if (${this.condition(test)}) {\n${this.statements(then)}}${last}`
    },
    loop: ({ counter, from, test, step, body }) => {
      const first = `${this.language.variable} ${counter.name} = ${this.value(from)}`
      return `for (${first}; ${this.condition(test)}; ${this.statement(step).slice(0, -1)}) {\n${this.statements(body)}}`
    },
    return: ({ value }) => (value ? `return ${this.value(value)};` : this.language.returnNothing),
    jump: ({ to }) => `${to};`,
  }

  private assignment({ binding, value }: Extract<Statement, { kind: 'assign' }>): string {
    return `${binding.name} = ${this.value(value)}`
  }

  private store({ variable, indices, value }: Store): string {
    const { width, scalar } = variable
    const index = fixedIndex(variable, indices)
    const isSafe = isInRange(variable, value)
    if (index === null || !isSafe || width === 0) {
      const access = this.access(variable, isSafe ? 'put' : 'set')
      return `${access}(a, o, ${this.flatIndex(variable, indices)}, ${this.value(value)})`
    }
    const bits = isConstant(value)
      ? String(value.value - scalar.min)
      : `(${minus(this.value(value), scalar.min)})`
    const { word, shift } = this.placeOf(variable, index)
    // The value first: it may change other bits of this word.
    return `${word} = (${bits} << ${shift}) | (${word} & ~(${2 ** width - 1} << ${shift}))`
  }
}

const FUNCTIONS = { quotient: 'quotient', min: 'smaller', max: 'larger' } as const

/** Do 32 bits hold the value, whatever it is? */
function isInt({ low, high }: Expression): boolean {
  return low >= -(2 ** 31) && high < 2 ** 31
}

function kindOf({ role }: Binding): 'constant' | 'variable' {
  return role === 'constant' ? 'constant' : 'variable'
}

export function minus(code: string, min: number): string {
  if (min === 0) return code
  return min > 0 ? `${code} - ${min}` : `${code} + ${-min}`
}
