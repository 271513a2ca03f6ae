/** The ranges of the machine's variables, each with its value at rest and its words. */
import { flag as bit, type Domain, oneOf, range } from '../../checker/state/domain.js'
import type { Place } from '../places.js'
import type { Uses } from '../uses.js'
import { NONE, UNMAPPED } from './constants.js'
import type { Range, Thing } from './declaration.js'
import type { Sizes } from './sizes.js'
import { nameOfThread, numbered, shortContent, side, yesNo } from './values.js'

/** Where a variable is needed; elsewhere it stays at rest and takes no room. */
type Where = keyof Uses | readonly (keyof Uses)[] | ((m: Sizes) => boolean)

const everywhere: Where = () => true

function isUsed(m: Sizes, where: Where): boolean {
  if (typeof where === 'function') return where(m)
  return [where].flat().some((need) => m.uses[need])
}

/** A truth; false at rest. */
export const flag = (where: Where = everywhere): Range<boolean> => ({
  domain: (m) => bit(isUsed(m, where)),
  rest: false,
  shows: yesNo,
})

/** A number from 0 to the largest; 0 at rest. */
export const upTo = (
  largest: (m: Sizes) => number,
  where: Where = everywhere,
  names?: Range<number>['names'],
): Range<number> => ({
  domain: (m) => range(0, isUsed(m, where) ? largest(m) : 0),
  rest: 0,
  shows: String,
  ...(names ? { names } : {}),
})

/** The number of a thing, or NONE; NONE at rest. */
const orNone = (
  names: Thing,
  count: (m: Sizes) => number,
  shows: Range<number>['shows'] = (i) => numbered(names, i),
) => {
  return (where: Where = everywhere): Range<number> => ({
    domain: (m) => range(NONE, isUsed(m, where) ? count(m) - 1 : NONE),
    rest: NONE,
    shows,
    names,
  })
}

export const threadOrNone = orNone('thread', (m) => m.threads, nameOfThread)
export const mmOrNone = orNone(
  'mm',
  (m) => m.mms,
  (m) => (m === NONE ? '-' : side(m)),
)
export const vmaOrNone = orNone('vma', (m) => m.vmas)
export const pageOrNone = orNone('page', (m) => m.pages)
export const tableOrNone = orNone('table', (m) => m.tables)
/** A frame or a swap slot. */
export const frameOrSlot = orNone('frame', (m) => m.allFrames)
/** A frame of memory. */
export const frameOrNone = orNone('frame', (m) => m.frames)

/** A page, or where a range ends: the number of pages stands behind the last one. */
export const page = upTo((m) => m.pages, everywhere, 'page')

/** What a page or frame holds. */
export const content = (where: Where = everywhere): Range<number> => ({
  ...upTo((m) => m.values - 1, where, 'content'),
  rest: UNMAPPED,
  shows: (value, world) => shortContent(world, value),
})

/** Where a thread stands, or is to go on. */
export const place: Range<Place> = {
  domain: (m): Domain<Place> => oneOf(...m.placeNames),
  rest: 'user',
  shows: String,
}

/** One of some names; the first one at rest. */
export const choice = <const N extends readonly [string, ...string[]]>(
  ...names: N
): Range<N[number]> => ({
  domain: () => oneOf(...names) as Domain<N[number]>,
  rest: names[0],
  shows: String,
})
