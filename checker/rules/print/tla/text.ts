/** How pieces of TLA+ are put on lines. */

const LONGEST = 100

/** The text with all lines but the first moved to the right. */
export function hanging(text: string, columns: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(columns)}`)
}

export function conditional(test: string, then: string, otherwise: string): string {
  if (then === 'TRUE' && otherwise === 'FALSE') return test
  if (then === 'FALSE' && otherwise === 'TRUE') return `~${test}`
  if (otherwise === 'FALSE' && isOperand(then)) return junction('/\\', [test, then])
  if (then === 'TRUE' && isOperand(otherwise)) return junction('\\/', [test, otherwise])
  const asked = bare(test)
  const line = `IF ${asked} THEN ${then} ELSE ${otherwise}`
  if (fits(line)) return line
  const last = otherwise.startsWith('IF ') ? otherwise : hanging(otherwise, 5)
  return `IF ${hanging(asked, 3)}\nTHEN ${hanging(then, 5)}\nELSE ${last}`
}

/** A state, and what is different in it. */
export function except(state: string, updates: readonly string[]): string {
  const line = `[${state} EXCEPT ${updates.join(', ')}]`
  return fits(line) ? line : `[${state} EXCEPT\n  ${hanging(updates.join(',\n'), 2)}]`
}

/** Definitions that stand before an expression; none: the expression. */
export function letIn(definitions: readonly string[], body: string): string {
  if (definitions.length === 0) return body
  const all = definitions.map((definition) => hanging(definition, 4)).join('\n    ')
  // The next definition needs no LET of its own.
  if (body.startsWith('LET ')) return `LET ${all}\n    ${body.slice(4)}`
  return `LET ${all}\nIN  ${hanging(body, 4)}`
}

/** A definition; `head` is the name with its parameters. */
export function define(head: string, body: string): string {
  const whole = bare(body)
  const line = `${head} == ${whole}`
  return fits(line) ? line : `${head} ==\n  ${hanging(whole, 2)}`
}

/** Operands of `/\\` or `\\/`, in parentheses. */
export function junction(operator: string, operands: readonly string[]): string {
  if (operands.length === 1) return operands[0]
  const line = `(${operands.join(` ${operator} `)})`
  // An operator at the beginning of a line would start a list of its own.
  return fits(line) ? line : `(${operands.map((o) => hanging(o, 1)).join(` ${operator}\n `)})`
}

/** The same as a list, one operand on a line. */
export function bullets(operator: string, operands: readonly string[]): string {
  return operands.map((operand) => `${operator} ${hanging(operand, 3)}`).join('\n')
}

/** An operator of these arguments. */
export function applied(name: string, args: readonly string[]): string {
  return args.length > 0 ? `${name}(${args.map(bare).join(', ')})` : name
}

/** Without the parentheses around the whole, if there are any. */
function bare(text: string): string {
  if (!text.startsWith('(')) return text
  let depth = 0
  let isQuoted = false
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"' && text[i - 1] !== '\\') isQuoted = !isQuoted
    if (isQuoted) continue
    if (text[i] === '(') depth++
    if (text[i] === ')') depth--
    if (depth === 0) return i === text.length - 1 ? bare(text.slice(1, -1)) : text
  }
  return text
}

/** Can it be an operand without parentheses? IF and LET have no end of their own. */
export function isOperand(text: string): boolean {
  return !/^(IF|LET) |\n/.test(text)
}

function fits(line: string): boolean {
  return line.length <= LONGEST && !line.includes('\n')
}
