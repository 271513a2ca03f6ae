/**
 * Which parts of the machine a scenario needs. Variables of the other parts have one value and take
 * no room in a state.
 */

/** What decides about it. */
interface Asking {
  /** Programs of the parent, and of threads of the kernel and devices. */
  readonly parent: readonly unknown[]
  readonly kernel: readonly unknown[]
  readonly vmas: readonly { readonly [K in 'huge' | 'device' | 'stack']: boolean }[]
  readonly options: {
    readonly arch: string
    readonly faultLock: string
    readonly madviseLock: string
    readonly upperCache: boolean
    readonly tableReclaim: boolean
  }
  readonly system: { readonly sharesTables?: boolean; readonly flagsTables?: boolean }
}

/** Some operation says that it needs it. */
const byOperation = () => false

/** Each part, and what of a scenario needs it besides operations that say so (`needs`). */
const parts = {
  /** Some address space has several threads. */
  siblings: ({ parent, kernel, options }: Asking) =>
    parent.length > 1 || kernel.length > 0 || options.arch === 'arm64',
  /** Faults or madvise hold VMA locks. */
  vmaLocks: ({ options }: Asking) => options.faultLock === 'vma' || options.madviseLock === 'vma',
  /** CPUs cache PMD entries as well. */
  upperCache: ({ options }: Asking) => options.upperCache,
  /** DONTNEED frees tables that it has emptied. */
  tableReclaim: ({ options }: Asking) => options.tableReclaim,
  /** PMD entries may map huge pages. */
  huge: ({ vmas }: Asking) => vmas.some((vma) => vma.huge),
  /** Pages may be swapped out. */
  swap: byOperation,
  /** Pages may be migrated. */
  migration: byOperation,
  /** Present entries may be closed to the CPU. */
  hints: byOperation,
  /** Pages may be pinned for devices. */
  pins: byOperation,
  /** Pages may be pinned for devices that only read. */
  readPins: byOperation,
  /** A pipe may hold a page. */
  pipe: byOperation,
  /** Pages may be freed lazily (MADV_FREE), so that dirty bits matter. */
  lazy: byOperation,
  /** Soft-dirty bits may be cleared, to see which pages are stored to from then on. */
  softDirty: byOperation,
  /** VMAs may be locked into memory. */
  mlock: byOperation,
  /** Two pages of one address space may come to share a frame (KSM). */
  merging: byOperation,
  /** VMAs may be closed to every access (PROT_NONE). */
  closing: byOperation,
  /** A monitor fills pages (userfaultfd). */
  monitor: byOperation,
  /** The program's allocator has a lock. */
  mutex: byOperation,
  /** Pages may be discarded at once (MADV_DONTNEED). */
  discards: byOperation,
  /** Calls change VMAs, or a stack may grow. */
  vmaChanges: ({ vmas }: Asking) => vmas.some((vma) => vma.stack),
  /** VMAs may be left out of a fork, or emptied by it. */
  forkAdvice: byOperation,
  /** Some memory is a device's. */
  devices: ({ vmas }: Asking) => vmas.some((vma) => vma.device),
  /** Some VMA grows downwards. */
  stacks: ({ vmas }: Asking) => vmas.some((vma) => vma.stack),
  /** Pages may move to other addresses. */
  moves: byOperation,
  /** They may move over what is mapped there. */
  movesOver: byOperation,
  /** The system lets two address spaces use one PTE table. */
  sharing: ({ system }: Asking) => system.sharesTables ?? false,
  /** The system marks pages of PTE tables. */
  flags: ({ system }: Asking) => system.flagsTables ?? false,
}

export type Uses = { readonly [K in keyof typeof parts]: boolean }

/** @param needed what the operations of the scenario say that they need. */
export function usesOf(asking: Asking, needed: ReadonlySet<keyof Uses>): Uses {
  const entries = Object.entries(parts).map(([part, isAsked]) => [
    part,
    isAsked(asking) || needed.has(part as keyof Uses),
  ])
  return Object.fromEntries(entries)
}
