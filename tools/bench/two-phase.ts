/**
 * Two-phase commit: a transaction manager and some resource managers, after L. Lamport's TwoPhase
 * (J. Gray and L. Lamport, Consensus on transaction commit, 2006). A yardstick: with 8 resource
 * managers others publish 1,745,408 states.
 */
import type { Model, Rule, ValueOf } from '../../checker/index.js'
import { flag, Layout, list, oneOf, record } from '../../checker/index.js'

/** @param managers number of resource managers, 1 or more. */
function declare(managers: number) {
  return record({
    manager: list(
      managers,
      record({
        is: oneOf('working', 'prepared', 'committed', 'aborted'),
        /** It has sent `prepared`, and the transaction manager has received that. Messages stay. */
        hasSent: flag(),
        isReceived: flag(),
      }),
    ),
    transaction: oneOf('open', 'committed', 'aborted'),
    /** Messages that the transaction manager has sent to all. */
    sentCommit: flag(),
    sentAbort: flag(),
  })
}

type State = ValueOf<ReturnType<typeof declare>>

const rules: Rule<State>[] = [
  {
    name: 'receivePrepared',
    for: ['manager'],
    guard: (s, m) => s.transaction === 'open' && s.manager[m].hasSent,
    effect: (s, m) => {
      s.manager[m].isReceived = true
    },
  },
  {
    name: 'commit',
    guard: (s) => {
      if (s.transaction !== 'open') return false
      for (const manager of s.manager) if (!manager.isReceived) return false
      return true
    },
    effect: (s) => {
      s.transaction = 'committed'
      s.sentCommit = true
    },
  },
  {
    name: 'abort',
    guard: (s) => s.transaction === 'open',
    effect: (s) => {
      s.transaction = 'aborted'
      s.sentAbort = true
    },
  },
  {
    name: 'prepare',
    for: ['manager'],
    guard: (s, m) => s.manager[m].is === 'working',
    effect: (s, m) => {
      s.manager[m].is = 'prepared'
      s.manager[m].hasSent = true
    },
  },
  {
    name: 'chooseToAbort',
    for: ['manager'],
    guard: (s, m) => s.manager[m].is === 'working',
    effect: (s, m) => {
      s.manager[m].is = 'aborted'
    },
  },
  {
    name: 'receiveCommit',
    for: ['manager'],
    guard: (s) => s.sentCommit,
    effect: (s, m) => {
      s.manager[m].is = 'committed'
    },
  },
  {
    name: 'receiveAbort',
    for: ['manager'],
    guard: (s) => s.sentAbort,
    effect: (s, m) => {
      s.manager[m].is = 'aborted'
    },
  },
]

export function twoPhase(managers: number): Model<State> {
  const layout = new Layout(declare(managers))
  return {
    name: `two-phase-${managers}`,
    layout,
    init: [layout.decode(new Int32Array(layout.words))],
    ranges: { manager: { values: Array.from({ length: managers }, (_, i) => i) } },
    rules,
    properties: [
      {
        name: 'consistent',
        kind: 'always',
        says: 'No manager has committed while another one has aborted.',
        holds: (s) => {
          for (const one of s.manager)
            for (const other of s.manager)
              if (one.is === 'committed' && other.is === 'aborted') return false
          return true
        },
      },
    ],
    final: () => false,
  }
}

/** The same by hand for SPIN, with as many states. */
export function twoPhasePromela(managers: number): string {
  const each = (line: (manager: number) => string) =>
    Array.from({ length: managers }, (_, manager) => line(manager)).join('\n')
  const all = (condition: (manager: number) => string) =>
    Array.from({ length: managers }, (_, manager) => condition(manager)).join(' && ')
  const no = (value: string) => all((m) => `rm[${m}] != ${value}`)
  return `#define N ${managers}
#define WORKING 0
#define PREPARED 1
#define COMMITTED 2
#define ABORTED 3
#define OPEN 0
byte rm[N]
bit sent[N], received[N]
byte tm
bit sentCommit, sentAbort
active proctype protocol() {
  do
  :: d_step { tm == OPEN && ${all((m) => `received[${m}]`)} -> tm = COMMITTED; sentCommit = 1 }
  :: d_step { tm == OPEN -> tm = ABORTED; sentAbort = 1 }
${each(
  (m) => `  :: d_step { tm == OPEN && sent[${m}] -> received[${m}] = 1 }
  :: d_step { rm[${m}] == WORKING -> rm[${m}] = PREPARED; sent[${m}] = 1 }
  :: d_step { rm[${m}] == WORKING -> rm[${m}] = ABORTED }
  :: d_step { sentCommit -> rm[${m}] = COMMITTED; assert(${no('ABORTED')}) }
  :: d_step { sentAbort -> rm[${m}] = ABORTED; assert(${no('COMMITTED')}) }`,
)}
  od
}
`
}
