/** How a change is marked: by a symbol and by a colour. */

export type Mark = 'set' | 'cleared' | 'changed'

export const SYMBOLS: Readonly<Record<Mark, string>> = { set: '+', cleared: '−', changed: '~' }

/** How a value differs from what it was, where `none` stands for "nothing there". */
export function markOf<T>(before: T | undefined, now: T, none: T): Mark | null {
  if (before === undefined || before === now) return null
  if (before === none) return 'set'
  return now === none ? 'cleared' : 'changed'
}

/** What the symbols mean. */
export function Legend() {
  return (
    <p class="legend">
      <span class="mark set">+ set</span>
      <span class="mark cleared">− cleared</span>
      <span class="mark changed">~ changed</span>
      <span class="about">✗ what the reason is about</span>
    </p>
  )
}
