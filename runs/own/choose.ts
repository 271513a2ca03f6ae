/** Setups of a model of the user's own, from what a program says. */
import type { Model } from '../../checker/model.js'
import { named } from '../names.js'
import type { AnyState, MutantInfo, ScenarioInfo, Setup, Subject } from '../subject.js'
import { type OwnMutant, type OwnScenario, type OwnSubject, SubjectError } from './declaration.js'
import { ownMutant, ownSubject } from './subject.js'

/** The data of scenarios that only their subject knows. */
// biome-ignore lint/suspicious/noExplicitAny: every subject has scenarios of its own type
export type AnyData = any

/** The possible default exports of a model file. */
export type OwnModel<S = AnyState, D extends object = AnyData> = Model<S> | OwnSubject<S, D>

/** Selected setups of a model. Each part is given by its name, or as a value. */
export interface OwnChoice<S = AnyState, D extends object = AnyData> {
  readonly model: OwnModel<S, D>
  /** Default: the one of the mutant; without one, every scenario. */
  readonly scenario?: string | OwnScenario<D>
  /** Default: the one of the mutant; without one, all that are not flawed. */
  readonly system?: string
  /** With one thing done wrong. Default: nothing. */
  readonly mutant?: string | OwnMutant<S>
}

/** Is it a model of the user's own, or a choice of one? */
export function isOwn(value: object): value is OwnModel | OwnChoice {
  return 'model' in value || ('layout' in value && 'rules' in value)
}

/**
 * All setups that are meant.
 * @throws UnknownNameError, SubjectError where the parts do not fit together.
 */
export function ownSetups(given: OwnModel | OwnChoice): Setup[] {
  const { model, scenario, system, mutant } = choiceOf(given)
  const subject = subjectOf(model)
  const { systems, soundSystems, scenarios } = subject
  const changed = mutant === undefined ? undefined : mutantIn(subject, mutant)
  if (changed && system !== undefined && system !== changed.mutant.system)
    throw new SubjectError(`mutant ${changed.mutant.name} is one of ${changed.mutant.system}`)
  const wanted = system ?? changed?.mutant.system
  const chosen = wanted === undefined ? soundSystems : [named('system', systems, wanted)]
  const place = scenario ?? changed?.mutant.scenario
  const among = place === undefined ? scenarios : [ownScenario(subject, place)]
  const setups = chosen.flatMap((one) =>
    among.map((scenario): Setup => ({ subject, scenario, system: one, ...changed })),
  )
  if (setups.length === 0) throw new SubjectError(`${subject.name} has no system without flaws`)
  return setups
}

/** A scenario by its name, or as data that is checked. @throws SubjectError, UnknownNameError */
export function ownScenario(subject: Subject, given: string | object): ScenarioInfo {
  if (typeof given === 'string') return named('scenario', subject.scenarios, given)
  return subject.parseScenario(given, 'the scenario')
}

function choiceOf(given: OwnModel | OwnChoice): OwnChoice {
  // A subject has a model too, and a name.
  return 'name' in given ? { model: given } : given
}

/** Each declaration is read once. */
const known = new WeakMap<object, Subject>()

function subjectOf(model: OwnModel): Subject {
  const subject = known.get(model) ?? ownSubject(model, null)
  known.set(model, subject)
  return subject
}

function mutantIn(
  subject: Subject,
  given: string | OwnMutant,
): { mutant: MutantInfo; foreign: boolean } {
  if (typeof given === 'string')
    return { mutant: named('mutant', subject.mutants, given), foreign: false }
  return { mutant: ownMutant(subject, given), foreign: true }
}
