/**
 * The environment of one page table: what is felt there of everything that happens elsewhere. The
 * proof for any number of page tables (proof/) keeps one table, the spot, as it is, and leaves all
 * others out. A system declares here the steps that take their place.
 */
import type { SystemRule } from '../rule.js'
import type { Place } from '../state.js'

/** How a thread is seen from the spot while it is busy with another table of the VMA. */
export interface Elsewhere {
  /** The thread is at one of these places, or will be after a flush or a detour. */
  readonly at: readonly Place[]
  /** The register that says with which table it is busy. */
  readonly by: 'page' | 'slot' | 'table'
  /** It is seen at this place, and holds no frame, no table and no content. */
  readonly seenAt: Place
}

export interface Environment {
  /**
   * Steps of threads that are busy elsewhere. A rule with the parameter `elsewhere` exists for each
   * slot that stands for other tables of the same VMA.
   */
  readonly rules: readonly SystemRule[]
  readonly elsewhere: readonly Elsewhere[]
  /** Places where a thread's page says nothing: no rule reads it before it is set again. */
  readonly pageless?: readonly Place[]
  /** The modules whose functions the rules' text names, beside the system's own. */
  readonly vocabulary: readonly object[]
}
