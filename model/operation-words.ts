/** Operations in words. */
import type { OperationRecord } from './operation.js'
import type { Op } from './shape.js'

/** An operation of a program: `munmap(0 to 2)`; a range ends before its `to`. */
export function operationInWords(record: OperationRecord, op: Omit<Op, 'says'>): string {
  const page = op.page < 0 ? 'any' : String(op.page)
  if ('page' in record.arguments) {
    const use = 'write' in record.arguments && !op.writable ? ', read-only' : ''
    return `${op.do}(${page}${op.target < 0 ? '' : `, ${op.target}`}${use})`
  }
  if (op.end === 0) return op.do
  const protection = op.closed ? ', none' : op.writable ? ', rw' : ', ro'
  const size = op.size > 0 && op.size !== op.end - op.page ? `, ${op.size} pages` : ''
  const over = op.do === 'mremap' && op.replace ? ' over what is there' : ''
  const target = op.target < 0 ? '' : `, at ${op.target}${over}`
  return `${op.do}(${op.page} to ${op.end}${op.do === 'mprotect' ? protection : ''}${size}${target})`
}
