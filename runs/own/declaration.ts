/**
 * The declarations of a user's model file: one model, or a subject with scenarios and mutants.
 * Everything but the model has a default.
 */
import { InputError } from '../../checker/input-error.js'
import type { Model, Rule } from '../../checker/model.js'
import type { Picture } from '../drawing.js'
import type { AnyState, Measure, MutantInfo, SystemInfo } from '../subject.js'

/** Raised for a subject that cannot be used; the message names the culprit and what is allowed. */
export class SubjectError extends InputError {
  override readonly name = 'SubjectError'
}

/** Raised for a mutant that changes what the model of a scenario does not have. */
export class MisfitError extends SubjectError {}

/** A scenario: its name, and the data that the model is made from. The data must be JSON. */
export type OwnScenario<D extends object = object> = D & {
  readonly name: string
  readonly says?: string
  /** Situations that must be reached. Default: those that the model itself requires. */
  readonly reaches?: readonly string[]
}

/** A model with one thing done wrong. */
export interface OwnMutant<S = AnyState>
  extends Omit<MutantInfo, 'system' | 'scenario' | 'origin' | 'source'> {
  /** The system that it changes. Default: the first one. */
  readonly system?: string
  /** The scenario in which it shows. Default: the first one. */
  readonly scenario?: string
  /** Default: `synthetic`. */
  readonly origin?: MutantInfo['origin']
  readonly source?: string
  /** Changes of rules, by name: dropped (null), or some of their parts replaced. */
  readonly change?: Readonly<Record<string, null | Partial<Omit<Rule<S>, 'name'>>>>
  /** Further rules. */
  readonly add?: readonly Rule<S>[]
}

/** How a variable is shown. */
export interface OwnVariable<S = AnyState> {
  /** Its name: a text, or made from the indices of the lists around it. Default: its path. */
  readonly name?: string | ((...indices: number[]) => string)
  /** A value in words. Default: the value itself; yes or no for a flag. */
  readonly value?: (value: never, state: S, ...indices: number[]) => string
  /** It is shown on demand only: an observation for the properties, a register. */
  readonly internal?: boolean
}

/** A family of models of the user's own: the default export of a file for `--model`. */
export interface OwnSubject<S = AnyState, D extends object = object> {
  readonly name: string
  /** One sentence. */
  readonly says?: string
  /** The model; or how it is made from a scenario and the name of a system. */
  readonly model: Model<S> | ((scenario: OwnScenario<D>, system: string) => Model<S>)
  /** Variants. Default: one, with the name of the subject. `flawed` ones need not hold. */
  readonly systems?: readonly (SystemInfo & { readonly flawed?: boolean })[]
  /** Default: one, called `default`, without data. */
  readonly scenarios?: readonly OwnScenario<D>[]
  readonly mutants?: readonly OwnMutant<S>[]
  /** Looks at the data of a scenario from a file. Throws an Error that names the mistake. */
  readonly check?: (scenario: OwnScenario<D>) => void
  /**
   * Smaller scenarios to try when a counterexample is shrunk, the greatest savings first. The sum
   * of all numbers and lengths must be smaller; other scenarios are left out.
   */
  readonly smaller?: (scenario: OwnScenario<D>) => Iterable<OwnScenario<D>>
  /** How variables are shown, by their paths without numbers: `page[].value`. */
  readonly variables?: Readonly<Record<string, OwnVariable<S>>>
  /** Measures whose worst cases `forkcheck compare` finds, besides the `eventually` properties. */
  readonly measures?: readonly Measure<S>[]
  /**
   * Draws a state, for the explorer and the HTML report: a drawing as data, or SVG text. Without it
   * they show the lanes of the actors and a table of the variables.
   */
  readonly picture?: (state: S, about: PictureContext<S, D>) => Picture
}

/** The context that a picture may depend on besides the state. */
export interface PictureContext<S = AnyState, D extends object = object> {
  readonly scenario: OwnScenario<D>
  /** Its name. */
  readonly system: string
  /** The state before the last step; null at the beginning. */
  readonly before: S | null
}

/** Returns its argument. It checks the types of a declaration. */
export function subject<S, D extends object = object>(
  declared: OwnSubject<S, D>,
): OwnSubject<S, D> {
  return declared
}
