/** Puts a scenario and a system together: the initial state, the rules and their vocabulary. */
import type { Model } from '../checker/model.js'
import { withHooks } from './rule.js'
import { type Scenario, shapeOf } from './scenario.js'
import {
  CHILD,
  layoutOf,
  NONE,
  PARENT,
  type Shape,
  type State,
  slotsOf,
  UNMAPPED,
} from './state.js'
import type { System } from './systems/system.js'

/** Everything of a model but what it must satisfy. */
export type Machine = Omit<Model<State>, 'properties'>

/** The machine of a system in a scenario. Pure: equal arguments give equal machines. */
export function machine(scenario: Scenario, system: System): Machine {
  const shape = shapeOf(scenario, system)
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)
  const labels = shape.actors.map((actor) => actor.name)
  return {
    name: `${system.name}/${scenario.name}`,
    layout: layoutOf(shape),
    init: [initialState(scenario, shape)],
    ranges: {
      thread: { values: numbers(shape.actors.length), labels, actor: true },
      page: { values: numbers(shape.pages) },
    },
    location: (s, t) => s.thread[t].pc,
    rules: withHooks(system.rules, system.hooks),
    final: isFinal,
    vocabulary: vocabularyOf(system.vocabulary),
  }
}

/** Every thread has come to the end of its program, or is gone, or never was. */
export function isFinal(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    const me = s.thread[t]
    const atEnd = me.pc === 'user' && s.actor[t].program[me.next].do === 'end'
    if (!atEnd && me.pc !== 'gone' && me.pc !== 'unborn') return false
  }
  return true
}

/** All functions and plain constants of some modules. @throws Error when two differ under one name. */
export function vocabularyOf(modules: readonly object[]): Record<string, unknown> {
  const words: Record<string, unknown> = {}
  for (const module of modules)
    for (const [name, value] of Object.entries(module)) {
      if (typeof value === 'object') continue
      if (name in words && words[name] !== value)
        throw new Error(`two functions are called ${name}`)
      words[name] = value
    }
  return words
}

/** Before fork: the scenario's VMAs mapped, its populated pages in frames of their own. */
function initialState(scenario: Scenario, shape: Shape): State {
  const { pages, pagesPerTable } = shape
  const slots = slotsOf(shape)
  const many = <T>(count: number, make: (i: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => make(i))
  const vmaOf = (page: number) => scenario.vmas.find((w) => w.from <= page && page < w.to)
  const isPopulated = (page: number) => {
    const vma = vmaOf(page)
    return vma !== undefined && (vma.populated?.includes(page) ?? true)
  }
  const content = (page: number) =>
    vmaOf(page) === undefined ? UNMAPPED : isPopulated(page) ? 2 + page : 1
  const pagesOf = (slot: number) => many(pagesPerTable, (i) => slot * pagesPerTable + i)
  const slotHasTable = (slot: number) => pagesOf(slot).some(isPopulated)
  const parents = shape.actors.filter((actor) => actor.mm === PARENT).length
  return {
    geometry: {
      pages,
      pagesPerTable,
      slots,
      tables: 2 * slots,
      vmas: shape.vmas,
      frames: shape.frames,
      threads: shape.actors.length,
    },
    actor: shape.actors,
    mayFail: shape.mayFail,
    mayKill: shape.mayKill,
    options: shape.options,
    childStart: shape.childStart,
    thread: shape.actors.map((actor) => ({
      pc: actor.mm === CHILD ? 'unborn' : 'user',
      next: 0,
      page: pages,
      vma: 0,
      slot: 0,
      entry: 0,
      frame: NONE,
      copy: 0,
      back: 'user',
      whole: false,
    })),
    cpu: shape.actors.map(() => ({ tlb: many(pages, () => ({ frame: NONE, writable: false })) })),
    mm: [PARENT, CHILD].map((m) => ({
      lock: { writer: NONE, readers: many(shape.actors.length, () => false) },
      users: m === PARENT ? parents : 0,
      vma: many(shape.vmas, (i) => {
        const vma = m === PARENT ? scenario.vmas[i] : undefined
        return {
          start: vma?.from ?? 0,
          end: vma?.to ?? 0,
          writable: vma?.write ?? false,
          peer: NONE,
        }
      }),
      pmd: many(slots, (slot) => {
        const has = m === PARENT && slotHasTable(slot)
        return { table: has ? slot : NONE, writable: has }
      }),
    })),
    table: many(2 * slots, (i) => ({
      used: i < slots && slotHasTable(i),
      lock: NONE,
      pte: many(pagesPerTable, (j) => {
        const page = i * pagesPerTable + j
        const mapped = i < slots && isPopulated(page)
        return {
          frame: mapped ? page : NONE,
          writable: mapped && (vmaOf(page)?.write ?? false),
        }
      }),
    })),
    frame: many(shape.frames, (f) => {
      const mapped = f < pages && isPopulated(f)
      return { value: mapped ? content(f) : UNMAPPED, refs: mapped ? 1 : 0 }
    }),
    fork: { result: 'none' },
    bound: false,
    killed: false,
    failuresLeft: shape.failures,
    ghost: {
      forked: false,
      parent: many(pages, content),
      child: many(pages, () => UNMAPPED),
      failed: { fork: false, copier: false, sync: false, fault: false },
    },
  }
}
