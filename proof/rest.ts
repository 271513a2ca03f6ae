/** What is not there: no number, or nothing counted. */
import type { Leaf } from '../checker/state/layout.js'

/** The value of a variable of something that is free, as it is stored. */
export function restOf({ scalar: { min, max } }: Leaf): number {
  return [-1, 0].find((value) => value >= min && value <= max) ?? min
}
