/**
 * Where the parent copies a table before it changes it. As no VMA can change while the child
 * copies, these are the places under mmap_lock held for reading. Seen in the
 * published source are those of faults and of zapping; that of madvise is told by a comment.
 * None was seen in GUP: repairs.ts has what that would mean.
 */
import { slotOf } from '../../hardware/tables.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Hook } from '../../rule.js'
import { PARENT, type Place, type State } from '../../state.js'
import { vmaAt } from '../../vmas.js'
import { childOfVma, mustCopyFirst } from './flags.js'

/** Is the thread's page in a flagged table of the address space it works on, the parent's? */
export const isAtFlagged = (s: State, t: number) =>
  spaceOf(s, t) === PARENT && mustCopyFirst(s, s.thread[t].page)

/** Sends a thread to copy the table of its page, and then on to a place. */
export function copyEntirely(s: State, t: number, back: Place): void {
  const me = s.thread[t]
  me.vma = vmaAt(s, PARENT, me.page)
  me.child = childOfVma(s, me.vma)
  me.slot = slotOf(s, me.page)
  me.back = back
  me.pc = 'entire.begin'
}

export const hooks: readonly Hook[] = [
  {
    name: 'copyBeforeFault',
    before: 'fault.walk',
    resume: 'fault.pte',
    source: 'handle_pte_fault: try_copy_pte_entire_async',
    due: (s, t) => isAtFlagged(s, t),
    effect: (s, t) => copyEntirely(s, t, 'fault.pte'),
  },
  {
    name: 'copyBeforeZap',
    before: 'zap.table',
    resume: 'zap.pte',
    source: 'zap_pmd_range: try_copy_pte_entire_async',
    due: (s, t) => s.thread[t].page < s.thread[t].to && isAtFlagged(s, t),
    effect: (s, t) => copyEntirely(s, t, 'zap.pte'),
  },
  {
    name: 'copyBeforeFree',
    before: 'free.table',
    resume: 'free.pte',
    source: 'madvise: try_copy_page_range_async (a comment names madvise; its file was not seen)',
    assumed: 'a comment names madvise, whose file was not seen',
    due: (s, t) => s.thread[t].page < s.thread[t].to && isAtFlagged(s, t),
    effect: (s, t) => copyEntirely(s, t, 'free.pte'),
  },
]
