/** The routines of the kernel and of each system: pictures and steps. */

import { type System, scenarios } from '../../../model/index.js'
import { kernel, kernelRoutines } from '../../../model/kernel/index.js'
import { placesOf, type Routine } from '../../../model/places.js'
import { stepsOf } from '../../../runs/control-flow.js'
import { systemNamed } from '../../../runs/fork-machine/names.js'
import { drawnRoutines, systemFlows } from '../../../runs/fork-machine/routines.js'
import { type Block, markdownTable } from '../block.js'
import { factTable, picture, placeList, stepTable } from '../control-flow.js'

/** A page for each of these systems: its own routines, of the default fork the kernel's. */
const pages: readonly (readonly [system: string, page: string])[] = [
  ['linux', 'kernel'],
  ['async-fork', 'async-fork'],
  ['async-fork-bytedance', 'async-fork-bytedance'],
  ['on-demand-fork', 'on-demand-fork'],
  ['cow-pte', 'cow-pte'],
]

/** A system's own routines; of the default fork those of the kernel. */
function ownRoutines(system: System): readonly Routine[] {
  if (system.name === 'linux') return kernelRoutines
  return system.routines.filter((routine) => !kernelRoutines.includes(routine))
}

function content(system: System): string {
  const places = placesOf(system)
  const flows = systemFlows(system, scenarios)
  const own = ownRoutines(system)
  const all = drawnRoutines(system, own)
  const parts = all.routines.map((routine, i) => {
    const { steps, entries } = stepsOf(routine, flows)
    const drawn = picture(routine, flows, all)
    return [
      `## ${routine.name}`,
      routine.says,
      ...(drawn ? [drawn] : []),
      stepTable([...entries, ...steps], places, all),
      placeList(own[i].places),
    ].join('\n\n')
  })
  const kernelRules = new Set(kernel.map(({ name }) => name))
  const kernelPlaces = placesOf({ routines: kernelRoutines })
  const added = flows.filter(({ at, rule }) => at && at in kernelPlaces && !kernelRules.has(rule))
  const words = 'Steps and hooks of this system that are taken at places of the kernel.'
  if (system.name !== 'linux' && added.length > 0)
    parts.push(`## In the kernel\n\n${words}\n\n${stepTable(added, places, all)}`)
  return parts.join('\n\n')
}

/** All routines, with what each does. */
function index(): string {
  const rows = pages.flatMap(([name, page]) =>
    ownRoutines(systemNamed(name)).map((routine) => [
      `[\`${routine.name}\`](routines/${page}.md#${routine.name.toLowerCase()})`,
      routine.says,
      name === 'linux' ? 'all' : `\`${name}\``,
    ]),
  )
  return markdownTable(['routine', 'what it does', 'system'], rows)
}

export const routineBlocks: readonly Block[] = [
  { page: 'docs/reference/routines.md', name: 'routines', content: index },
  { page: 'docs/reference/routines.md', name: 'facts', content: factTable },
  ...pages.map(
    ([name, page]): Block => ({
      page: `docs/reference/routines/${page}.md`,
      name: 'routines',
      slow: true,
      content: () => content(systemNamed(name)),
    }),
  ),
]
