/** Sentences for changes that several variables share. */
import type { ToldChange } from './declaration.js'
import { isNothing } from './values.js'

/** A lock that one thread holds. */
export const heldBy = ({ name, to }: ToldChange) =>
  isNothing(to) ? `the ${name} is free` : `the ${name} is held by ${to}`

/** A pointer from one address space to another. */
export const tiedTo =
  (what: string, whole: (to: string) => string = (to) => to) =>
  ({ to, owner, number }: ToldChange) => {
    const it = [`${owner}'s`, what, number].join(' ').trim()
    return isNothing(to) ? `${it} is no longer tied` : `${it} is tied to ${whole(to)}`
  }
