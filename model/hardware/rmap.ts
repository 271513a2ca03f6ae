/**
 * From a frame to the entries that name it (mm/rmap.c). A child's VMAs are linked behind the
 * parent's, so a walk comes to the parent first: what Async-fork needs. Helpers; see
 * tables.ts.
 */
import { NONE, PARENT, type State } from '../state.js'
import { hasTable, pmdOf, pteOf } from './tables.js'

/** The page at which an address space maps a frame, or has a migration entry for it; or NONE. */
export function mappingOf(s: State, m: number, f: number, migrating: boolean): number {
  for (let page = 0; page < s.geometry.pages; page++)
    if (hasTable(s, m, page)) {
      const pte = pteOf(s, m, page)
      if (pte.frame === f && !pte.swapped && pte.migrating === migrating) return page
    }
  return NONE
}

/** Is a frame part of a huge page in some address space? */
export function isInHuge(s: State, f: number): boolean {
  for (let m = 0; m < s.geometry.mms; m++) {
    const page = mappingOf(s, m, f, false)
    if (page !== NONE && pmdOf(s, m, page).huge) return true
  }
  return false
}

/** The address space a walk comes to after another one, or NONE after the last. */
export const spaceBehind = (s: State, m: number) => (m + 1 < s.geometry.mms ? m + 1 : NONE)

/** Where a walk begins. */
export const firstSpace = () => PARENT
