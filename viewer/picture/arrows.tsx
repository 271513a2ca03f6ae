/** What points at what: PTEs at frames, VMAs at each other. They run behind the boxes. */
import { NONE, type State } from '../../model/state.js'
import { useScene } from './cell.js'
import { CELL, type Plan } from './plan.js'
import { entryOf } from './space.js'

/** An arrow for each present entry. */
export function Translations({ plan }: { plan: Plan }) {
  const { state, before } = useScene()
  return (
    <g class="translations">
      {plan.spaces.flatMap(({ m, above, pte }) =>
        Array.from({ length: state.geometry.pages }, (_, page) => {
          const frame = shownFrame(state, m, page)
          const box = frame === NONE ? null : plan.frames[frame]
          if (!box) return null
          const was = before ? shownFrame(before, m, page) : frame
          const x = plan.left + (page + 0.5) * plan.column
          // Several entries may map one frame: they come in side by side.
          const to = box.x + box.width / 2 + (m - 1) * 6
          const [y, end] = above ? [pte + CELL, box.y] : [pte, box.y + CELL]
          const bend = (end - y) / 2
          const writable = entryOf(state, m, page)?.writable
          const classes = [writable ? 'rw' : 'ro', was === frame ? '' : 'new'].join(' ')
          const path = `M${x} ${y} C${x} ${y + bend} ${to} ${end - bend} ${to} ${end}`
          return <path key={`${m} ${page}`} class={classes} d={path} marker-end="url(#head)" />
        }),
      )}
    </g>
  )
}

function shownFrame(s: State, m: number, page: number): number {
  const entry = entryOf(s, m, page)
  return entry && !entry.swapped ? entry.frame : NONE
}

/** A line from each VMA to the one its pointer names; a pair has two lines, one each way. */
export function Pointers({ plan }: { plan: Plan }) {
  const { state, before } = useScene()
  const { vmas } = state.geometry
  return (
    <g class="pointers">
      {plan.spaces.flatMap(({ m, above, vma: y }) =>
        state.mm[m].vma.map(({ start, end, peer }, i) => {
          if (start >= end || peer < 0) return null
          const there = plan.spaces.find((rows) => rows.m === Math.floor(peer / vmas))
          const other = there && state.mm[there.m].vma[peer % vmas]
          if (!there || !other) return null
          const side = above ? -2.5 : 2.5
          const x = plan.left + start * plan.column + side
          const to = plan.left + Math.min(other.start, state.geometry.pages) * plan.column + side
          const [from, until] = above
            ? [y + CELL / 2, there.vma + 4]
            : [y + CELL / 2, there.vma + CELL - 4]
          const isNew = before !== undefined && before.mm[m].vma[i].peer !== peer
          return (
            <path
              key={`${m} ${i}`}
              class={isNew ? 'new' : undefined}
              d={`M${x} ${from} L${to} ${until}`}
              marker-end="url(#pointer-head)"
            />
          )
        }),
      )}
    </g>
  )
}
