/** Operations in words. */
import { operations } from './kernel/index.js'
import type { State } from './state.js'

/** An operation of a thread's program in words: `munmap(0 to 2)`; a range ends before its `to`. */
export function operation(s: State, t: number, i: number): string {
  const op = s.actor[t].program[i]
  const page = op.page < 0 ? 'any' : String(op.page)
  if (ON_PAGE.has(op.do)) return `${op.do}(${page}${op.target < 0 ? '' : `, ${op.target}`})`
  if (op.end === 0) return op.do
  const protection = op.do === 'mprotect' ? (op.writable ? ', rw' : ', ro') : ''
  const size = op.size > 0 && op.size !== op.end - op.page ? `, ${op.size} pages` : ''
  const target = op.target < 0 ? '' : `, at ${op.target}`
  return `${op.do}(${op.page} to ${op.end}${protection}${size}${target})`
}

/** Operations on one page. */
const ON_PAGE: ReadonlySet<string> = new Set(
  operations.filter((record) => 'page' in record.arguments).map(({ name }) => name),
)
