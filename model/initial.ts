/** Before fork: the scenario's VMAs mapped, its populated pages in frames of their own. */

import { expectVmas } from './ghosts.js'
import type { Scenario } from './scenario.js'
import type { Shape } from './shape.js'
import { atRest } from './state/derive.js'
import { sizesOf } from './state/sizes.js'
import { PARENT, type State, variables, ZEROS } from './state.js'

/** The initial state of a scenario: at rest but for what it maps. */
export function initialState(scenario: Scenario, shape: Shape): State {
  const s: State = atRest(variables, sizesOf(shape))
  for (const [t, { mm }] of s.actor.entries()) if (mm > PARENT) s.thread[t].pc = 'unborn'
  s.mm[PARENT].users = s.actor.filter(({ mm }) => mm === PARENT).length
  for (const [v, given] of scenario.vmas.entries()) {
    const vma = s.mm[PARENT].vma[v]
    vma.start = given.from
    vma.end = given.to
    vma.writable = given.write
    vma.device = given.device
    vma.stack = given.stack
    for (let page = given.from; page < given.to; page++) {
      const isPopulated = given.populated?.includes(page) ?? true
      const content = isPopulated ? 2 + (given.same ? given.from : page) : ZEROS
      s.ghost.memory[PARENT][page] = content
      if (isPopulated) populate(s, page, content, given)
    }
  }
  expectVmas(s, PARENT)
  return s
}

/** Maps a page to a frame of its own, which has its number. */
function populate(
  s: State,
  page: number,
  content: number,
  { huge, write }: Scenario['vmas'][number],
): void {
  const slot = Math.floor(page / s.geometry.pagesPerTable)
  const pmd = s.mm[PARENT].pmd[slot]
  pmd.table = slot
  pmd.huge = huge
  pmd.writable = !huge || write
  s.table[slot].used = true
  const pte = s.table[slot].pte[page % s.geometry.pagesPerTable]
  pte.frame = page
  pte.writable = write && !huge
  pte.dirty = s.uses.lazy
  const frame = s.frame[page]
  frame.value = content
  frame.refs = 1
  frame.maps = 1
  frame.exclusive = s.options.reuse === 'exclusive'
}
