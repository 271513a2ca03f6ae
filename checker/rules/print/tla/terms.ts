/** Values of TLA+ as text, each with its kind, and how one kind is had as another. */

import { quoted } from './names.js'
import type { TlaType } from './state.js'
import { conditional, junction } from './text.js'

export interface Term {
  readonly text: string
  readonly kind: TlaType
  /** The number, where it is written as one: it can be of any kind. */
  readonly number?: number
}

export function numeral(number: number): Term {
  return { text: number < 0 ? `(${number})` : String(number), kind: 'int', number }
}

export function truth(text: string): Term {
  return { text, kind: 'bool' }
}

function isKind(term: Term, kind: TlaType): boolean {
  if (term.number === undefined) return term.kind === kind
  const { number } = term
  if (kind === 'int') return true
  return number >= 0 && number < (kind === 'bool' ? 2 : kind.length)
}

/** The kind that all of these have; integers where they differ. */
export function commonKind(terms: readonly Term[]): TlaType {
  const first = terms.find(({ number }) => number === undefined)?.kind ?? 'bool'
  return terms.every((term) => isKind(term, first)) ? first : 'int'
}

/** @param namesText the name of the tuple of these names. */
export function convert(
  term: Term,
  kind: TlaType,
  namesText: (names: readonly string[]) => string,
): string {
  const { text, number } = term
  if (number !== undefined && isKind(term, kind)) {
    if (kind === 'int') return text
    return kind === 'bool' ? (number === 1 ? 'TRUE' : 'FALSE') : quoted(kind[number])
  }
  if (term.kind === kind) return text
  if (term.kind === 'bool') return convert(asNumber(term), kind, namesText)
  if (term.kind !== 'int') {
    const found = `NumberOf(${namesText(term.kind)}, ${text})`
    return convert({ text: found, kind: 'int' }, kind, namesText)
  }
  return kind === 'bool' ? `(${text} # 0)` : `${namesText(kind as readonly string[])}[${text} + 1]`
}

function asNumber({ text }: Term): Term {
  if (text === 'TRUE' || text === 'FALSE') return numeral(text === 'TRUE' ? 1 : 0)
  return { text: `(${conditional(text, '1', '0')})`, kind: 'int' }
}

export function not(text: string): string {
  if (text === 'TRUE') return 'FALSE'
  if (text === 'FALSE') return 'TRUE'
  return text.startsWith('~') ? text.slice(1) : `~${text}`
}

/** Conditions that are all, or not all, to hold; in this order, no further than needed. */
export function joined(operator: '&&' | '||', operands: readonly string[]): string {
  const [neutral, settling] = operator === '&&' ? ['TRUE', 'FALSE'] : ['FALSE', 'TRUE']
  const asked: string[] = []
  for (const operand of operands) {
    if (operand !== neutral) asked.push(operand)
    if (operand === settling) break
  }
  if (asked.length === 0) return neutral
  return junction(operator === '&&' ? '/\\' : '\\/', asked)
}
