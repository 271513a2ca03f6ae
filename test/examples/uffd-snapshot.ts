/** A protocol of your own, from scratch: snapshots by userfaultfd write-protection. */
import type { Model, Rule, ValueOf } from 'forkcheck/checker'
import { flag, Layout, list, oneOf, range, record } from 'forkcheck/checker'

const PAGES = 2

/** Every variable, with its range. A page holds 0 at first; the program's stores make it 1. */
const machine = record({
  page: list(
    PAGES,
    record({ value: range(0, 1), protected: flag(), saved: flag(), image: range(0, 1) }),
  ),
  /** The program: it runs, or waits in a fault on a page until that is unprotected. */
  program: record({ pc: oneOf('runs', 'faulting'), at: range(0, PAGES - 1) }),
  /** The saver protects all pages and copies them in order. A handler serves the faults. */
  saver: record({ pc: oneOf('idle', 'saves', 'copied', 'done'), at: range(0, PAGES) }),
  /** What the image must hold: the memory at the instant the snapshot began. Nobody reads it. */
  expected: list(PAGES, range(0, 1)),
})
export type State = ValueOf<typeof machine>

export const rules: readonly Rule<State>[] = [
  {
    // The CPU: a store to a page that is not protected.
    name: 'program.write',
    for: ['page'],
    guard: (s, p) => s.program.pc === 'runs' && !s.page[p].protected && s.page[p].value === 0,
    effect: (s, p) => {
      s.page[p].value = 1
    },
  },
  {
    // The CPU: a store to a protected page. The kernel queues an event and puts the thread to sleep.
    name: 'program.fault',
    for: ['page'],
    guard: (s, p) => s.program.pc === 'runs' && s.page[p].protected && s.page[p].value === 0,
    effect: (s, p) => {
      s.program.pc = 'faulting'
      s.program.at = p
    },
  },
  {
    // The program is stopped for the time of one ioctl: this is the instant of the snapshot.
    name: 'saver.begin',
    guard: (s) => s.saver.pc === 'idle',
    effect: (s) => {
      for (let p = 0; p < s.page.length; p++) {
        s.page[p].protected = true
        s.expected[p] = s.page[p].value
      }
      s.saver.pc = 'saves'
    },
  },
  {
    // Read the next page into the image: protected, so nobody writes to it meanwhile.
    name: 'saver.copy',
    guard: (s) => s.saver.pc === 'saves' && s.saver.at < s.page.length,
    effect: (s) => {
      const page = s.page[s.saver.at]
      if (!page.saved) page.image = page.value
      page.saved = true
      s.saver.pc = 'copied'
    },
  },
  {
    name: 'saver.unprotect',
    guard: (s) => s.saver.pc === 'copied',
    effect: (s) => {
      s.page[s.saver.at].protected = false
      s.saver.at++
      s.saver.pc = 'saves'
    },
  },
  {
    name: 'saver.end',
    guard: (s) => s.saver.pc === 'saves' && s.saver.at === s.page.length,
    effect: (s) => {
      s.saver.pc = 'done'
    },
  },
  {
    // The fault handler: the page that is waited for goes first.
    name: 'handler.copy',
    guard: (s) => s.program.pc === 'faulting' && !s.page[s.program.at].saved,
    effect: (s) => {
      s.page[s.program.at].image = s.page[s.program.at].value
      s.page[s.program.at].saved = true
    },
  },
  {
    // One ioctl unprotects the page and wakes the thread.
    name: 'handler.wake',
    guard: (s) => s.program.pc === 'faulting' && s.page[s.program.at].saved,
    effect: (s) => {
      s.page[s.program.at].protected = false
      s.program.pc = 'runs'
    },
  },
]

/** The model, perhaps with a rule replaced. */
export function uffdSnapshot(changed?: Rule<State>): Model<State> {
  const zero = { value: 0, protected: false, saved: false, image: 0 }
  return {
    name: 'uffd-snapshot',
    layout: new Layout(machine),
    init: [
      {
        page: Array.from({ length: PAGES }, () => ({ ...zero })),
        program: { pc: 'runs', at: 0 },
        saver: { pc: 'idle', at: 0 },
        expected: Array(PAGES).fill(0),
      },
    ],
    ranges: { page: { values: Array.from({ length: PAGES }, (_, p) => p) } },
    rules: rules.map((rule) => (rule.name === changed?.name ? changed : rule)),
    final: (s) => s.saver.pc === 'done' && s.program.pc === 'runs',
    properties: [
      {
        name: 'imageIsTheInstant',
        kind: 'always',
        says: 'What has been saved of a page is what it held when the snapshot began.',
        holds: (s) => {
          for (let p = 0; p < s.page.length; p++)
            if (s.page[p].saved && s.page[p].image !== s.expected[p]) return false
          return true
        },
      },
      {
        name: 'faultMeetsSaver',
        kind: 'sometimes',
        says: 'A fault waits for the page that the saver is at.',
        holds: (s) => s.program.pc === 'faulting' && s.saver.pc === 'copied',
      },
    ],
  }
}
