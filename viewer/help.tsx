/** What the keys do and what the signs mean: `?` shows it. */
import { useEffect, useRef } from 'preact/hooks'
import { Legend } from './marks.js'

/** Keys, and what each does. */
export type Keys = Readonly<Record<string, string>>

/** Keys of every page with a run. */
export const RUN_KEYS: Keys = {
  '←  →': 'one step back, one step on',
  'Home  End': 'first state, last state',
  b: 'first bad state',
  l: 'start of the loop',
  'p  n': 'the change before, the next change of the variable that is followed',
  '?': 'show this',
}

interface HelpProps {
  readonly keys: Keys
  readonly isOpen: boolean
  readonly set: (isOpen: boolean) => void
}

export function Help({ keys, isOpen, set }: HelpProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (isOpen) dialog.current?.showModal()
    else dialog.current?.close()
  }, [isOpen])
  return (
    <>
      <button type="button" title="keys and signs (?)" onClick={() => set(true)}>
        ? keys
      </button>
      <dialog ref={dialog} class="help" aria-label="keys and signs" onClose={() => set(false)}>
        <h2>Keys</h2>
        <dl>
          {Object.entries(keys).map(([key, does]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <h2>Signs</h2>
        <Legend />
        <dl>
          {SIGNS.map(([sign, means]) => (
            <div key={sign}>
              <dt>{sign}</dt>
              <dd>{means}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog">
          <button type="submit">close</button>
        </form>
      </dialog>
    </>
  )
}

const SIGNS = [
  ['*', 'before a number: the step belongs to the cause'],
  ['≠', 'here the mutant does otherwise than the unmodified system'],
  ['✗', 'a property fails; in the picture: what the reason is about'],
  ['↻ ↩', 'where an endless loop begins, and where it goes back'],
  ['⊘', 'a step that is not possible'],
  ['●', 'a content: one colour for each value that was ever written'],
  ['dashed', 'an entry or a frame that is empty or has just gone'],
] as const
