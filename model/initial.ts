/** Before fork: the scenario's VMAs mapped, its populated pages in frames of their own. */

import { geometryOf, slotsOf, tablesOf } from './layout.js'
import type { Scenario } from './scenario.js'
import type { Shape } from './shape.js'
import { NONE, PARENT, type State, UNMAPPED, ZEROS } from './state.js'

/** The initial state of a scenario. */
export function initialState(scenario: Scenario, shape: Shape): State {
  const { pages, pagesPerTable, mms } = shape
  const slots = slotsOf(shape)
  const threads = shape.actors.length
  const map = mapOf(scenario)
  const pagesOf = (slot: number) => many(pagesPerTable, (i) => slot * pagesPerTable + i)
  const slotHasTable = (slot: number) => pagesOf(slot).some(map.isPopulated)
  const isHuge = (slot: number) => pagesOf(slot).some((p) => map.vmaOf(p)?.huge ?? false)
  return {
    geometry: geometryOf(shape),
    actor: shape.actors,
    mayFail: shape.mayFail,
    mayKill: shape.mayKill,
    options: shape.options,
    uses: shape.uses,
    childStart: shape.childStart,
    places: shape.places,
    thread: shape.actors.map((actor) => ({
      pc: actor.mm > PARENT ? 'unborn' : 'user',
      next: 0,
      page: pages,
      from: 0,
      to: 0,
      vma: 0,
      slot: 0,
      entry: 0,
      frame: NONE,
      other: NONE,
      copy: 0,
      space: 0,
      child: 0,
      table: NONE,
      locked: NONE,
      wants: false,
      held: NONE,
      onward: 'user',
      after: 'user',
      back: 'user',
      whole: false,
      raced: false,
      protects: false,
      batch: many(mms, () => false),
      asked: many(threads, () => false),
      flush: { mm: 0, from: 0, to: 0 },
    })),
    cpu: shape.actors.map(() => ({
      tlb: many(pages, () => ({ frame: NONE, writable: false, dirty: false })),
      upper: many(slots, () => ({ table: NONE, writable: false, huge: false })),
    })),
    mm: many(mms, (m) => ({
      lock: {
        writer: NONE,
        readers: many(threads, () => false),
        waiting: many(threads, () => false),
      },
      users: m === PARENT ? shape.actors.filter((actor) => actor.mm === PARENT).length : 0,
      vma: many(shape.vmas, (i) => {
        const vma = m === PARENT ? scenario.vmas[i] : undefined
        return {
          start: vma?.from ?? 0,
          end: vma?.to ?? 0,
          writable: vma?.write ?? false,
          peer: NONE,
          changing: false,
          device: vma?.device ?? false,
          stack: vma?.stack ?? false,
          locked: false,
          leftOut: false,
          wiped: false,
        }
      }),
      pmd: many(slots, (slot) => {
        const has = m === PARENT && slotHasTable(slot)
        const huge = has && isHuge(slot)
        const writable = has && (!huge || (map.vmaOf(slot * pagesPerTable)?.write ?? false))
        return { table: has ? slot : NONE, writable, huge }
      }),
      peer: NONE,
      killed: false,
      protecting: false,
      batched: NONE,
      copyFailed: false,
      fork: 'none' as const,
    })),
    table: many(tablesOf(shape), (i) => ({
      used: i < slots && slotHasTable(i),
      sharers: 0,
      spinlock: NONE,
      lock: NONE,
      flagged: false,
      pte: many(pagesPerTable, (j) => {
        const page = i * pagesPerTable + j
        const mapped = i < slots && map.isPopulated(page)
        const writable = mapped && !isHuge(i) && (map.vmaOf(page)?.write ?? false)
        return {
          frame: mapped ? page : NONE,
          writable,
          dirty: mapped && shape.uses.lazy,
          swapped: false,
          migrating: false,
          hinted: false,
        }
      }),
    })),
    frame: many(shape.frames + shape.swapSlots, (f) => {
      const mapped = f < pages && map.isPopulated(f)
      return {
        value: mapped ? map.content(f) : UNMAPPED,
        refs: mapped ? 1 : 0,
        maps: mapped ? 1 : 0,
        exclusive: mapped && shape.options.reuse === 'exclusive',
        pins: 0,
        lazy: false,
        lock: NONE,
        cache: NONE,
      }
    }),
    rmap: { writer: NONE, readers: many(threads, () => false) },
    device: { frame: NONE, page: NONE },
    pipe: { frame: NONE },
    failuresLeft: shape.failures,
    failuresLast: shape.failuresLast,
    ghost: {
      memory: many(mms, (m) => many(pages, m === PARENT ? map.content : () => UNMAPPED)),
      lazy: many(mms, () => many(pages, () => false)),
      forked: many(mms, () => false),
      copied: many(mms, () => many(pages, () => false)),
      pipe: 0,
      pipeOf: PARENT,
      forkFailed: many(mms, () => false),
      failed: { copier: false, sync: false, fault: false, call: false },
    },
  }
}

function many<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

/** What is mapped where, and what each page holds. */
function mapOf({ vmas }: Scenario) {
  const vmaOf = (page: number) => vmas.find((w) => w.from <= page && page < w.to)
  const isPopulated = (page: number) => {
    const vma = vmaOf(page)
    return vma !== undefined && (vma.populated?.includes(page) ?? true)
  }
  const content = (page: number) => {
    const vma = vmaOf(page)
    if (vma === undefined) return UNMAPPED
    return isPopulated(page) ? 2 + (vma.same ? vma.from : page) : ZEROS
  }
  return { vmaOf, isPopulated, content }
}
