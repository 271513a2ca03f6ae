/**
 * Mutants that nobody thought of: every single thing in the text of a system's rules, hooks and
 * functions that can be taken out or exchanged, taken out or exchanged.
 */
import type { Rule } from '../../checker/model.js'
import { kernel, kernelVocabulary } from '../../model/kernel/index.js'
import type { Mutant } from '../../model/mutant.js'
import { completed, type Hook, type SystemRule } from '../../model/rule.js'
import type { State } from '../../model/state.js'
import type { System } from '../../model/systems/system.js'
import { type SingleChange, singleChanges } from './single-changes.js'

/** A mutant made by rule; which scenario shows it and what it breaks, nobody knows beforehand. */
export interface SystematicMutant extends Mutant {
  /** The rule, hook or function that is changed; of two rules that are swapped, the first. */
  readonly part: string
}

/**
 * All of them, in the order of the system's text: what belongs to the system itself, or with
 * `kernel` what it shares with the others.
 */
export function systematicMutants(
  system: System,
  of: 'system' | 'kernel',
): readonly SystematicMutant[] {
  const shared = new Set<unknown>([...kernel, ...kernelVocabulary])
  const wanted = (part: unknown) => shared.has(part) === (of === 'kernel')
  const named = (part: string, suffix: string, says: string, changes: Partial<Mutant>) => ({
    name: `${part}/${suffix}`,
    system: system.name,
    says,
    scenario: '',
    breaks: [],
    origin: 'synthetic' as const,
    source: `systematic change of ${part}`,
    part,
    ...changes,
  })
  const parts = [...system.rules, ...system.hooks].filter(wanted)
  return [
    ...parts.flatMap((part) => [
      named(part.name, 'dropped', `${part.name} is never taken.`, {
        change: { [part.name]: null },
      }),
      ...functionsOf(wholePart(part)).flatMap(([key, fn]) =>
        singleChanges(fn, key !== 'effect').map((single, i) =>
          named(part.name, `${key}-${i + 1}`, sentence(part.name, single), {
            change: { [part.name]: { [key]: single.fn } },
          }),
        ),
      ),
    ]),
    ...swaps(system, wanted).map(([first, second, change]) =>
      named(first, `after-${second}`, `${second} comes before ${first}.`, { change }),
    ),
    ...system.vocabulary
      .filter(wanted)
      .flatMap((module) =>
        sorted(module).flatMap(([name, fn]) =>
          typeof fn !== 'function' || isClass(fn)
            ? []
            : singleChanges(fn, false).map((single, i) =>
                named(name, `${i + 1}`, sentence(name, single), { replace: { [name]: single.fn } }),
              ),
        ),
      ),
  ]
}

/** In the order of names: tools differ in the order in which a module has its exports. */
const sorted = (module: object) =>
  Object.entries(module).sort(([one], [other]) => (one < other ? -1 : 1))

const sentence = (part: string, { says }: SingleChange) => `${part} ${says}.`

const isClass = (fn: unknown) => /^class\b/.test(String(fn))

/** The conditions and the effect of a rule or hook. */
function functionsOf(part: Rule<State> | Hook) {
  const { guard, due, effect } = part as Partial<Rule<State> & Hook>
  return Object.entries({ guard, due, effect }).flatMap(([key, fn]) =>
    fn ? [[key, fn] as const] : [],
  )
}

/** A rule with its way to the next place in its effect; a hook as it is. */
const wholePart = (part: SystemRule | Hook) => ('due' in part ? part : completed(part))

type Swap = readonly [first: string, second: string, change: Mutant['change']]

/** Two steps that follow each other, each done where the other was, each under its own guard. */
function swaps(system: System, wanted: (part: unknown) => boolean): readonly Swap[] {
  const rules = system.rules.map(completed)
  return rules
    .filter((_, i) => wanted(system.rules[i]))
    .flatMap((first): Swap[] => {
      const place = placeAfter(first.effect)
      const there = rules.filter(({ at }) => at === place)
      if (place === null || place === first.at || there.length !== 1) return []
      const [second] = there
      const end = placeAfter(second.effect)
      if (end === null || end === place) return []
      const change = {
        [first.name]: { effect: goingTo(second.effect, place) },
        [second.name]: { effect: goingTo(first.effect, end) },
      }
      return [[first.name, second.name, change]]
    })
}

type Effect = Rule<State>['effect']

const PLACE = /\bpc = (['"])([^'"]+)\1/

/** Where a step leads, when its text names one place; else null. */
function placeAfter(effect: Effect): string | null {
  const text = effect.toString()
  if (text.match(/\bpc = /g)?.length !== 1) return null
  return PLACE.exec(text)?.[2] ?? null
}

/** The same effect, for reading only, with another place at its end. */
const goingTo = (effect: Effect, place: string): Effect =>
  new Function(`return (${effect.toString().replace(PLACE, `pc = '${place}'`)})`)()
