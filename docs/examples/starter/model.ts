/** A lock that threads spin on. Change this model into your own. */
import { subject } from 'forkcheck'
import type { Model, Rule, ValueOf } from 'forkcheck/checker'
import { flag, Layout, list, oneOf, record } from 'forkcheck/checker'
import { testsThenSets } from './mutant.js'

/** Every variable, with all values that it can have. */
const machine = (threads: number) =>
  record({
    held: flag(),
    thread: list(threads, record({ pc: oneOf('outside', 'tested', 'inside', 'done') })),
  })
export type State = ValueOf<ReturnType<typeof machine>>

/** What a scenario says besides its name. */
export interface Sizes {
  readonly threads: number
}

/** Every rule is one atomic step: say in a comment why nothing can come between its parts. */
const rules: readonly Rule<State>[] = [
  {
    // One atomic instruction: test and set.
    name: 'take',
    source: 'spin_lock',
    for: ['thread'],
    guard: (s, t) => s.thread[t].pc === 'outside' && !s.held,
    effect: (s, t) => {
      s.held = true
      s.thread[t].pc = 'inside'
    },
  },
  {
    // One store.
    name: 'give',
    source: 'spin_unlock',
    for: ['thread'],
    guard: (s, t) => s.thread[t].pc === 'inside',
    effect: (s, t) => {
      s.held = false
      s.thread[t].pc = 'done'
    },
  },
]

/** How many threads are at a place. With loops, and named in `vocabulary`, it is compiled. */
function countAt(s: State, place: State['thread'][number]['pc']): number {
  let count = 0
  for (let t = 0; t < s.thread.length; t++) if (s.thread[t].pc === place) count++
  return count
}

function model({ threads }: Sizes): Model<State> {
  const numbers = Array.from({ length: threads }, (_, t) => t)
  return {
    name: 'lock',
    layout: new Layout(machine(threads)),
    init: [{ held: false, thread: numbers.map(() => ({ pc: 'outside' as const })) }],
    // The threads act: a step is called `thread0.take`.
    ranges: { thread: { values: numbers, labels: numbers.map((t) => `thread${t}`), actor: true } },
    rules,
    vocabulary: { countAt },
    final: (s) => countAt(s, 'done') === s.thread.length,
    properties: [
      {
        name: 'oneInside',
        kind: 'always',
        says: 'At most one thread is inside.',
        holds: (s) => countAt(s, 'inside') <= 1,
        explain: (s) => {
          const inside = s.thread.flatMap(({ pc }, t) => (pc === 'inside' ? [`thread${t}`] : []))
          return `${inside.join(' and ')} are inside`
        },
      },
      {
        name: 'allGetIn',
        kind: 'eventually',
        says: 'Every thread gets the lock in the end.',
        holds: (s) => countAt(s, 'done') === s.thread.length,
      },
      {
        // If no thread ever waited, the pass would say nothing.
        name: 'oneWaits',
        kind: 'sometimes',
        says: 'A thread waits while another one is inside.',
        holds: (s) => s.held && countAt(s, 'outside') > 0,
      },
    ],
  }
}

export default subject<State, Sizes>({
  name: 'lock',
  says: 'Threads that take turns by a spin lock.',
  model,
  scenarios: [{ name: 'two-threads', says: 'Two threads.', threads: 2 }],
  check: ({ threads }) => {
    if (!(Number.isInteger(threads) && threads >= 2 && threads <= 5))
      throw new Error('threads must be a whole number from 2 to 5')
  },
  *smaller(scenario) {
    if (scenario.threads > 2) yield { ...scenario, threads: scenario.threads - 1 }
  },
  mutants: [testsThenSets],
})
