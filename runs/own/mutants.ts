/** Mutants of models of the user's own: rules that are changed, dropped or added. */
import * as v from 'valibot'
import { closestName } from '../../checker/closest-name.js'
import type { Model, Rule } from '../../checker/model.js'
import type { AnyState, MutantInfo } from '../subject.js'
import { MisfitError, type OwnMutant } from './declaration.js'

/** A mutant with its defaults filled in. */
export type WholeMutant = MutantInfo & Pick<OwnMutant, 'change' | 'add'>

const fn = v.custom<(...parameters: never[]) => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
)
const text = v.pipe(v.string('must be a text'), v.minLength(1, 'must not be empty'))
const ruleParts = {
  source: v.optional(text),
  for: v.optional(v.array(text)),
  at: v.optional(text),
  guard: v.optional(fn),
  unless: v.optional(v.array(fn)),
  effect: v.optional(fn),
}

/** The fields of a mutant. */
export const mutantSchema = v.strictObject({
  name: v.optional(text),
  says: v.optional(text),
  system: v.optional(text),
  scenario: v.optional(text),
  breaks: v.optional(v.array(text), []),
  origin: v.optional(v.picklist(['documented', 'candidate', 'synthetic']), 'synthetic'),
  source: v.optional(text),
  change: v.optional(v.record(v.string(), v.nullable(v.strictObject(ruleParts))), {}),
  add: v.optional(v.array(v.strictObject({ ...ruleParts, name: text, effect: fn })), []),
})

/**
 * The model with the changes of a mutant.
 * @param foreign its functions come from outside: they are interpreted, never read.
 * @throws MisfitError on a change of a rule that does not exist.
 */
export function mutated(
  model: Model<AnyState>,
  { name, change = {}, add = [] }: WholeMutant,
  foreign: boolean,
): Model<AnyState> {
  const known = model.rules.map((rule) => rule.name)
  const unknown = Object.keys(change).find((rule) => !known.includes(rule))
  if (unknown !== undefined) {
    const close = closestName(unknown, known)
    const hint = close ? `; did you mean ${close}?` : `: it has ${known.join(', ')}`
    throw new MisfitError(`mutant ${name}: ${model.name} has no rule ${unknown}${hint}`)
  }
  const outside = (parts: Partial<Rule<AnyState>>) =>
    foreign
      ? {
          foreign: Object.values(parts)
            .flat()
            .filter((p) => typeof p === 'function'),
        }
      : {}
  const rules = model.rules.flatMap((rule) => {
    const patch = change[rule.name]
    if (patch === undefined) return [rule]
    return patch === null ? [] : [{ ...rule, ...patch, ...outside(patch) }]
  })
  return { ...model, rules: [...rules, ...add.map((rule) => ({ ...rule, ...outside(rule) }))] }
}
