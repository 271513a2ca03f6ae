/** A running machine is forked by userfaultfd write-protection: a clone gets its memory. */
import { subject } from 'forkcheck'
import type { Model, Rule, ValueOf } from 'forkcheck/checker'
import { flag, Layout, list, oneOf, range, record } from 'forkcheck/checker'

/** Every variable, with its range. A page holds 0 at first; the machine's stores make it 1. */
const machine = (pages: number) =>
  record({
    page: list(
      pages,
      record({
        /** It has been touched: there is an entry in the page table that can be protected. */
        present: flag(),
        value: range(0, 1),
        protected: flag(),
        copied: flag(),
        copy: range(0, 1),
      }),
    ),
    /** The machine: it runs, or waits in a fault on a page until that is unprotected. */
    vm: record({ pc: oneOf('runs', 'faulting'), at: range(0, pages - 1) }),
    /** The saver protects all pages and copies them in order. */
    saver: record({ pc: oneOf('idle', 'saves', 'copied', 'done'), at: range(0, pages) }),
    /** The clone, and what it read of each page last; -1: nothing yet. */
    clone: record({
      pc: oneOf('unborn', 'runs', 'faulting'),
      at: range(0, pages - 1),
      read: list(pages, range(-1, 1)),
      /** The page is mapped from the memory of the machine: only a mutant does so. */
      live: list(pages, flag()),
    }),
    /** The memory at the instant the snapshot began. Only the properties read it. */
    expected: list(pages, range(0, 1)),
  })
type State = ValueOf<ReturnType<typeof machine>>

const rules: readonly Rule<State>[] = [
  {
    // The CPU: a store to a page that is not protected, one that is touched first included.
    name: 'vm.write',
    for: ['page'],
    guard: (s, p) => s.vm.pc === 'runs' && !s.page[p].protected && s.page[p].value === 0,
    effect: (s, p) => {
      s.page[p].present = true
      s.page[p].value = 1
    },
  },
  {
    // The CPU: a store to a protected page. The kernel queues an event and the thread sleeps.
    name: 'vm.fault',
    source: 'handle_userfault, fs/userfaultfd.c (assumed)',
    for: ['page'],
    guard: (s, p) => s.vm.pc === 'runs' && s.page[p].protected && s.page[p].value === 0,
    effect: (s, p) => {
      s.vm.pc = 'faulting'
      s.vm.at = p
    },
  },
  {
    // The machine is stopped for the time of one ioctl: this is the instant of the snapshot. Pages
    // that are not present are protected by a marker (UFFD_FEATURE_WP_UNPOPULATED, Linux 6.4).
    name: 'saver.begin',
    source: 'mwriteprotect_range, mm/userfaultfd.c (assumed)',
    guard: (s) => s.saver.pc === 'idle',
    effect: (s) => {
      for (let p = 0; p < s.page.length; p++) {
        s.page[p].protected = true
        s.expected[p] = s.page[p].value
      }
      s.saver.pc = 'saves'
      s.clone.pc = 'runs'
    },
  },
  {
    // The next page is protected, so no write reaches it meanwhile.
    name: 'saver.copy',
    guard: (s) => s.saver.pc === 'saves' && s.saver.at < s.page.length,
    effect: (s) => {
      const page = s.page[s.saver.at]
      if (!page.copied) page.copy = page.value
      page.copied = true
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
    // The fault handler of the machine: the page that is waited for goes first.
    name: 'handler.copy',
    guard: (s) => s.vm.pc === 'faulting' && !s.page[s.vm.at].copied,
    effect: (s) => {
      s.page[s.vm.at].copy = s.page[s.vm.at].value
      s.page[s.vm.at].copied = true
    },
  },
  {
    // One ioctl unprotects the page and wakes the thread.
    name: 'handler.wake',
    guard: (s) => s.vm.pc === 'faulting' && s.page[s.vm.at].copied,
    effect: (s) => {
      s.page[s.vm.at].protected = false
      s.vm.pc = 'runs'
    },
  },
  {
    // The clone has pages of its own. One that it has not got yet is a missing fault.
    name: 'clone.read',
    for: ['page'],
    guard: (s, p) => s.clone.pc === 'runs' && s.page[p].copied && s.clone.read[p] === -1,
    effect: (s, p) => {
      s.clone.read[p] = s.clone.live[p] ? s.page[p].value : s.page[p].copy
    },
  },
  {
    name: 'clone.fault',
    for: ['page'],
    guard: (s, p) => s.clone.pc === 'runs' && !s.page[p].copied,
    effect: (s, p) => {
      s.clone.pc = 'faulting'
      s.clone.at = p
    },
  },
  {
    // One ioctl (UFFDIO_COPY) makes the page of the clone and wakes it.
    name: 'handler.serve',
    source: 'mfill_atomic_copy, mm/userfaultfd.c (assumed)',
    guard: (s) => s.clone.pc === 'faulting',
    effect: (s) => {
      const page = s.page[s.clone.at]
      if (!page.copied) page.copy = page.value
      page.copied = true
      s.clone.pc = 'runs'
    },
  },
]

/** @param absent so many pages have not been touched when the snapshot begins. */
function model({ pages, absent }: { pages: number; absent: number }): Model<State> {
  const numbers = Array.from({ length: pages }, (_, p) => p)
  const page = { value: 0, protected: false, copied: false, copy: 0 }
  return {
    name: 'uffd-snapshot',
    layout: new Layout(machine(pages)),
    init: [
      {
        page: numbers.map((p) => ({ ...page, present: p >= absent })),
        vm: { pc: 'runs', at: 0 },
        saver: { pc: 'idle', at: 0 },
        clone: {
          pc: 'unborn',
          at: 0,
          read: numbers.map(() => -1),
          live: numbers.map(() => false),
        },
        expected: numbers.map(() => 0),
      },
    ],
    ranges: { page: { values: numbers } },
    rules,
    final: (s) => s.saver.pc === 'done' && s.vm.pc === 'runs' && s.clone.pc === 'runs',
    properties: [
      {
        name: 'copyIsTheInstant',
        kind: 'always',
        says: 'What has been copied of a page is what it held when the snapshot began.',
        holds: (s) => {
          for (let p = 0; p < s.page.length; p++)
            if (s.page[p].copied && s.page[p].copy !== s.expected[p]) return false
          return true
        },
        explain: (s) => {
          const p = s.page.findIndex(({ copied, copy }, i) => copied && copy !== s.expected[i])
          return `page ${p} was copied as ${s.page[p].copy}`
        },
      },
      {
        name: 'cloneSeesTheInstant',
        kind: 'always',
        says: 'The clone reads of each page what it held when the snapshot began.',
        holds: (s) => {
          for (let p = 0; p < s.page.length; p++)
            if (s.clone.read[p] !== -1 && s.clone.read[p] !== s.expected[p]) return false
          return true
        },
        explain: (s) => {
          const p = s.clone.read.findIndex((value, i) => value !== -1 && value !== s.expected[i])
          return `the clone read ${s.clone.read[p]} from page ${p}`
        },
      },
      {
        name: 'machineGoesOn',
        kind: 'eventually',
        says: 'Whenever the machine waits in a fault, it goes on.',
        from: (s) => s.vm.pc === 'faulting',
        holds: (s) => s.vm.pc === 'runs',
      },
      {
        name: 'faultMeetsSaver',
        kind: 'sometimes',
        says: 'A fault waits for the page that the saver is at.',
        holds: (s) => s.vm.pc === 'faulting' && s.saver.pc === 'copied' && s.vm.at === s.saver.at,
      },
    ],
  }
}

export default subject<State, { pages: number; absent: number }>({
  name: 'uffd-snapshot',
  says: 'A clone of a running machine, by userfaultfd write-protection.',
  model,
  scenarios: [
    { name: 'two-pages', says: 'Two pages, both touched.', pages: 2, absent: 0 },
    { name: 'untouched', says: 'One of two pages has not been touched.', pages: 2, absent: 1 },
  ],
  *smaller(scenario) {
    const { pages, absent } = scenario
    if (pages > 1) yield { ...scenario, pages: pages - 1, absent: Math.min(absent, pages - 1) }
  },
  mutants: [
    {
      name: 'wakes-first',
      says: 'The handler wakes the machine before it has copied the page.',
      breaks: ['copyIsTheInstant'],
      change: { 'handler.wake': { guard: (s) => s.vm.pc === 'faulting' } },
    },
    {
      name: 'unpopulated-is-not-protected',
      says: 'Before Linux 6.4, a page that is not present cannot be protected.',
      breaks: ['copyIsTheInstant'],
      scenario: 'untouched',
      origin: 'documented',
      source: 'UFFD_FEATURE_WP_UNPOPULATED, Linux 6.4',
      change: {
        'saver.begin': {
          effect: (s) => {
            for (let p = 0; p < s.page.length; p++) {
              s.page[p].protected = s.page[p].present
              s.expected[p] = s.page[p].value
            }
            s.saver.pc = 'saves'
            s.clone.pc = 'runs'
          },
        },
      },
    },
    {
      name: 'clone-maps-live-memory',
      says: 'A fault of the clone maps the page of the machine (MAP_PRIVATE) until it is written.',
      breaks: ['cloneSeesTheInstant'],
      change: {
        'clone.fault': {
          effect: (s, p) => {
            s.clone.live[p] = true
          },
        },
      },
    },
  ],
})
