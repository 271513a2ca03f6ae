/** Values in the few letters that fit into a box. */

import { originOf, side } from '../../model/state/values.js'
import { ERROR, NONE, type State, UNMAPPED, ZEROS } from '../../model/state.js'
import { markOf } from '../marks.js'
import type { Bit } from './cell.js'

/** A content: `p2` is what page 2 held at first, `parent#1` what the parent's operation 1 stored. */
export function contentName(s: State, value: number): string {
  if (value === UNMAPPED) return '–'
  if (value === ZEROS) return 'zeros'
  const origin = originOf(s, value)
  if (origin === null) return `content ${value}`
  return 'page' in origin ? `p${origin.page}` : `${origin.writer}#${origin.operation}`
}

/** A number that names something, and whether it is another one than before. */
export function numbered(prefix: string, now: number, before: number | undefined): Bit {
  const mark = markOf(before, now, NONE)
  const was = mark === 'changed' ? `${prefix}${before}` : undefined
  if (now !== NONE) return { text: was === undefined ? `${prefix}${now}` : `${now}`, mark, was }
  return mark ? { text: `${prefix}${before}`, mark } : { text: '–', tone: 'dim' }
}

/** A flag that is shown where it is set, or where it has just been cleared. */
export function flag(text: string, now: boolean, before: boolean | undefined): Bit {
  const mark = markOf(before, now, false)
  return { text: now || mark ? text : '', mark }
}

/** `rw` or `ro`. */
export function permission(now: boolean, before: boolean | undefined): Bit {
  const word = (isWritable: boolean) => (isWritable ? 'rw' : 'ro')
  const changed = before !== undefined && before !== now
  const change = changed ? { mark: 'changed' as const, was: word(before) } : {}
  return { text: word(now), tone: now ? 'strong' : undefined, ...change }
}

/** The two-way pointer of a VMA. */
export function peerBit(s: State, now: number, before: number | undefined, short: boolean): Bit {
  const mark = markOf(before, now, NONE)
  if (now === ERROR) return { text: short ? 'error' : 'pointer: error', mark, tone: 'bad' }
  if (now === NONE) return { text: mark ? 'no pointer' : '', mark }
  const { vmas } = s.geometry
  const whose = side(Math.floor(now / vmas))
  return { text: short ? `→${whose[0]}${now % vmas}` : `→ ${whose} vma ${now % vmas}`, mark }
}
