/** Mutants from outside: what a module exports, looked at closely before it is believed. */
import { type Mutant, mutate, systems } from '../../model/index.js'
import { mutantShape } from './mutant-shape.js'
import { propertyNamed, scenarioNamed, systemNamed } from './names.js'
import { vocabularyForMutants } from './outside-vocabulary.js'

/**
 * The mutant in a default export: a mutant, or a function that is given `{ helpers, systems }` and
 * returns one.
 * @param name what it is called if it does not say.
 * @throws MutantError, UnknownNameError, or the error of the function.
 */
export async function outsideMutant(exported: unknown, name: string): Promise<Mutant> {
  const value =
    typeof exported === 'function'
      ? await exported({ helpers: vocabularyForMutants(), systems })
      : exported
  const mutant = mutantShape(value, name)
  const system = systemNamed(mutant.system)
  if (mutant.scenario !== '') scenarioNamed(mutant.scenario)
  for (const property of mutant.breaks) propertyNamed(property)
  mutate(system, mutant, true)
  return mutant
}
