/** What no kernel knows: observed for the properties, never read by a guard. */
import { field, listOf, record } from './declaration.js'
import { content, flag, upTo } from './ranges.js'
import { side } from './values.js'

/** Some allocation failed in phase 2 or 3 of a snapshot, or for an ordinary fault or call. */
const failed = record({
  /** Phase 2: of the copying child. */
  copier: field(flag()),
  /** Phase 3: of the parent when it synchronised. */
  sync: field(flag()),
  /** Of a page fault. */
  fault: field(flag()),
  /** Of a system call. */
  call: field(flag()),
})

/** What a VMA was like. */
const vmaThen = record({
  /** Its first page. */
  start: field(upTo((m) => m.pages, 'vmaChanges', 'page')),
  /** The page behind its last one. */
  end: field(upTo((m) => m.pages, 'vmaChanges', 'page')),
  /** Programs could store there. */
  writable: field(flag('vmaChanges')),
})

export const ghost = record(
  {
    /** For each address space, what its program has every right to find in each page. */
    memory: listOf(
      'mm',
      listOf('page', field(content(), { name: '', internal: true }), { name: 'expects' }),
      { called: side },
    ),
    /** Pages that may also be found full of zeros (MADV_FREE). */
    lazy: listOf('mm', listOf('page', field(flag('lazy'))), { called: side }),
    /** Pages that a call under way has to discard, unless somebody stores to them meanwhile. */
    mustGo: listOf('mm', listOf('page', field(flag('discards'))), { called: side }),
    /** VMAs as they were when mmap_lock was last dropped by a writer. */
    vma: listOf('mm', listOf('vma', vmaThen), { called: side }),
    /** For each address space: it was made, and the instant of its fork has passed. */
    forked: listOf('mm', field(flag(), { name: 'instant passed', internal: true }), {
      called: side,
    }),
    /** Pages of a child that fork copied at once, because a device may write to the parent's. */
    copied: listOf('mm', listOf('page', field(flag('pins'))), { called: side }),
    /** What a pipe must deliver. */
    pipe: field(content('pipe'), { name: 'pipe must deliver', alone: true, internal: true }),
    /** The address space whose page that was. */
    pipeOf: field(upTo((m) => m.mms - 1, 'pipe', 'mm')),
    /** For each address space: the fork that was to make it has failed. */
    forkFailed: listOf('mm', field(flag(), { name: 'fork failed', internal: true }), {
      called: side,
    }),
    failed,
  },
  { name: '' },
)
