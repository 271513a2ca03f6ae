/**
 * Letters: what can be seen of the kernel while it runs, and which rules of the model it stands
 * for. Each is a function of the kernel, met at its entry; traces and steering share this table.
 */
import { NONE, PARENT, type State } from '../model/state.js'

/** One function of the kernel. */
export interface Probe {
  readonly name: string
  readonly function: string
  /** What is recorded of a call, as kprobe events are written (kprobetrace.rst). */
  readonly arguments: string
  /** Rules of the model that the call stands for. */
  readonly rules: readonly string[]
}

/** Registers and structures are those of 6.1 on x86-64; 24 is the offset of vm_fault.address. */
export const PROBES: readonly Probe[] = [
  { name: 'forkBegins', function: 'dup_mmap', arguments: 'old=%si:x64', rules: ['fork'] },
  {
    name: 'copyRange',
    function: 'copy_page_range',
    arguments: 'start=+0(%si):x64',
    rules: ['forkVma'],
  },
  {
    name: 'flush',
    function: 'flush_tlb_mm_range',
    arguments: 'start=%si:x64 end=%dx:x64 from=$stack0:symbol',
    rules: [
      ...['forkFlush', 'faultClear', 'zapFree', 'changeDone', 'changeMeetsHole', 'movePage'],
      ...['migrateUnmaps', 'swapUnmaps'],
    ],
  },
  {
    name: 'unlock',
    function: 'up_write',
    arguments: 'lock=%di:x64 from=$stack0:symbol',
    rules: ['forkUnlock'],
  },
  { name: 'wake', function: 'wake_up_new_task', arguments: '', rules: ['forkReturn'] },
  { name: 'fault', function: 'handle_mm_fault', arguments: 'page=%si:x64', rules: ['faultWalk'] },
  {
    name: 'copy',
    function: 'wp_page_copy',
    arguments: 'page=+24(%di):x64',
    rules: ['faultShared'],
  },
  { name: 'clear', function: 'ptep_clear_flush', arguments: 'page=%si:x64', rules: ['faultClear'] },
  {
    name: 'install',
    function: 'page_add_new_anon_rmap',
    arguments: 'page=%dx:x64',
    rules: ['faultSet', 'faultZero'],
  },
  {
    name: 'unmap',
    function: 'page_remove_rmap',
    arguments: 'from=$stack0:symbol',
    rules: ['zapPage', 'faultSet'],
  },
  {
    name: 'free',
    function: 'free_pages_and_swap_cache',
    arguments: 'count=%si:s32',
    rules: ['zapFree'],
  },
  {
    name: 'protect',
    function: 'change_protection',
    arguments: 'start=%dx:x64 end=%cx:x64',
    rules: ['changeSetsFlags'],
  },
  {
    name: 'move',
    function: 'move_page_tables',
    arguments: 'start=%si:x64 to=%cx:x64',
    rules: ['mremapCopiesVma'],
  },
  {
    name: 'swapIn',
    function: 'do_swap_page',
    arguments: 'page=+24(%di):x64',
    rules: ['faultSwapped', 'faultFindsMigration'],
  },
  {
    name: 'swapOut',
    function: 'try_to_unmap_one',
    arguments: 'page=%dx:x64',
    rules: ['swapUnmaps'],
  },
  {
    name: 'migrate',
    function: 'try_to_migrate_one',
    arguments: 'page=%dx:x64',
    rules: ['migrateUnmaps'],
  },
  {
    name: 'restore',
    function: 'remove_migration_pte',
    arguments: 'page=%dx:x64',
    rules: ['migrateRestores'],
  },
  { name: 'gone', function: 'exit_mmap', arguments: '', rules: ['exit', 'execLeaves'] },
]

/** The line for tracefs' kprobe_events. */
export const probeLine = ({ name, function: symbol, arguments: recorded }: Probe) =>
  `p:${name} ${symbol} ${recorded}`.trim()

/**
 * What a step of the model shows: letters in order, or several such lists where the kernel may show
 * one or the other. A step that is not here shows nothing.
 */
export type Shows = (before: State, after: State, t: number, owes: boolean) => string[][]

const nothing: string[][] = [[]]
const page = (s: State, t: number) => s.thread[t].page
const isMapped = (s: State, m: number, p: number) => {
  const { table } = s.mm[m].pmd[Math.floor(p / s.geometry.pagesPerTable)]
  if (table === NONE) return false
  const pte = s.table[table].pte[p % s.geometry.pagesPerTable]
  return pte.frame !== NONE && !pte.swapped && !pte.migrating
}
const mmOf = (s: State, t: number) => s.actor[t].mm
const opOf = (s: State, t: number) => s.actor[t].program[s.thread[t].next]

/** The kernel flushes what has lost a permission, and may flush what has not. */
const changeEnds: Shows = (s, _, t, owes) => {
  if (opOf(s, t).do !== 'mprotect') return nothing
  return owes ? [['flush']] : [[], ['flush']]
}

/** Rules by which a call that changes VMAs ends, and has flushed what it owes. */
export const CHANGE_ENDS: ReadonlySet<string> = new Set(['changeDone', 'changeMeetsHole'])

/** By name of rule. */
export const SHOWS: Readonly<Record<string, Shows>> = {
  fork: () => [['forkBegins']],
  forkVma: (_, after, t) => {
    const vma = after.mm[PARENT].vma[after.thread[t].vma]
    return vma.wiped ? nothing : [[`copyRange ${vma.start}`]]
  },
  // Where every CPU has been asked, or none caches anything.
  forkFlush: (_, after, t) =>
    /^(flush.wait|fork.flushed)$/.test(after.thread[t].pc) ? [['flush all']] : nothing,
  forkUnlock: () => [['unlock']],
  forkReturn: () => [['wake']],
  faultWalk: (s, _, t) => [[`fault ${page(s, t)}`]],
  faultShared: (s, _, t) => [[`copy ${page(s, t)}`]],
  faultClear: (s, _, t) => [[`clear ${page(s, t)}`, `flush ${page(s, t)}`]],
  faultSet: (s, _, t) => [[`install ${page(s, t)}`, 'unmap']],
  faultZero: (s, after, t) =>
    isMapped(s, mmOf(s, t), page(s, t)) === isMapped(after, mmOf(s, t), page(s, t))
      ? nothing
      : [[`install ${page(s, t)}`]],
  zapPage: () => [['unmap']],
  zapFree: () => [['flush', 'free']],
  changeSetsFlags: (s, after, t) => {
    if (opOf(s, t).do !== 'mprotect') return nothing
    const { page: start, to } = after.thread[t]
    const vma = after.mm[mmOf(s, t)].vma.find((v) => v.start <= start && start < v.end)
    return [[`protect ${start}-${Math.min(to, vma?.end ?? to)}`]]
  },
  changeDone: changeEnds,
  changeMeetsHole: changeEnds,
  mremapCopiesVma: (s, _, t) => [[`move ${opOf(s, t).page}-${opOf(s, t).target}`]],
  movePage: (s, _, t) => {
    const shown = [`flush ${page(s, t)}`]
    return isMapped(s, mmOf(s, t), page(s, t)) ? [shown] : [[], shown]
  },
  faultSwapped: (s, _, t) => [[`swapIn ${page(s, t)}`]],
  faultFindsMigration: (s, _, t) => [[`swapIn ${page(s, t)}`]],
  // The kernel defers the flush only where other processors run the process (should_defer_flush).
  swapUnmaps: (s, after) => {
    const p = changedPage(s, after, (e) => e.swapped)
    return [[`swapOut ${p}`, `clear ${p}`, `flush ${p}`, 'unmap']]
  },
  migrateUnmaps: (s, after) => {
    const p = changedPage(s, after, (e) => e.migrating)
    return [[`migrate ${p}`, `clear ${p}`, `flush ${p}`, 'unmap']]
  },
  migrateRestores: (s, after) => [[`restore ${changedPage(s, after, (e) => !e.migrating)}`]],
  exit: () => [['gone']],
  execLeaves: () => [['gone']],
}

/** Rules after which a flush is owed: an entry lost its write permission. */
export const takesPermission = (rule: string, before: State, after: State, t: number): boolean => {
  if (rule !== 'mprotectPage') return false
  const p = before.thread[t].page
  const { table } = before.mm[mmOf(before, t)].pmd[Math.floor(p / before.geometry.pagesPerTable)]
  if (table === NONE) return false
  const at = p % before.geometry.pagesPerTable
  return before.table[table].pte[at].writable && !after.table[table].pte[at].writable
}

/** The page whose entry became one of a kind. */
function changedPage(
  before: State,
  after: State,
  is: (entry: State['table'][number]['pte'][number]) => boolean,
): number {
  for (const [m, mm] of after.mm.entries())
    for (const [slot, { table }] of mm.pmd.entries()) {
      const old = before.mm[m].pmd[slot].table
      if (table === NONE || old !== table) continue
      for (const [i, entry] of after.table[table].pte.entries())
        if (entry.frame !== NONE && is(entry) && !is(before.table[old].pte[i]))
          return slot * after.geometry.pagesPerTable + i
    }
  return NONE
}
