/** The assumption of the proof, observed: which rules look at several page tables in one step. */
import { describe, expect, it } from 'vitest'
import { compile } from '../../checker/rules/compile.js'
import { type State, scenarios } from '../../model/index.js'
import { Locality } from '../../proof/locality.js'
import { concreteModel, type Question } from '../../proof/models.js'
import { partsBeyond } from '../../proof/mutants.js'
import { OPERATIONS } from '../../proof/operations.js'
import { OUTSIDE, reasonOf, WIDE } from '../../proof/wide.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { systemNamed } from '../../runs/fork-machine/names.js'
import { pinned } from '../model/pinned.js'
import { isWhole } from '../support/part.js'

const asyncFork = systemNamed('async-fork')

/**
 * `npm test` looks at scenarios with so few states, `.ci/run` at most of them. LOCALITY_STATES=1e9
 * looks at all (2 minutes).
 */
const MOST_STATES = Number(process.env.LOCALITY_STATES ?? (isWhole ? 30_000 : 500))

const statesOf = (name: string) => pinned()[`async-fork ${name}`]?.states ?? 0
const chosen = scenarios.filter(({ name }) => statesOf(name) <= MOST_STATES)

/** The rules that can be taken in the concrete models of a proof, with all its operations. */
const LIVE: ReadonlySet<string> = new Set(
  [1, 2].flatMap((threads) => {
    const question: Question = {
      system: asyncFork,
      threads,
      pagesPerTable: 2,
      operations: OPERATIONS,
      options: {},
    }
    const { actions, dead } = compile(concreteModel(question, 2).model)
    const gone = new Set(dead)
    return actions.filter((action) => !gone.has(action)).map(({ rule }) => rule.name)
  }),
)

/** Looks at every rule in every state of a model. */
function localityOf(model: ReturnType<typeof snapshotModel>): Locality {
  const compiled = compile<State>(model)
  const { layout } = compiled.model
  const locality = new Locality(compiled.model)
  const met = new Set<string>()
  const waiting: Int32Array[] = []
  const meet = (words: Int32Array) => {
    const key = String.fromCharCode(...new Uint16Array(words.buffer, words.byteOffset))
    if (met.has(key)) return
    met.add(key)
    waiting.push(words)
  }
  for (const state of model.init) meet(layout.encode(state))
  for (let words = waiting.pop(); words; words = waiting.pop()) {
    locality.look(words)
    const count = compiled.expand(words, 0)
    for (let i = 0; i < count; i++)
      meet(compiled.successors.slice(i * layout.words, (i + 1) * layout.words))
  }
  return locality
}

describe('a step looks at one page table, and at what all share', () => {
  const found = new Set<string>()

  it.each(chosen)('or it does no harm: $name', (scenario) => {
    const locality = localityOf(snapshotModel({ scenario, system: asyncFork }))
    const rules = [...locality.wide.keys()]
    for (const rule of rules) found.add(rule)
    // What is not declared is a rule that no proof has, or looks at several for a reason it has not.
    const outside = partsBeyond(scenario).flatMap((part) => OUTSIDE[part] ?? [])
    const isKnown = (rule: string) => reasonOf(rule) !== undefined || outside.includes(rule)
    expect(rules.filter((rule) => LIVE.has(rule) && !isKnown(rule))).toEqual([])
    expect(locality.states + locality.sharing).toBe(statesOf(scenario.name))
  })

  // Small scenarios do not reach them all, so `npm test` asks for some.
  const declared = WIDE.flatMap(({ rules }) => rules)
  if (MOST_STATES >= 1e6)
    it('and each rule that is declared to look at several does so', () => {
      expect(declared.filter((rule) => !found.has(rule))).toEqual([])
    })
  else
    it('and some of the rules that are declared to look at several do so', () => {
      expect(declared.filter((rule) => found.has(rule))).not.toEqual([])
    })
})
