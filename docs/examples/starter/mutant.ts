/** A mutant: the model with one mistake. The property that it names must find it. */
import type { OwnMutant } from 'forkcheck'
import type { State } from './model.js'

export const testsThenSets: OwnMutant<State> = {
  name: 'tests-then-sets',
  says: 'The lock is tested in one step and set in the next one.',
  breaks: ['oneInside'],
  change: {
    take: {
      effect: (s, t) => {
        s.thread[t].pc = 'tested'
      },
    },
  },
  add: [
    {
      name: 'set',
      for: ['thread'],
      guard: (s, t) => s.thread[t].pc === 'tested',
      effect: (s, t) => {
        s.held = true
        s.thread[t].pc = 'inside'
      },
    },
  ],
}
