/** All outcomes that the model allows of two operations at the same time. */
import { actionsOf, isEnabled } from '../../checker/model.js'
import type { Scenario } from '../../model/scenario.js'
import { NONE, type State } from '../../model/state.js'
import type { System } from '../../model/systems/system.js'
import { OperationSearch } from '../conform/operation-search.js'
import { copyOf, keyOf } from '../conform/plain-state.js'

/** What a page holds: `-` where nothing is mapped, else a number, 0 for zeros. */
function content(s: State, m: number, page: number): string {
  if (!s.mm[m].vma.some((vma) => vma.start <= page && page < vma.end)) return '-'
  const { table } = s.mm[m].pmd[Math.floor(page / s.geometry.pagesPerTable)]
  const pte = table === NONE ? null : s.table[table].pte[page % s.geometry.pagesPerTable]
  if (!pte || pte.frame === NONE) return '0'
  const { value } = s.frame[pte.frame]
  return String(value === 1 ? 0 : value)
}

/** Contents of an address space, in the helper's words. */
const contents = (s: State, m: number) =>
  Array.from({ length: s.geometry.pages }, (_, page) => content(s, m, page)).join(' ')

/** An outcome in the helper's words. */
function outcomeOf(s: State, faulted: boolean): string {
  const parts = [faulted ? 'fault' : 'stored', contents(s, 0)]
  if (s.mm.length > 1 && s.mm[1].users > 0) parts.push(contents(s, 1))
  return parts.join('; ')
}

/**
 * Every outcome of a scenario, by a search of all interleavings.
 * @param storing the actor whose store may fault.
 * @param forked does the parent's fork come to its end before anything else?
 */
export function outcomesOf(
  scenario: Scenario,
  system: System,
  storing: string,
  forked: boolean,
): Set<string> {
  const search = new OperationSearch(scenario, system)
  const whole = search.machine
  const begin = forked ? search.ways(search.initial, 0).map(({ state }) => state) : whole.init
  const model = { ...whole, properties: [] }
  const actions = actionsOf(model)
  const found = new Set<string>()
  const seen = new Set<string>()
  const todo = begin.map((state) => ({ state, faulted: false }))
  const t = whole.init[0].actor.findIndex(({ name }) => name === storing)
  for (let node = todo.pop(); node; node = todo.pop()) {
    let isOver = true
    for (const action of actions) {
      const { rule, parameters } = action
      if (rule.at !== undefined && rule.at !== node.state.thread[parameters[0]].pc) continue
      if (!isEnabled(model, action, node.state)) continue
      isOver = false
      const state = copyOf(node.state)
      rule.effect(state, ...parameters)
      const faulted = node.faulted || (rule.name === 'faultFail' && parameters[0] === t)
      const key = `${keyOf(state)} ${faulted}`
      if (seen.has(key)) continue
      seen.add(key)
      todo.push({ state, faulted })
    }
    if (isOver) found.add(outcomeOf(node.state, node.faulted))
  }
  return found
}
