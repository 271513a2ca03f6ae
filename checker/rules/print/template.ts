/**
 * The JavaScript of a function with its gaps still open: it is printed once and filled in for
 * each model, which is much faster than printing it again. Functions that differ only in the
 * functions that they call have one template.
 */
import type { Call, Declaration, RuleFunction } from '../tree.js'
import { Code, JAVASCRIPT, type Positions } from './code.js'

interface PlaceGap {
  readonly part: 'word' | 'shift'
  readonly variable: Declaration
  readonly index: number
}

export interface Template {
  /** Pieces of text. The next gap lies between each two of them. */
  readonly texts: readonly string[]
  /** Places in the state, and names of functions that are called. */
  readonly gaps: readonly (PlaceGap | { readonly part: 'callee' })[]
  readonly accessed: Code['accessed']
  /** Equal for equal templates. */
  readonly key: string
}

/** A function before it has a name. */
export type UnnamedFunction = Omit<RuleFunction, 'name'>

/** A function in print: its template, and the functions for the gaps, in their order. */
export interface Printed {
  readonly template: Template
  readonly callees: readonly RuleFunction[]
}

/** Stands for a gap while a function is printed; no source of a rule has this character. */
const MARK = '\0'

/** Prints a function; returns its template, and its calls in the order of their gaps. */
export function openTemplate(fn: UnnamedFunction): { template: Template; calls: readonly Call[] } {
  const { parameters, body, type } = fn
  const asked: (PlaceGap | { readonly part: 'callee'; readonly call: Call })[] = []
  const mark = (gap: (typeof asked)[number]) => `${MARK}${asked.push(gap) - 1}${MARK}`
  const positions: Positions = {
    word: (variable, index) => mark({ variable, index, part: 'word' }),
    shift: (variable, index) => mark({ variable, index, part: 'shift' }),
  }
  const code = new Code(JAVASCRIPT, positions, (call) => mark({ part: 'callee', call }))
  const parts = code.function({ name: '', parameters, body }).split(MARK)
  const texts = parts.filter((_, i) => i % 2 === 0)
  const gaps = parts.filter((_, i) => i % 2 === 1).map((number) => asked[Number(number)])
  const types = [...parameters.map((parameter) => parameter.type), type]
  const names = types.map((type) => (type.kind === 'name' ? type.key : type.kind))
  const at = gaps.map((gap) =>
    gap.part === 'callee' ? 'callee' : `${gap.variable.id}_${gap.index}${gap.part}`,
  )
  const key = [...names, ...at, ...texts].join(MARK)
  const calls = gaps.flatMap((gap) => (gap.part === 'callee' ? [gap.call] : []))
  return { template: { texts, gaps, accessed: code.accessed, key }, calls }
}

const known = new WeakMap<RuleFunction, Printed>()

export function printed(fn: RuleFunction): Printed {
  const found = known.get(fn)
  if (found) return found
  const { template, calls } = openTemplate(fn)
  const made = { template, callees: calls.map(({ callee }) => callee) }
  keepPrinted(fn, made)
  return made
}

/** A function that was printed before it had a name. */
export function keepPrinted(fn: RuleFunction, made: Printed): void {
  known.set(fn, made)
}

/** The declaration of a function, with all gaps filled in. */
export function filled(fn: RuleFunction, positions: Positions): string {
  const { template, callees } = printed(fn)
  return fill(
    template,
    fn.name,
    callees.map(({ name }) => name),
    positions,
  )
}

/** @param callees the names of functions for the gaps, in their order. */
export function fill(
  { texts, gaps }: Template,
  name: string,
  callees: readonly string[],
  { word, shift }: Positions,
): string {
  let text = `function ${name}${texts[0].slice('function '.length)}`
  let calls = 0
  for (const [i, gap] of gaps.entries()) {
    if (gap.part === 'callee') text += callees[calls++]
    else text += (gap.part === 'shift' ? shift : word)(gap.variable, gap.index)
    text += texts[i + 1]
  }
  return text
}
