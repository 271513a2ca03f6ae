/** How a change is marked: by a symbol and by a colour. */

export type Mark = 'set' | 'cleared' | 'changed'

export const SYMBOLS: Readonly<Record<Mark, string>> = { set: '+', cleared: '−', changed: '~' }

/** How a value differs from what it was, where `none` stands for "nothing there". */
export function markOf<T>(before: T | undefined, now: T, none: T): Mark | null {
  if (before === undefined || before === now) return null
  if (before === none) return 'set'
  return now === none ? 'cleared' : 'changed'
}
