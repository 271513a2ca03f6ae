/**
 * The JavaScript of a function with its gaps still open: it is printed once and filled in for
 * each model, which is much faster than printing it again.
 */
import type { Declaration, RuleFunction } from '../tree.js'
import { Code, JAVASCRIPT, type Positions } from './code.js'

interface Gap {
  readonly variable: Declaration
  readonly index: number
  readonly part: 'word' | 'shift'
}

export interface Template {
  /** Pieces of text. The next gap lies between each two of them. */
  readonly texts: readonly string[]
  readonly gaps: readonly Gap[]
  readonly accessed: Code['accessed']
}

const templates = new WeakMap<RuleFunction, Template>()

/** Stands for a place while a function is printed; no source of a rule has this character. */
const MARK = '\0'

export function templateOf(fn: RuleFunction): Template {
  const known = templates.get(fn)
  if (known) return known
  const template = templateFor(fn)
  keepTemplate(fn, template)
  return template
}

/** The template of a function that was made without its name before it had one. */
export function keepTemplate(fn: RuleFunction, template: Template): void {
  templates.set(fn, template)
}

export function templateFor({
  parameters,
  body,
}: Pick<RuleFunction, 'parameters' | 'body'>): Template {
  const asked: Gap[] = []
  const mark = (place: Gap) => `${MARK}${asked.push(place) - 1}${MARK}`
  const code = new Code(JAVASCRIPT, {
    word: (variable, index) => mark({ variable, index, part: 'word' }),
    shift: (variable, index) => mark({ variable, index, part: 'shift' }),
  })
  const parts = code.function({ name: '', parameters, body }).split(MARK)
  const isText = (_: string, i: number) => i % 2 === 0
  const gaps = parts.filter((_, i) => i % 2 === 1).map((number) => asked[Number(number)])
  return { texts: parts.filter(isText), gaps, accessed: code.accessed }
}

/** The declaration of a function, with all gaps filled in. */
export function filled(fn: RuleFunction, { word, shift }: Positions): string {
  const { texts, gaps } = templateOf(fn)
  let text = `function ${fn.name}${texts[0].slice('function '.length)}`
  for (let i = 0; i < gaps.length; i++) {
    const { variable, index, part } = gaps[i]
    text += (part === 'shift' ? shift(variable, index) : word(variable, index)) + texts[i + 1]
  }
  return text
}

/** Equal for functions that are the same in every model. */
export function functionKey(fn: Omit<RuleFunction, 'name'>, { texts, gaps }: Template): string {
  const types = [...fn.parameters.map(({ type }) => type), fn.type]
  const names = types.map((type) => (type.kind === 'name' ? type.key : type.kind))
  const at = gaps.map(({ variable, index, part }) => `${variable.id}_${index}${part}`)
  return [...names, ...at, ...texts].join(MARK)
}
