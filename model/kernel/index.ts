/**
 * What every system shares: the CPU in user mode and the kernel's ordinary paths. A routine is one
 * file with its rules, its helpers and its operations; a new one is an import and a word here.
 */
import * as ghosts from '../ghosts.js'
import * as frames from '../hardware/frames.js'
import * as hugePages from '../hardware/huge.js'
import * as rmap from '../hardware/rmap.js'
import * as tables from '../hardware/tables.js'
import * as tlb from '../hardware/tlb.js'
import * as locks from '../locks.js'
import { isOperation, type OperationRecord } from '../operation.js'
import { isRoutine, type Routine } from '../places.js'
import type { SystemRule } from '../rule.js'
import * as state from '../state.js'
import * as threads from '../threads.js'
import * as vmas from '../vmas.js'
import * as brk from './brk.js'
import * as change from './change.js'
import * as device from './device.js'
import * as exit from './exit.js'
import * as fault from './fault.js'
import * as faultCopy from './fault-copy.js'
import * as faultHuge from './fault-huge.js'
import * as flush from './flush.js'
import * as fork from './fork.js'
import * as forkEnds from './fork-ends.js'
import * as forkTables from './fork-tables.js'
import * as khugepaged from './khugepaged.js'
import * as ksm from './ksm.js'
import * as locking from './locks.js'
import * as madvise from './madvise.js'
import * as malloc from './malloc.js'
import * as migrate from './migrate.js'
import * as mmap from './mmap.js'
import * as moveEntries from './move-entries.js'
import * as mprotect from './mprotect.js'
import * as mremap from './mremap.js'
import * as mremapMove from './mremap-move.js'
import * as mremapUndo from './mremap-undo.js'
import * as munmap from './munmap.js'
import * as oom from './oom.js'
import * as pin from './pin.js'
import * as populate from './populate.js'
import * as remote from './remote.js'
import * as scans from './scans.js'
import * as smaps from './smaps.js'
import * as split from './split.js'
import * as stack from './stack.js'
import * as swapIn from './swap-in.js'
import * as swapOut from './swap-out.js'
import * as uffd from './uffd.js'
import * as user from './user.js'
import * as walks from './walks.js'
import * as zap from './zap.js'

/** The table of contents: every routine, in the order in which a reader meets them. */
const modules: readonly object[] = [
  user,
  flush,
  locking,
  fault,
  faultCopy,
  faultHuge,
  stack,
  fork,
  forkTables,
  forkEnds,
  exit,
  walks,
  zap,
  split,
  munmap,
  mmap,
  change,
  mprotect,
  populate,
  brk,
  moveEntries,
  mremap,
  mremapMove,
  mremapUndo,
  madvise,
  pin,
  device,
  swapOut,
  swapIn,
  migrate,
  khugepaged,
  ksm,
  scans,
  smaps,
  uffd,
  oom,
  remote,
  malloc,
]

/**
 * What the modules export, each module's in the order of the names: loaders disagree on the order,
 * and generated scenarios and random draws must not depend on how the code was loaded.
 */
const exported = modules.flatMap((module) =>
  Object.entries(module)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, value]) => value as unknown),
)

/** The rules of all routines: each exports its own as one list. */
export const kernel: readonly SystemRule[] = exported.filter(Array.isArray).flat()

/** The routines themselves: each module exports those that it is about, with their places. */
export const kernelRoutines: readonly Routine[] = exported.filter(isRoutine)

/** Everything that programs can do. */
export const operations: readonly OperationRecord[] = exported.filter(isOperation)

/** Modules whose functions and constants the kernel's rules name. */
export const kernelVocabulary: readonly object[] = [
  state,
  frames,
  hugePages,
  rmap,
  tables,
  tlb,
  locks,
  vmas,
  threads,
  ghosts,
  ...modules,
]
