/**
 * The bakery algorithm with registers that flicker while they are written, after L. Lamport's
 * Bakery (A new solution of Dijkstra's concurrent programming problem, CACM 17(8), 1974). A
 * yardstick: with 3 processes and numbers up to 3 others publish 6,016,610 states.
 */
import type { Model, Rule, ValueOf } from '../../checker/index.js'
import { flag, Layout, list, oneOf, range, record } from '../../checker/index.js'

/** @param processes how many, 2 or more. @param highest the highest number there is, 1 or more. */
function declare(processes: number, highest: number) {
  return record({
    process: list(
      processes,
      record({
        pc: oneOf('idle', 'enter', 'look', 'choose', 'leave', 'ask', 'wait', 'critical', 'exit'),
        /** Seen by all: it is choosing a number, and the number. */
        isChoosing: flag(),
        number: range(0, highest),
        /** Processes that it has still to look at, the highest number seen, and whom it asks. */
        unchecked: list(processes, flag()),
        most: range(0, highest),
        asked: range(0, processes - 1),
      }),
    ),
  })
}

type State = ValueOf<ReturnType<typeof declare>>

/** Has process `p` looked at all others? */
const isDone = (s: State, p: number): boolean => {
  for (const open of s.process[p].unchecked) if (open) return false
  return true
}

/** Process `p` has to look at all others. */
const lookAtAll = (s: State, p: number): void => {
  for (let q = 0; q < s.process.length; q++) s.process[p].unchecked[q] = q !== p
}

/** Does process `p` go before the one it asks? */
const goesFirst = (s: State, p: number): boolean => {
  const me = s.process[p]
  const other = s.process[me.asked].number
  return other === 0 || me.number < other || (me.number === other && p < me.asked)
}

const rules: Rule<State>[] = [
  {
    name: 'begin',
    for: ['process'],
    at: 'idle',
    effect: (s, p) => {
      s.process[p].pc = 'enter'
    },
  },
  {
    name: 'flicker',
    for: ['process'],
    at: 'enter',
    effect: (s, p) => {
      s.process[p].isChoosing = !s.process[p].isChoosing
    },
  },
  {
    name: 'enter',
    for: ['process'],
    at: 'enter',
    effect: (s, p) => {
      s.process[p].isChoosing = true
      lookAtAll(s, p)
      s.process[p].most = 0
      s.process[p].pc = 'look'
    },
  },
  {
    name: 'look',
    for: ['process', 'other'],
    at: 'look',
    guard: (s, p, q) => s.process[p].unchecked[q],
    effect: (s, p, q) => {
      const me = s.process[p]
      me.unchecked[q] = false
      if (s.process[q].number > me.most) me.most = s.process[q].number
    },
  },
  {
    name: 'lookedAtAll',
    for: ['process'],
    at: 'look',
    guard: isDone,
    effect: (s, p) => {
      s.process[p].pc = 'choose'
    },
  },
  {
    name: 'flickerNumber',
    for: ['process', 'number'],
    at: 'choose',
    effect: (s, p, number) => {
      s.process[p].number = number
    },
  },
  {
    name: 'choose',
    for: ['process', 'number'],
    at: 'choose',
    guard: (s, p, number) => number > s.process[p].most,
    effect: (s, p, number) => {
      s.process[p].number = number
      s.process[p].pc = 'leave'
    },
  },
  {
    name: 'flickerAgain',
    for: ['process'],
    at: 'leave',
    effect: (s, p) => {
      s.process[p].isChoosing = !s.process[p].isChoosing
    },
  },
  {
    name: 'leave',
    for: ['process'],
    at: 'leave',
    effect: (s, p) => {
      s.process[p].isChoosing = false
      lookAtAll(s, p)
      s.process[p].pc = 'ask'
    },
  },
  {
    name: 'ask',
    for: ['process', 'other'],
    at: 'ask',
    guard: (s, p, q) => s.process[p].unchecked[q] && !s.process[q].isChoosing,
    effect: (s, p, q) => {
      s.process[p].asked = q
      s.process[p].pc = 'wait'
    },
  },
  {
    name: 'go',
    for: ['process'],
    at: 'ask',
    guard: isDone,
    effect: (s, p) => {
      s.process[p].pc = 'critical'
    },
  },
  {
    name: 'goFirst',
    for: ['process'],
    at: 'wait',
    guard: goesFirst,
    effect: (s, p) => {
      s.process[p].unchecked[s.process[p].asked] = false
      s.process[p].pc = 'ask'
    },
  },
  {
    name: 'end',
    for: ['process'],
    at: 'critical',
    effect: (s, p) => {
      s.process[p].pc = 'exit'
    },
  },
  {
    name: 'flickerAtExit',
    for: ['process', 'number'],
    at: 'exit',
    effect: (s, p, number) => {
      s.process[p].number = number
    },
  },
  {
    name: 'exit',
    for: ['process'],
    at: 'exit',
    effect: (s, p) => {
      s.process[p].number = 0
      s.process[p].pc = 'idle'
    },
  },
]

export function bakery(processes: number, highest: number): Model<State> {
  const layout = new Layout(declare(processes, highest))
  const upTo = (last: number) => Array.from({ length: last + 1 }, (_, i) => i)
  return {
    name: `bakery-${processes}-${highest}`,
    layout,
    init: [layout.decode(new Int32Array(layout.words))],
    ranges: {
      process: { values: upTo(processes - 1), actor: true },
      other: { values: upTo(processes - 1) },
      number: { values: upTo(highest) },
    },
    location: (s, p) => s.process[p].pc,
    rules,
    properties: [
      {
        name: 'mutualExclusion',
        kind: 'always',
        says: 'At most one process is in its critical section.',
        holds: (s) => {
          let critical = 0
          for (const one of s.process) if (one.pc === 'critical') critical++
          return critical < 2
        },
      },
    ],
    final: () => false,
    vocabulary: { isDone, lookAtAll, goesFirst },
  }
}

/** The same by hand for SPIN, with as many states. */
export function bakeryPromela(processes: number, highest: number): string {
  const upTo = (last: number, line: (i: number) => string) =>
    Array.from({ length: last + 1 }, (_, i) => line(i)).join('\n')
  const all = 2 ** processes - 1
  return `#define N ${processes}
#define ALL ${all}
#define IDLE 0
#define ENTER 1
#define LOOK 2
#define CHOOSE 3
#define LEAVE 4
#define ASK 5
#define WAIT 6
#define CRITICAL 7
#define EXIT 8
byte number[N]
bit choosing[N]
byte critical
active [N] proctype process() {
  byte pc, unchecked, most, asked
  do
  :: d_step { pc == IDLE -> pc = ENTER }
  :: d_step { pc == ENTER -> choosing[_pid] = !choosing[_pid] }
  :: d_step { pc == ENTER -> choosing[_pid] = 1; unchecked = ALL ^ (1 << _pid); most = 0; pc = LOOK }
${upTo(
  processes - 1,
  (q) => `  :: d_step { pc == LOOK && (unchecked & ${1 << q}) -> unchecked = unchecked ^ ${1 << q};
       if :: number[${q}] > most -> most = number[${q}] :: else fi }
  :: d_step { pc == ASK && (unchecked & ${1 << q}) && !choosing[${q}] -> asked = ${q}; pc = WAIT }`,
)}
  :: d_step { pc == LOOK && unchecked == 0 -> pc = CHOOSE }
${upTo(
  highest,
  (k) => `  :: d_step { pc == CHOOSE -> number[_pid] = ${k} }
  :: d_step { pc == CHOOSE && ${k} > most -> number[_pid] = ${k}; pc = LEAVE }
  :: d_step { pc == EXIT -> number[_pid] = ${k} }`,
)}
  :: d_step { pc == LEAVE -> choosing[_pid] = !choosing[_pid] }
  :: d_step { pc == LEAVE -> choosing[_pid] = 0; unchecked = ALL ^ (1 << _pid); pc = ASK }
  :: d_step { pc == ASK && unchecked == 0 -> critical++; assert(critical == 1); pc = CRITICAL }
  :: d_step { pc == WAIT && (number[asked] == 0 || number[_pid] < number[asked] ||
       (number[_pid] == number[asked] && _pid < asked)) -> unchecked = unchecked ^ (1 << asked); pc = ASK }
  :: d_step { pc == CRITICAL -> critical--; pc = EXIT }
  :: d_step { pc == EXIT -> number[_pid] = 0; pc = IDLE }
  od
}
`
}
