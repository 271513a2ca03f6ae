/**
 * How each variable of the machine is seen from one page table. Every variable stands here once: a
 * new one that is missing is an error, so that no variable is left out of the proof by accident.
 */

/** What a list around a variable is numbered by. */
export type Index = 'same' | 'page' | 'slot' | 'table' | 'frame'

/** What a value names. `same`: nothing that is numbered differently in another model. */
export type Named =
  | 'same'
  | 'page'
  | 'slot'
  | 'frame'
  | 'table'
  | 'content'
  | 'pair'
  | 'operation'
  | 'ghost'

export interface Variable {
  /** For each list around it, outermost first. */
  readonly by: readonly Index[]
  readonly is: Named
}

const same: Variable = { by: [], is: 'same' }
const of = (is: Named, ...by: Index[]): Variable => ({ by, is })

/** The registers of a thread; view.ts says what becomes of those of one that is busy elsewhere. */
export const REGISTERS: Readonly<Record<string, Variable>> = {
  'thread[].pc': of('same', 'same'),
  'thread[].next': of('operation', 'same'),
  'thread[].page': of('page', 'same'),
  'thread[].from': of('page', 'same'),
  'thread[].to': of('page', 'same'),
  'thread[].vma': of('same', 'same'),
  'thread[].slot': of('slot', 'same'),
  'thread[].entry': of('same', 'same'),
  'thread[].frame': of('frame', 'same'),
  'thread[].other': of('frame', 'same'),
  'thread[].copy': of('content', 'same'),
  'thread[].space': of('same', 'same'),
  'thread[].child': of('same', 'same'),
  'thread[].table': of('table', 'same'),
  'thread[].wants': of('same', 'same'),
  'thread[].held': of('same', 'same'),
  'thread[].onward': of('same', 'same'),
  'thread[].after': of('same', 'same'),
  'thread[].back': of('same', 'same'),
  'thread[].whole': of('same', 'same'),
  'thread[].raced': of('same', 'same'),
  'thread[].protects': of('same', 'same'),
  'thread[].asked[]': of('same', 'same', 'same'),
  'thread[].flush.mm': of('same', 'same'),
  'thread[].flush.from': of('page', 'same'),
  'thread[].flush.to': of('page', 'same'),
}

/** All other variables. */
export const VARIABLES: Readonly<Record<string, Variable>> = {
  'mm[].lock.writer': of('same', 'same'),
  'mm[].lock.readers[]': of('same', 'same', 'same'),
  'mm[].lock.waiting[]': of('same', 'same', 'same'),
  'mm[].users': of('same', 'same'),
  'mm[].vma[].start': of('page', 'same', 'same'),
  'mm[].vma[].end': of('page', 'same', 'same'),
  'mm[].vma[].writable': of('same', 'same', 'same'),
  'mm[].vma[].peer': of('pair', 'same', 'same'),
  'mm[].vma[].changing': of('same', 'same', 'same'),
  'mm[].vma[].device': of('same', 'same', 'same'),
  'mm[].vma[].stack': of('same', 'same', 'same'),
  'mm[].vma[].locked': of('same', 'same', 'same'),
  'mm[].vma[].leftOut': of('same', 'same', 'same'),
  'mm[].vma[].wiped': of('same', 'same', 'same'),
  'mm[].pmd[].table': of('table', 'same', 'slot'),
  'mm[].pmd[].writable': of('same', 'same', 'slot'),
  'mm[].pmd[].huge': of('same', 'same', 'slot'),
  'mm[].peer': of('same', 'same'),
  'mm[].killed': of('same', 'same'),
  'mm[].protecting': of('same', 'same'),
  'mm[].copyFailed': of('same', 'same'),
  'mm[].fork': of('same', 'same'),
  'table[].used': of('same', 'table'),
  'table[].sharers': of('same', 'table'),
  'table[].spinlock': of('same', 'table'),
  'table[].lock': of('same', 'table'),
  'table[].flagged': of('same', 'table'),
  'table[].pte[].frame': of('frame', 'table', 'same'),
  'table[].pte[].writable': of('same', 'table', 'same'),
  'table[].pte[].dirty': of('same', 'table', 'same'),
  'table[].pte[].swapped': of('same', 'table', 'same'),
  'table[].pte[].migrating': of('same', 'table', 'same'),
  'table[].pte[].hinted': of('same', 'table', 'same'),
  'cpu[].tlb[].frame': of('frame', 'same', 'page'),
  'cpu[].tlb[].writable': of('same', 'same', 'page'),
  'cpu[].tlb[].dirty': of('same', 'same', 'page'),
  'cpu[].upper[].table': of('table', 'same', 'slot'),
  'cpu[].upper[].writable': of('same', 'same', 'slot'),
  'cpu[].upper[].huge': of('same', 'same', 'slot'),
  'frame[].value': of('content', 'frame'),
  'frame[].refs': of('same', 'frame'),
  'frame[].maps': of('same', 'frame'),
  'frame[].exclusive': of('same', 'frame'),
  'frame[].pins': of('same', 'frame'),
  'frame[].lazy': of('same', 'frame'),
  'frame[].lock': of('same', 'frame'),
  'frame[].cache': of('frame', 'frame'),
  'device.frame': of('frame'),
  'device.page': of('page'),
  'pipe.frame': of('frame'),
  failuresLeft: same,
  'ghost.memory[][]': of('content', 'same', 'page'),
  'ghost.lazy[][]': of('same', 'same', 'page'),
  'ghost.forked[]': of('same', 'same'),
  'ghost.copied[][]': of('same', 'same', 'page'),
  'ghost.pipe': of('content'),
  'ghost.pipeOf': same,
  'ghost.forkFailed[]': of('same', 'same'),
  'ghost.failed.copier': of('ghost'),
  'ghost.failed.sync': of('ghost'),
  'ghost.failed.fault': of('ghost'),
  'ghost.failed.call': of('ghost'),
}
