/** A variable is declared in one place: everything else follows from its entry. */
import { describe, expect, test } from 'vitest'
import { functionSource } from '../../checker/rules/source.js'
import { Layout } from '../../checker/state/layout.js'
import { scenarios, systems } from '../../model/index.js'
import { shapeOf } from '../../model/program.js'
import { field, listOf, type Notes, record } from '../../model/state/declaration.js'
import { atRest, domainOf } from '../../model/state/derive.js'
import { mm, vma } from '../../model/state/mm.js'
import { declaredIn, variableAt } from '../../model/state/paths.js'
import { flag, tableOrNone } from '../../model/state/ranges.js'
import { sizesOf } from '../../model/state/sizes.js'
import { thread } from '../../model/state/thread.js'
import { comparing, copying, emptying } from '../../model/state/written.js'
import { NONE, type State, variables } from '../../model/state.js'

const scenario = scenarios.find(({ name }) => name === 'two-writers') ?? scenarios[0]
const sizes = sizesOf(shapeOf(scenario, systems[0]))

/** The machine with one more register and one more flag of VMAs: two entries. */
const threadWithProbe = record({
  ...thread.fields,
  probe: field(flag()),
  nearby: field(tableOrNone(), { name: 'nearby table' }),
})
const vmaWithFlag = record(
  { ...vma.fields, probed: field(flag(), { name: 'probed', label: 'probed', vmFlag: true }) },
  vma.notes as Notes<object>,
)
const variant = record({
  ...variables.fields,
  thread: listOf('thread', threadWithProbe, { called: (t, { actor }) => actor[t].name }),
  mm: listOf('mm', record({ ...mm.fields, vma: listOf('vma', vmaWithFlag) }), {
    called: (m) => `space ${m}`,
  }),
})

// biome-ignore lint/suspicious/noExplicitAny: a state with fields that its type does not have
type Wider = any

describe('one more entry', () => {
  const state: Wider = atRest(variant, sizes)

  test('is a variable of the layout, and at rest in the initial state', () => {
    const layout = new Layout<Wider>(domainOf(variant, sizes))
    const paths = layout.leaves.map(({ path }) => path)
    expect(paths).toContain('thread[].probe')
    expect(paths).toContain('mm[].vma[].probed')
    expect(layout.decode(layout.encode(state))).toEqual(state)
    expect(state.thread.map((one: Wider) => [one.probe, one.nearby])).toEqual(
      state.actor.map(() => [false, NONE]),
    )
  })

  test('is put at rest with the other registers, also in the text that is compiled', () => {
    const rest = emptying(threadWithProbe, (s, t: number) => s.thread[t] as Wider)
    const busy: Wider = structuredClone({ ...state, places: {} })
    Object.assign(busy.thread[0], { probe: true, nearby: 0, wants: true, pc: 'split' })
    rest(busy as State, 0)
    expect(busy.thread[0]).toEqual({ ...state.thread[0], pc: 'split' })
    expect(functionSource(rest).text).toContain('it.probe = false')
    expect(functionSource(rest).text).toContain('it.nearby = -1')
    expect(functionSource(rest).text).not.toContain('it.pc')
  })

  test('is copied and compared with the other flags of a VMA', () => {
    const isFlag = ({ vmFlag }: { vmFlag?: true }) => vmFlag === true
    const pair = (s: State, v: number, w: number) => [s.mm[0].vma[v], s.mm[0].vma[w]] as Wider
    const copy = copying(vmaWithFlag as Wider, pair, isFlag)
    const alike = comparing(vmaWithFlag as Wider, pair, isFlag)
    const two: Wider = structuredClone({ mm: [{ vma: [state.mm[0].vma[0], state.mm[0].vma[0]] }] })
    two.mm[0].vma[1] = { ...two.mm[0].vma[1], probed: true, peer: 0 }
    expect(alike(two, 0, 1)).toBe(false)
    copy(two, 0, 1)
    expect(two.mm[0].vma[0]).toEqual({ ...state.mm[0].vma[0], probed: true })
    expect(alike(two, 0, 1)).toBe(true)
    expect(functionSource(copy).text).toContain('target.probed = source.probed')
    expect(functionSource(alike).text).toContain('one.probed === other.probed')
  })

  test('has a name and words', () => {
    const nameOf = (path: string) => variableAt(variant, path).name(state, state)
    expect(nameOf('thread[0].probe')).toBe('parent probe')
    expect(nameOf('thread[0].nearby')).toBe('parent nearby table')
    expect(nameOf('mm[1].vma[0].probed')).toBe('space 1 vma 0 probed')
    // A field without a name belongs to the record around it, where that is shown as one.
    expect(variableAt(variant, 'mm[1].vma[0].start').key).toBe('mm[1].vma[0]')
    expect(() => variableAt(variant, 'thread[0].nothing')).toThrow('no field of the state')
  })
})

describe('what cannot be derived is refused', () => {
  const place = (s: State) => s as Wider
  test('a list whose fate no rule tells', () => {
    const noted = record({ asked: listOf('thread', field(flag())) })
    expect(() => emptying(noted, place)).toThrow('asked is a list')
  })
  test('a value at rest that only the scenario knows', () => {
    const noted = record({ page: field(flag(), { rest: (m) => m.pages > 1 }) })
    expect(() => emptying(noted, place)).toThrow('page rests at a value of the scenario')
  })
})

test('every variable has words, and at rest a value in its range, in every scenario', () => {
  for (const scenario of scenarios)
    for (const system of systems) {
      const sizes = sizesOf(shapeOf(scenario, system))
      const layout = new Layout<State>(domainOf(variables, sizes))
      expect(() => layout.encode(atRest(variables, sizes))).not.toThrow()
    }
  const state = atRest(variables, sizes)
  for (const { path, declared } of declaredIn(variables))
    if (declared.kind === 'field') {
      const name = variableAt(variables, path.replaceAll('[]', '[0]')).name(state, state)
      expect(name, path).toMatch(/\w/)
    }
})
