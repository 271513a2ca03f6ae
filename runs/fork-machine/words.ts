/** The variables of a state in the words of a kernel engineer, as they are declared. */

import type { Notes } from '../../model/state/declaration.js'
import { variableAt } from '../../model/state/paths.js'
import { isNothing } from '../../model/state/values.js'
import { type State, variables } from '../../model/state.js'
import { fieldAt } from '../fields.js'
import type { Changed, Words } from '../subject.js'

/** The variable that a field belongs to, or that has this path as its key. */
export function wordsFor(path: string): Words {
  const { declared, key, indices, name } = variableAt(variables, path)
  const notes: Notes<unknown> = declared.notes
  const { says = fromTo, role, internal } = notes
  const shows = notes.shows ?? (declared.kind === 'field' ? declared.range.shows : String)
  const owner = key.slice(0, Math.max(0, key.lastIndexOf('.')))
  return {
    key,
    name,
    value: (s: State) => shows(fieldAt(s, key), s, { owner: fieldAt(s, owner), indices } as never),
    internal: internal ?? (declared.kind === 'field' && notes.name === undefined),
    isRegister: path.startsWith('thread['),
    isPlace: role === 'place',
    isContext: role === 'context',
    isTelling: role === 'telling',
    says: (change) => {
      const words = change.name.split(' ')
      const number = words.find((word) => /^\d+$/.test(word)) ?? ''
      return says({ ...change, owner: words[0], number })
    },
  }
}

/** A change of a variable that has no sentence of its own. */
function fromTo({ name, from, to }: Changed): string {
  const shown = (value: string) => (isNothing(value) ? 'nothing' : value)
  return `${name} changes from ${shown(from)} to ${shown(to)}`
}
