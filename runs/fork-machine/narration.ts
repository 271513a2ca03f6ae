/** How runs of the fork machine are told. */
import { operation } from '../../model/operation-words.js'
import type { State } from '../../model/state.js'
import type { Narration } from '../subject.js'
import { namedIn } from './named.js'
import { wordsFor } from './words.js'

/** The range of a VMA says what is around a page, not what is wrong with it. */
const CONTEXT = /^mm\[\d+\]\.vma\[\d+\]$/
/** What is worth telling even if it has always been like that. */
const TELLING = /^(mm\[\d+\]\.pmd|table\[\d+\]\.pte|frame\[\d+\]\.value)/
/** Where a thread need not go on: in user mode it may have come to the end of its program. */
const AT_REST: ReadonlySet<string> = new Set(['user', 'unborn', 'gone'])

/** @param initial the state in which all begins. */
export const narrationOf = (initial: State, places: readonly string[]): Narration => ({
  words: wordsFor,
  lanes: (initial: State) =>
    initial.actor.map(({ name, program }, t) => ({
      name,
      program: program.slice(0, -1).map((_, i) => operation(initial, t, i)),
    })),
  elementNames: (list, s: State) =>
    list === 'thread' || list === 'cpu'
      ? s.actor.map(({ name }) => name)
      : list === 'mm'
        ? ['parent', 'child', 'child2']
        : null,
  askable: initial.actor.map(({ name }, t) => ({
    field: `thread[${t}].pc`,
    name: `${name} pc`,
    values: places,
  })),
  named: namedIn,
  isContext: (key) => CONTEXT.test(key),
  isTelling: (key) => TELLING.test(key),
  placeOf: ({ parameters }) => `thread[${parameters[0]}].pc`,
  mayRest: (s: State, name) => {
    const thread = s.actor.findIndex((actor) => actor.name === name)
    return thread < 0 || AT_REST.has(s.thread[thread].pc)
  },
  // What fork does before the instant of the snapshot needs no reason.
  beginning: (states: readonly State[]) =>
    states.findIndex((state) => state.ghost.forked.includes(true)),
})
