/** What the keys do and what the signs mean: `?` shows it. */
import { useEffect, useRef } from 'preact/hooks'
import { SignList } from './legend.js'

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
        <form method="dialog">
          <button type="submit">close</button>
        </form>
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
        <SignList />
      </dialog>
    </>
  )
}
