/** Looking things up by name, and saying something useful when there is no such thing. */
import { closestName } from '../checker/closest-name.js'
import { InputError } from '../checker/input-error.js'
import type { Subject } from './subject.js'

/** Raised for a name that names nothing; one line that says what is allowed. */
export class UnknownNameError extends InputError {
  override readonly name = 'UnknownNameError'
}

/** A message lists names up to this total length. */
const LISTED = 100

const PLURALS = {
  system: 'systems',
  scenario: 'scenarios',
  mutant: 'mutants',
  property: 'properties',
} as const

/** The mutant of a subject of this name, listed or not. @throws UnknownNameError */
export const mutantNamedIn = ({ mutants, variants = [] }: Named, name: string) =>
  named('mutant', [...mutants, ...variants], name)

type Named = Pick<Subject, 'mutants' | 'variants'>

/** The thing of this name. @throws UnknownNameError */
export function named<T extends { readonly name: string }>(
  kind: keyof typeof PLURALS,
  things: readonly T[],
  name: string,
): T {
  const found = things.find((thing) => thing.name === name)
  if (found) return found
  const names = things.map((thing) => thing.name)
  const close = closestName(name, names)
  const list = names.join(', ')
  const allowed =
    names.length === 0
      ? 'there is none'
      : list.length <= LISTED
        ? `known are ${list}`
        : `${close ? `did you mean ${close}? ` : ''}see forkcheck list ${PLURALS[kind]}`
  throw new UnknownNameError(`unknown ${kind} ${name}: ${allowed}`)
}
