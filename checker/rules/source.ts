/**
 * From a function to its syntax tree: rules are source, and this is where they are read.
 *
 * Only the shape of a function is looked at here; what its body may contain is the translator's
 * business (translate.ts).
 */
import type * as acorn from 'acorn'
import { parseExpressionAt } from 'acorn'

/** Raised with the reason why a piece of source lies outside the rule subset. */
export class OutsideSubset extends Error {
  override readonly name = 'OutsideSubset'
}

/** A function as data: names of its parameters, and its body as statements or one expression. */
export interface FunctionSource {
  readonly text: string
  readonly parameters: readonly string[]
  readonly body: acorn.BlockStatement | acorn.Expression
}

const cache = new WeakMap<object, FunctionSource>()

/** Functions that are to be read with another body than their own. */
export type Bodies = ReadonlyMap<(...args: never[]) => unknown, FunctionSource>

/** Reads a function's own text. @throws OutsideSubset when it has none or an unsupported form. */
export function functionSource(fn: (...args: never[]) => unknown): FunctionSource {
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
  const source = { text, parameters, body: node.body }
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
    if (node.type === 'ParenthesizedExpression') node = node.expression
    if (node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression') return node
    if (node.type === 'ObjectExpression') {
      const member = node.properties[0]
      if (member?.type === 'Property' && member.value.type === 'FunctionExpression')
        return member.value
    }
  }
  const shown = excerpt(text, { start: 0, end: text.length })
  throw new OutsideSubset(`\`${shown}\` is not the text of a function that can be read`)
}

/** The text of a node, shortened to one line, for messages. */
export function excerpt(text: string, node: { start: number; end: number }): string {
  const line = text.slice(node.start, node.end).replace(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 57)}...` : line
}
