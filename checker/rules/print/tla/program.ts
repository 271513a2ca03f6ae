/** What printed functions (translate/program.ts) say about themselves, read off their syntax. */
import * as acorn from 'acorn'
import type { Leaf } from '../../../state/layout.js'

export interface PrintedFunction {
  readonly parameters: readonly string[]
  readonly body: readonly acorn.Statement[]
}

export class PrintedCode {
  private readonly functions = new Map<string, PrintedFunction>()
  private readonly variables = new Map<string, Leaf>()
  private readonly changing = new Map<string, boolean>()
  private readonly failing = new Map<string, boolean>()

  /** @param leaves by the numbers that printed functions report them with. */
  constructor(code: readonly string[], leaves: readonly Leaf[]) {
    for (const node of acorn.parse(code.join('\n'), { ecmaVersion: 2022 }).body) {
      if (node.type !== 'FunctionDeclaration') throw new Error(`${node.type} among functions`)
      const { name } = node.id
      const variable = name.match(/^(v\d+)_set$/)?.[1]
      const text = code.join('\n').slice(node.start, node.end)
      if (variable) this.variables.set(variable, leaves[Number(text.match(/bad\((\d+)/)?.[1])])
      if (!/^f\d+$/.test(name)) continue
      const parameters = node.params.slice(2).map((one) => (one as acorn.Identifier).name)
      this.functions.set(name, { parameters, body: node.body.body })
    }
  }

  get names(): readonly string[] {
    return [...this.functions.keys()]
  }

  function(name: string): PrintedFunction {
    const found = this.functions.get(name)
    if (!found) throw new Error(`${name} is no printed function`)
    return found
  }

  /** What the function gives back whatever the state; null when that is not so plain. */
  constant(name: string): acorn.Literal | null {
    const [first] = this.function(name).body
    const value = first?.type === 'ReturnStatement' ? first.argument : null
    return value?.type === 'Literal' ? value : null
  }

  /** The variable that is read or written through a function of this name. */
  variable(name: string): Leaf {
    const found = this.variables.get(name)
    if (!found) throw new Error(`${name} is no variable`)
    return found
  }

  /** May it change the state? */
  changes(node: acorn.Node): boolean {
    return some(node, (one) => {
      if (isStore(one)) return true
      const name = calledName(one)
      if (name === null || !/^f\d+$/.test(name)) return false
      return this.ofFunction(this.changing, name, (inner) => this.changes(inner))
    })
  }

  /** May it fail? */
  fails(node: acorn.Node): boolean {
    return some(node, (one) => {
      const name = calledName(one)
      if (name === null) return false
      if (/^(at|here|v\d+_set)$/.test(name)) return true
      if (!/^f\d+$/.test(name)) return false
      return this.ofFunction(this.failing, name, (inner) => this.fails(inner))
    })
  }

  private ofFunction(
    known: Map<string, boolean>,
    name: string,
    ask: (node: acorn.Node) => boolean,
  ): boolean {
    const answer = known.get(name) ?? this.function(name).body.some(ask)
    known.set(name, answer)
    return answer
  }
}

/** Does the node, or one inside it, answer yes? */
export function some(node: acorn.Node, ask: (node: acorn.Node) => boolean): boolean {
  if (ask(node)) return true
  return Object.values(node).some((value: unknown) =>
    Array.isArray(value)
      ? value.some((one) => isNode(one) && some(one, ask))
      : isNode(value) && some(value, ask),
  )
}

function isNode(value: unknown): value is acorn.Node {
  return typeof (value as acorn.Node | null)?.type === 'string'
}

/** `f(...)`: the name that is called. */
export function calledName(node: acorn.Node): string | null {
  if (node.type !== 'CallExpression') return null
  const { callee } = node as acorn.CallExpression
  return callee.type === 'Identifier' ? callee.name : null
}

/** Does it write bits of the state? */
function isStore(node: acorn.Node): boolean {
  if (node.type === 'AssignmentExpression')
    return (node as acorn.AssignmentExpression).left.type === 'MemberExpression'
  return /^v\d+_set$/.test(calledName(node) ?? '')
}

/** Do these statements end before what stands behind them, whichever way is taken? */
export function ends(statements: readonly acorn.Statement[]): boolean {
  return statements.some((node) => {
    if (/^(Return|Break|Continue)Statement$/.test(node.type)) return true
    if (node.type === 'BlockStatement') return ends(node.body)
    if (node.type !== 'IfStatement' || !node.alternate) return false
    return ends([node.consequent]) && ends([node.alternate])
  })
}

/** Is there a statement of this kind among these, but for those that belong to a loop inside? */
export function hasJump(nodes: readonly acorn.Node[], kinds: RegExp): boolean {
  return nodes.some((node) => {
    if (node.type === 'ForStatement')
      return kinds.test('ReturnStatement') && some(node, ({ type }) => type === 'ReturnStatement')
    if (kinds.test(node.type)) return true
    const { body, consequent, alternate } = node as unknown as Record<
      string,
      acorn.Node | acorn.Node[] | null
    >
    return [body, consequent, alternate].some(
      (part) => part != null && hasJump(Array.isArray(part) ? part : [part], kinds),
    )
  })
}

export function statementsOf(node: acorn.Statement | null | undefined): readonly acorn.Statement[] {
  if (!node) return []
  return node.type === 'BlockStatement' ? node.body : [node]
}
