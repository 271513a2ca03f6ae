/**
 * The toy copy protocol on which other checkers were measured: a child copies N slots in order, a
 * parent that wants to change an uncopied slot copies it first. Written on the public interface
 * of `forkcheck/checker`, as an example of a small model.
 */
import type { Model, Rule, ValueOf } from '../../checker/index.js'
import { constant, flag, Layout, list, oneOf, range, record } from '../../checker/index.js'

function declareToy(slots: number) {
  return record({
    slots: constant(slots),
    slot: list(
      slots,
      record({
        copy: oneOf('uncopied', 'copying', 'copied'),
        snapshot: flag(),
        current: flag(),
        lock: oneOf('none', 'parent', 'child'),
      }),
    ),
    child: record({ pc: oneOf('idle', 'holding'), at: range(0, slots) }),
    parent: record({ pc: oneOf('idle', 'holding'), at: range(0, slots - 1) }),
  })
}

type Toy = ValueOf<ReturnType<typeof declareToy>>

const rules: Rule<Toy>[] = [
  {
    name: 'childSkips',
    guard: (s) =>
      s.child.pc === 'idle' && s.child.at < s.slots && s.slot[s.child.at].copy === 'copied',
    effect: (s) => {
      s.child.at++
    },
  },
  {
    name: 'childLocks',
    guard: (s) => {
      if (s.child.pc !== 'idle' || s.child.at >= s.slots) return false
      const slot = s.slot[s.child.at]
      return slot.copy === 'uncopied' && slot.lock === 'none'
    },
    effect: (s) => {
      const slot = s.slot[s.child.at]
      slot.lock = 'child'
      slot.copy = 'copying'
      s.child.pc = 'holding'
    },
  },
  {
    name: 'childCopies',
    guard: (s) => s.child.pc === 'holding',
    effect: (s) => {
      const slot = s.slot[s.child.at]
      slot.snapshot = slot.current
      slot.copy = 'copied'
      slot.lock = 'none'
      s.child.at++
      s.child.pc = 'idle'
    },
  },
  {
    name: 'parentWrites',
    for: ['slot'],
    guard: (s, j) => s.parent.pc === 'idle' && s.slot[j].copy === 'copied',
    effect: (s, j) => {
      s.slot[j].current = !s.slot[j].current
    },
  },
  {
    name: 'parentLocks',
    for: ['slot'],
    guard: (s, j) =>
      s.parent.pc === 'idle' && s.slot[j].copy === 'uncopied' && s.slot[j].lock === 'none',
    effect: (s, j) => {
      s.slot[j].lock = 'parent'
      s.slot[j].copy = 'copying'
      s.parent.at = j
      s.parent.pc = 'holding'
    },
  },
  {
    name: 'parentCopiesAndWrites',
    guard: (s) => s.parent.pc === 'holding',
    effect: (s) => {
      const slot = s.slot[s.parent.at]
      slot.snapshot = slot.current
      slot.copy = 'copied'
      slot.lock = 'none'
      slot.current = !slot.current
      s.parent.at = 0
      s.parent.pc = 'idle'
    },
  },
]

/** @param slots number of slots, 1 or more. */
export function toyModel(slots: number): Model<Toy> {
  return {
    name: `toy-${slots}`,
    layout: new Layout(declareToy(slots)),
    init: [
      {
        slots,
        slot: Array.from({ length: slots }, () => ({
          copy: 'uncopied' as const,
          snapshot: false,
          current: false,
          lock: 'none' as const,
        })),
        child: { pc: 'idle', at: 0 },
        parent: { pc: 'idle', at: 0 },
      },
    ],
    ranges: { slot: { values: Array.from({ length: slots }, (_, i) => i) } },
    rules,
    properties: [
      {
        name: 'snapshotIsOld',
        kind: 'always',
        says: 'Every copied slot holds the value it had at first.',
        holds: (s) => {
          for (const slot of s.slot) if (slot.copy === 'copied' && slot.snapshot) return false
          return true
        },
      },
    ],
    final: (s) => s.child.at === s.slots,
  }
}
