/** The changes of a step, in words. */
import { differingFields } from '../runs/fields.js'
import type { AnyState, Narration, Words } from '../runs/subject.js'

/** One variable that a step changed. */
export interface Change {
  /** The variable. */
  readonly key: string
  readonly name: string
  readonly from: string
  readonly to: string
  /** The fields of the state behind it, as the rules name them. */
  readonly fields: readonly string[]
  /** Registers that only move along and observations for the properties. */
  readonly internal: boolean
  /** A register of an actor: its name begins with the actor's. */
  readonly isRegister: boolean
  /** It says where an actor stands. */
  readonly isPlace: boolean
  /** The change as a sentence without its full stop. */
  readonly says: string
}

/** Some changes as one sentence; where an actor goes on is left out beside anything else. */
export function changesSentence(changes: readonly Change[], most = 2): string {
  const telling = changes.filter(({ isPlace }) => !isPlace)
  const shown = (telling.length > 0 ? telling : changes).slice(0, most)
  return [...new Set(shown.map(({ says }) => says))].join(', and ')
}

/** The differences between two states; none after the last step of a rule error. */
export function changesBetween(
  { words: wordsFor }: Pick<Narration, 'words'>,
  before: AnyState,
  after: AnyState | undefined,
): Change[] {
  if (after === undefined) return []
  const groups = new Map<string, { words: Words; fields: string[] }>()
  for (const path of differingFields(before, after)) {
    const words = wordsFor(path)
    const group = groups.get(words.key)
    if (group) group.fields.push(path)
    else groups.set(words.key, { words, fields: [path] })
  }
  return [...groups.values()]
    .map(({ words, fields }) => {
      const { key, internal, isRegister, isPlace } = words
      const changed = {
        name: words.name(before, after),
        from: words.value(before),
        to: words.value(after),
      }
      return { key, ...changed, fields, internal, isRegister, isPlace, says: words.says(changed) }
    })
    .sort((x, y) => Number(y.name.endsWith(' pc')) - Number(x.name.endsWith(' pc')))
}
