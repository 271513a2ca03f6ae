/** Words for runs of the fork machine. */

import type { Declared } from '../../model/state/declaration.js'
import { type State, variables } from '../../model/state.js'
import type { Narration } from '../subject.js'
import { namedIn } from './named.js'
import { wordsFor } from './words.js'

/** Places where a thread need not go on: in user mode its program may have ended. */
const AT_REST: ReadonlySet<string> = new Set(['user', 'unborn', 'gone'])

/** @param initial the state in which all begins. */
export const narrationOf = (initial: State, places: readonly string[]): Narration => ({
  words: wordsFor,
  lanes: (initial: State) =>
    initial.actor.map(({ name, program }) => ({
      name,
      program: program.slice(0, -1).map(({ says }) => says),
    })),
  elementNames: (list, s: State) => {
    const declared = (variables.fields as Readonly<Record<string, Declared>>)[list]
    if (declared?.kind !== 'list') return null
    const { called } = declared.notes
    return called ? (s[list as never] as unknown[]).map((_, i) => called(i, s)) : null
  },
  askable: initial.actor.map(({ name }, t) => ({
    field: `thread[${t}].pc`,
    name: `${name} pc`,
    values: places,
  })),
  named: namedIn,
  placeOf: ({ parameters }) => `thread[${parameters[0]}].pc`,
  mayRest: (s: State, name) => {
    const thread = s.actor.findIndex((actor) => actor.name === name)
    return thread < 0 || AT_REST.has(s.thread[thread].pc)
  },
  // Steps of fork before the instant of the snapshot need no reason.
  beginning: (states: readonly State[]) =>
    states.findIndex((state) => state.ghost.forked.includes(true)),
})
