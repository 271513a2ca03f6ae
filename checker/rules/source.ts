/**
 * Syntax trees of the texts of functions, by acorn. This file looks only at the form of a function,
 * and restores plain names where tools write something else. The reader (reading/) decides what a
 * body may contain.
 */
import type * as acorn from 'acorn'
import { parse, parseExpressionAt } from 'acorn'

/** Raised with the reason why a piece of source lies outside the rule subset. */
export class OutsideSubset extends Error {
  override readonly name = 'OutsideSubset'
}

// biome-ignore lint/suspicious/noExplicitAny: any function at all
export type AnyFunction = (...args: any[]) => any

/** A function as data: names of its parameters, and its body as statements or one expression. */
export interface FunctionSource {
  readonly fn: AnyFunction
  readonly text: string
  readonly parameters: readonly string[]
  readonly body: acorn.BlockStatement | acorn.Expression
}

const cache = new WeakMap<object, FunctionSource>()

/** Reads a function's own text. @throws OutsideSubset when it has none or an unsupported form. */
export function functionSource(fn: AnyFunction): FunctionSource {
  const known = cache.get(fn)
  if (known) return known
  const text = fn.toString()
  const node = functionIn(text)
  if (node.async || node.generator)
    throw new OutsideSubset(`\`${excerpt(text, node)}\` is asynchronous or a generator`)
  const parameters = node.params.map((parameter) => {
    if (parameter.type !== 'Identifier')
      throw new OutsideSubset(`parameter pattern ${text.slice(parameter.start, parameter.end)}`)
    return parameter.name
  })
  const source = { fn, text, parameters, body: node.body }
  cache.set(fn, source)
  return source
}

/** The syntax tree of a function's text. @throws OutsideSubset when it is none. */
export function functionIn(text: string): acorn.ArrowFunctionExpression | acorn.FunctionExpression {
  // A method (`when(s) {...}`) is only an expression once it stands in an object.
  for (const [prefix, suffix] of [
    ['', ''],
    ['({', '})'],
  ]) {
    let node: acorn.Expression
    try {
      node = parseExpressionAt(prefix + text + suffix, 0, { ecmaVersion: 2022 })
    } catch {
      continue
    }
    const found = node.type === 'ObjectExpression' ? methodOf(node) : node
    if (found?.type === 'ArrowFunctionExpression' || found?.type === 'FunctionExpression')
      return withPlainNames(found)
  }
  const shown = excerpt(text, { start: 0, end: text.length })
  throw new OutsideSubset(`\`${shown}\` is not the text of a function that can be read`)
}

function methodOf({ properties: [member] }: acorn.ObjectExpression): acorn.Expression | null {
  return member?.type === 'Property' ? member.value : null
}

/**
 * Test runners and bundlers print an imported name as a property of a module object
 * (`module.name`, or `(0, module.name)` where it is called). Here it is the plain name again: the
 * object of such a property is a name that the function does not declare.
 */
function withPlainNames<F extends acorn.ArrowFunctionExpression | acorn.FunctionExpression>(
  node: F,
): F {
  const declared = new Set(['Math', ...node.params.flatMap(namesIn)])
  const changed: { readonly owner: Owner; readonly key: string | number; object: string | null }[] =
    []
  forEachPart(node, (part, owner, key) => {
    if (part.type === 'VariableDeclarator') for (const name of namesIn(part.id)) declared.add(name)
    else if (part.type === 'SequenceExpression') {
      const isCall = part.expressions.length === 2 && part.expressions[0].type === 'Literal'
      if (isCall) changed.push({ owner, key, object: null })
    } else if (part.type === 'MemberExpression' && !part.computed)
      if (part.object.type === 'Identifier') changed.push({ owner, key, object: part.object.name })
  })
  for (const { owner, key, object } of changed) {
    if (object === null) owner[key] = (owner[key] as acorn.SequenceExpression).expressions[1]
    else if (!declared.has(object)) owner[key] = (owner[key] as acorn.MemberExpression).property
  }
  return node
}

/**
 * The syntax tree of a module, or of the body of an asynchronous function.
 * @throws SyntaxError
 */
export function programIn(text: string, kind: 'module' | 'body'): acorn.Program {
  if (kind === 'module') return parse(text, { ecmaVersion: 'latest', sourceType: 'module' })
  return parse(text, {
    ecmaVersion: 'latest',
    allowAwaitOutsideFunction: true,
    allowReturnOutsideFunction: true,
  })
}

/** The names that a pattern declares. */
export function namesIn(pattern: acorn.Pattern): readonly string[] {
  if (pattern.type === 'Identifier') return [pattern.name]
  if (pattern.type === 'ArrayPattern')
    return pattern.elements.flatMap((one) => (one ? namesIn(one) : []))
  if (pattern.type === 'ObjectPattern')
    return pattern.properties.flatMap((one) =>
      one.type === 'Property' ? namesIn(one.value) : namesIn(one.argument),
    )
  return []
}

/** The owner of a node's parts: the node itself, or a list in it. */
type Owner = Record<string | number, unknown>

/** Visits all nodes inside a node, innermost first, each with what holds it and under which key. */
export function forEachPart(
  node: object,
  visit: (part: acorn.AnyNode, owner: Owner, key: string | number) => void,
): void {
  const owner = node as Owner
  for (const key in owner) {
    const part = owner[key]
    if (typeof part !== 'object' || part === null) continue
    forEachPart(part, visit)
    if (typeof (part as acorn.Node).type === 'string') visit(part as acorn.AnyNode, owner, key)
  }
}

/** The text of a node, shortened to one line, for messages. */
export function excerpt(text: string, node: { start: number; end: number }): string {
  const line = text.slice(node.start, node.end).replace(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 57)}...` : line
}
