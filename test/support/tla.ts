/**
 * Reads and runs the part of TLA+ in which models are exported (checker/rules/print/tla.ts): functions of the
 * state, actions, invariants. It knows nothing of models and of their translation. What is temporal
 * is left out.
 */

interface Token {
  readonly text: string
  readonly column: number
  readonly isFirst: boolean
}

type Node =
  | { is: 'value'; value: Value }
  | { is: 'name'; name: string; args: Node[] }
  | { is: 'prefix'; op: string; of: Node }
  | { is: 'infix'; op: string; left: Node; right: Node }
  | { is: 'junction'; op: string; of: Node[] }
  | { is: 'if'; test: Node; then: Node; otherwise: Node }
  | { is: 'let'; definitions: Definition[]; body: Node }
  | { is: 'bound'; op: string; name: string; set: Node; body: Node }
  | { is: 'record'; fields: [string, Node][] }
  | { is: 'tuple'; elements: Node[] }
  | { is: 'except'; of: Node; updates: { path: (string | Node)[]; value: Node }[] }
  | { is: 'at'; of: Node; index: Node }
  | { is: 'field'; of: Node; field: string }
  | { is: 'primed'; of: Node }

interface Definition {
  name: string
  parameters: string[]
  body: Node
}

/** A sequence or a function of 0 and up has its first index; a record has field names. */
type Value = number | boolean | string | Elements | { readonly [field: string]: Value }
interface Elements {
  readonly first: number
  readonly elements: readonly Value[]
}

const TOKENS = new RegExp(
  [
    String.raw`\s+|\\\*[^\n]*`,
    String.raw`"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|\d+`,
    String.raw`/\\|\\/|\\[a-zA-Z]+|\|->|<<|>>|<=|>=|==|\.\.|[-+*%=#<>~()[\]{},.:!'_]`,
  ].join('|'),
  'y',
)

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let [lineStart, isFirst] = [0, true]
  for (TOKENS.lastIndex = 0; TOKENS.lastIndex < text.length; ) {
    const start = TOKENS.lastIndex
    const [found] = TOKENS.exec(text) ?? [null]
    if (found === null) throw new Error(`no TLA+: ${text.slice(start, start + 40)}`)
    const newline = found.lastIndexOf('\n')
    if (newline >= 0 && /^\s/.test(found)) {
      lineStart = start + newline + 1
      isFirst = true
    }
    if (/^\s|^\\\*/.test(found)) continue
    tokens.push({ text: found, column: start - lineStart, isFirst })
    isFirst = false
  }
  return tokens
}

const COMPARISONS = ['=', '#', '<', '<=', '>', '>=', '\\in']
/** How strongly operators bind; the others are prefix. */
const LEVELS = [['/\\', '\\/'], COMPARISONS, ['..'], ['+', '-', '\\o'], ['*', '%', '\\div']]

class Parser {
  private i = 0
  /** What begins a line at this column, or left of it, is no part of the expression. */
  private margin = -1

  constructor(private readonly tokens: readonly Token[]) {}

  definitions(): Definition[] {
    const found: Definition[] = []
    while (this.i < this.tokens.length) if (!this.isRecursive()) found.push(this.definition())
    return found
  }

  /** Takes what says that an operator calls itself, if that comes next. */
  private isRecursive(): boolean {
    if (!this.isNext('RECURSIVE')) return false
    this.take()
    this.take('(')
    this.list(')', () => this.take('_'))
    return true
  }

  private get next(): string | null {
    const token = this.tokens[this.i]
    return !token || (token.isFirst && token.column <= this.margin) ? null : token.text
  }

  private take(expected?: string): string {
    const text = this.next
    if (text === null || (expected !== undefined && text !== expected))
      throw new Error(`${expected ?? 'more'} expected, at ${this.rest()}`)
    this.i++
    return text
  }

  private rest(): string {
    return this.tokens
      .slice(this.i, this.i + 8)
      .map(({ text }) => text)
      .join(' ')
  }

  private isNext(text: string): boolean {
    if (this.next !== text) return false
    this.i++
    return true
  }

  private within<T>(margin: number, parse: () => T): T {
    const outer = this.margin
    this.margin = margin
    const parsed = parse()
    this.margin = outer
    return parsed
  }

  private list<T>(end: string, one: () => T): T[] {
    const found: T[] = []
    if (this.isNext(end)) return found
    do found.push(one())
    while (this.isNext(','))
    this.take(end)
    return found
  }

  private definition(): Definition {
    const name = this.take()
    const parameters = this.isNext('(') ? this.list(')', () => this.take()) : []
    this.take('==')
    return { name, parameters, body: this.expression() }
  }

  private expression(level = 0): Node {
    if (level === LEVELS.length) return this.operand()
    let left = this.expression(level + 1)
    for (let op = this.next; op !== null && LEVELS[level].includes(op); op = this.next) {
      this.i++
      const right = this.expression(level + 1)
      left =
        level === 0 ? { is: 'junction', op, of: [left, right] } : { is: 'infix', op, left, right }
    }
    return left
  }

  private operand(): Node {
    const token = this.tokens[this.i]
    const text = this.take()
    switch (text) {
      case '/\\':
      case '\\/':
        return this.bullets(text, token.column)
      case '~':
      case '-':
      case 'ENABLED':
        return { is: 'prefix', op: text, of: this.operand() }
      case 'IF': {
        const test = this.expression()
        this.take('THEN')
        const then = this.expression()
        this.take('ELSE')
        return { is: 'if', test, then, otherwise: this.expression() }
      }
      case 'LET': {
        const definitions: Definition[] = []
        while (!this.isNext('IN')) {
          if (!this.isRecursive()) definitions.push(this.definition())
        }
        return { is: 'let', definitions, body: this.expression() }
      }
      case '\\E':
      case '\\A':
      case 'CHOOSE': {
        const name = this.take()
        this.take('\\in')
        const set = this.expression()
        this.take(':')
        return { is: 'bound', op: text, name, set, body: this.expression() }
      }
      case '(': {
        const inner = this.expression()
        this.take(')')
        return this.suffixes(inner)
      }
      case '<<':
        return this.suffixes({ is: 'tuple', elements: this.list('>>', () => this.expression()) })
      case '[':
        return this.suffixes(this.bracket())
    }
    if (text.startsWith('"')) return { is: 'value', value: JSON.parse(text) as string }
    if (/^\d/.test(text)) return { is: 'value', value: Number(text) }
    if (text === 'TRUE' || text === 'FALSE') return { is: 'value', value: text === 'TRUE' }
    const args = this.isNext('(') ? this.list(')', () => this.expression()) : []
    return this.suffixes({ is: 'name', name: text, args })
  }

  private bullets(op: string, column: number): Node {
    const of = [this.within(column, () => this.expression())]
    const isNext = () => {
      const token = this.tokens[this.i]
      return token?.column === column && token.text === op && token.isFirst
    }
    while (isNext()) {
      this.i++
      of.push(this.within(column, () => this.expression()))
    }
    return { is: 'junction', op, of }
  }

  private bracket(): Node {
    const [first, second] = this.tokens.slice(this.i, this.i + 2).map(({ text }) => text)
    if (second === '|->') {
      const field = (): [string, Node] => {
        const name = this.take()
        this.take('|->')
        return [name, this.expression()]
      }
      return { is: 'record', fields: this.list(']', field) }
    }
    if (second === '\\in') {
      this.take()
      this.take('\\in')
      const set = this.expression()
      this.take('|->')
      const body = this.expression()
      this.take(']')
      return { is: 'bound', op: 'function', name: first, set, body }
    }
    const of = this.expression()
    this.take('EXCEPT')
    return { is: 'except', of, updates: this.list(']', () => this.update()) }
  }

  private update() {
    this.take('!')
    const path: (string | Node)[] = []
    while (!this.isNext('=')) {
      if (this.isNext('.')) path.push(this.take())
      else {
        this.take('[')
        path.push(this.expression())
        this.take(']')
      }
    }
    return { path, value: this.expression() }
  }

  private suffixes(node: Node): Node {
    if (this.isNext('.')) return this.suffixes({ is: 'field', of: node, field: this.take() })
    if (this.isNext("'")) return this.suffixes({ is: 'primed', of: node })
    if (!this.isNext('[')) return node
    const index = this.expression()
    this.take(']')
    return this.suffixes({ is: 'at', of: node, index })
  }
}

export interface TlaResult {
  readonly states: number
  /** Initial states and steps, as TLC counts them. */
  readonly generated: number
  readonly depth: number
  /** Invariants that some state violates. */
  readonly violated: readonly string[]
  /** The `Assert`, or other error, that ended it. */
  readonly failed: string | null
}

/** Explores a module, past violated invariants. */
export function runTla(module: string, config: string): TlaResult {
  const invariants = (config.match(/^INVARIANTS\n((?: .*\n)*)/m)?.[1] ?? '').trim().split(/\s+/)
  const { init, next, holds } = runnable(module, invariants)
  const seen = new Set<string>()
  const violated = new Set<string>()
  let [generated, depth] = [0, 0]
  let level: Value[] = []
  const meet = (state: Value): void => {
    generated++
    const key = JSON.stringify(state)
    if (seen.has(key)) return
    seen.add(key)
    level.push(state)
    for (const [i, name] of invariants.entries()) if (holds[i](state) !== true) violated.add(name)
  }
  let failed: string | null = null
  try {
    init().forEach(meet)
    while (level.length > 0) {
      const now = level
      level = []
      depth++
      for (const state of now) next(state).forEach(meet)
    }
  } catch (error) {
    failed = (error as Error).message
  }
  return { states: seen.size, generated, depth, violated: [...violated], failed }
}

interface Runnable {
  readonly init: () => Value[]
  readonly next: (state: Value) => Value[]
  readonly holds: readonly ((state: Value) => Value)[]
}

/** The module as JavaScript: no name of TLA+ hides another one, so each can keep its own. */
function runnable(module: string, invariants: readonly string[]): Runnable {
  const body = module.slice(module.indexOf('VARIABLE state') + 14, module.lastIndexOf('\n===='))
  const parts = body.split(/\n(?=\S)/).filter((part) => !/\[\]<>|~>|^Spec|^Live/.test(part))
  const definitions = new Parser(tokensOf(parts.join('\n').trim())).definitions()
  const names = definitions.map(({ name }) => name)
  if (new Set(names).size !== names.length) throw new Error('a name is defined twice')
  const from = names.indexOf('Init')
  const all = invariants.map((name) => `$${name}`)
  const functions = definitions.map(({ name, parameters, body }, i) => {
    const taken = ['state', ...parameters.map((parameter) => `_${parameter}`)]
    if (name === 'Init') return `const $Init = (state) => ${initial(body)}`
    const isAction = i > from && names.indexOf('NoDeadlock') > i
    const text = isAction ? action(body) : code(body, new Set(parameters))
    return `const $${name} = (${taken}) => ${text}`
  })
  const program = [...functions, `return { init: $Init, next: $Next, holds: [${all}] }`]
  return new Function(...Object.keys(BUILT_IN), program.join('\n'))(...Object.values(BUILT_IN))
}

function initial(node: Node): string {
  const { of } = node as Extract<Node, { is: 'junction' }>
  return `[${of.map((one) => code((one as Extract<Node, { is: 'infix' }>).right, new Set()))}]`
}

/** The states after an action, one for each way of taking it. */
function action(node: Node): string {
  if (node.is === 'value') return '[]'
  if (node.is === 'name') return `$${node.name}(state)`
  if (node.is !== 'junction') throw new Error(`no action: ${node.is}`)
  if (node.op === '\\/') return `[${node.of.map((one) => `...${action(one)}`)}]`
  const last = node.of[node.of.length - 1] as Extract<Node, { is: 'infix' }>
  if (last.left.is !== 'primed') throw new Error('an action without a next state')
  const conditions = node.of.slice(0, -1).map((one) => `bool(${code(one, new Set())})`)
  return `${['true', ...conditions].join(' && ')} ? [${code(last.right, new Set())}] : []`
}

/** @param local names that are not the module's. */
function code(node: Node, local: ReadonlySet<string>): string {
  const of = (one: Node, ...names: string[]) => code(one, new Set([...local, ...names]))
  switch (node.is) {
    case 'value':
      return JSON.stringify(node.value)
    case 'name': {
      const args = node.args.map((arg) => of(arg))
      if (local.has(node.name)) return `_${node.name}${args.length > 0 ? `(${args})` : ''}`
      if (node.name === 'state') return 'state'
      if (node.name in BUILT_IN) return `${node.name}(${args})`
      return `$${node.name}(${['state', ...args]})`
    }
    case 'prefix':
      if (node.op === 'ENABLED') return `(${action(node.of)}.length > 0)`
      return node.op === '~' ? `!bool(${of(node.of)})` : `(-int(${of(node.of)}))`
    case 'infix':
      if (node.op === '\\in' && node.right.is === 'infix')
        return `isBetween(${of(node.left)}, ${of(node.right.left)}, ${of(node.right.right)})`
      return `infix[${JSON.stringify(node.op)}](${of(node.left)}, ${of(node.right)})`
    case 'junction':
      return `(${node.of.map((one) => `bool(${of(one)})`).join(node.op === '\\/' ? ' || ' : ' && ')})`
    case 'if':
      return `(bool(${of(node.test)}) ? ${of(node.then)} : ${of(node.otherwise)})`
    case 'let': {
      const names = node.definitions.map(({ name }) => name)
      const all = node.definitions.map(({ name, parameters, body }) => {
        const text = of(body, ...names, ...parameters)
        const isPlain = parameters.length === 0
        return `const _${name} = ${isPlain ? text : `(${parameters.map((p) => `_${p}`)}) => ${text}`};`
      })
      return `(() => { ${all.join(' ')} return ${of(node.body, ...names)} })()`
    }
    case 'bound': {
      const each = `(_${node.name}) => ${of(node.body, node.name)}`
      return `bound[${JSON.stringify(node.op)}](${of(node.set)}, ${each})`
    }
    case 'record':
      return `({ ${node.fields.map(([name, field]) => `${name}: ${of(field)}`)} })`
    case 'tuple':
      return `({ first: 1, elements: [${node.elements.map((element) => of(element))}] })`
    case 'except':
      return node.updates.reduce((text, { path, value }) => {
        const steps = path.map((step) => (typeof step === 'string' ? `"${step}"` : of(step)))
        return `changed(${text}, [${steps}], ${of(value)})`
      }, of(node.of))
    case 'at':
      return `part(${of(node.of)}, int(${of(node.index)}))`
    case 'field':
      return `part(${of(node.of)}, "${node.field}")`
    case 'primed':
      throw new Error('a primed variable outside an action')
  }
}

type Each = (element: Value) => Value

const INFIX: Record<string, (x: Value, y: Value) => unknown> = {
  '=': isSame,
  '#': (x, y) => !isSame(x, y),
  '\\in': (x, set) => (set as unknown as Value[]).includes(x),
  '..': (low, high) =>
    Array.from({ length: Math.max(0, int(high) - int(low) + 1) }, (_, i) => int(low) + i),
  '\\o': (x, y) => `${x}${y}`,
  '<': (x, y) => int(x) < int(y),
  '<=': (x, y) => int(x) <= int(y),
  '>': (x, y) => int(x) > int(y),
  '>=': (x, y) => int(x) >= int(y),
  '+': (x, y) => int(x) + int(y),
  '-': (x, y) => int(x) - int(y),
  '*': (x, y) => int(x) * int(y),
  '\\div': (x, y) => Math.floor(int(x) / int(y)),
  '%': (x, y) => int(x) - Math.floor(int(x) / int(y)) * int(y),
}

const BOUND: Record<string, (set: readonly Value[], each: Each) => unknown> = {
  '\\E': (set, each) => set.some((element) => bool(each(element))),
  '\\A': (set, each) => set.every((element) => bool(each(element))),
  CHOOSE: (set, each) => set.find((element) => bool(each(element))) ?? fail('nothing to choose'),
  function: (set, each) => ({ first: set[0], elements: set.map(each) }),
}

/** What the JavaScript of a module calls, besides what the module defines. */
const BUILT_IN = {
  infix: INFIX,
  bound: BOUND,
  int,
  bool,
  isBetween: (x: Value, low: Value, high: Value) => int(x) >= int(low) && int(x) <= int(high),
  part,
  changed,
  Len: (sequence: Elements) => sequence.elements.length,
  Assert: (test: Value, text: Value) => test === true || fail(String(text)),
}

function isSame(x: Value, y: Value): boolean {
  if (typeof x !== typeof y) return fail(`${typeof x} is compared with ${typeof y}`)
  return typeof x === 'object' ? JSON.stringify(x) === JSON.stringify(y) : x === y
}

function part(value: Value, step: string | number): Value {
  if (typeof value !== 'object') return fail('no function or record')
  const found =
    typeof step === 'string'
      ? (value as Record<string, Value>)[step]
      : (value as Elements).elements[step - (value as Elements).first]
  return found ?? fail(`nothing at ${step}`)
}

function changed(value: Value, [step, ...rest]: readonly (string | number)[], to: Value): Value {
  if (step === undefined) return to
  const inner = changed(part(value, step), rest, to)
  if (typeof step === 'string') return { ...(value as object), [step]: inner }
  const { first, elements } = value as Elements
  return { first, elements: elements.with(step - first, inner) }
}

function int(value: Value): number {
  return typeof value === 'number' ? value : fail(`${typeof value} is no number`)
}

function bool(value: Value): boolean {
  return typeof value === 'boolean' ? value : fail(`${typeof value} is no truth value`)
}

function fail(why: string): never {
  throw new Error(why)
}
