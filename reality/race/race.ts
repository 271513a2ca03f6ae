/** Two operations at the same time, on a kernel and in the model. */
import { machine } from '../../model/machine.js'
import { parseScenario } from '../../model/parse-scenario.js'
import type { Scenario } from '../../model/scenario.js'
import type { System } from '../../model/systems/system.js'
import type { Machine } from '../machine.js'
import { outcomesOf } from './outcomes.js'

export interface Race {
  readonly name: string
  /** What the second thread's store races with; the last one is work of the kernel. */
  readonly against: object
  readonly pages: number
  readonly vmas: readonly object[]
}

const two = { pages: 2, vmas: [{ from: 0, to: 2, write: true, populated: [0, 1] }] }

/** A store to page 0 against each; all but the first after a fork. */
export const races: readonly Race[] = [
  { name: 'fork', against: { do: 'fork' }, ...two },
  { name: 'munmap', against: { do: 'munmap', from: 0, to: 1 }, ...two },
  { name: 'mprotect', against: { do: 'mprotect', from: 0, to: 2, write: false }, ...two },
  { name: 'dontneed', against: { do: 'dontneed', from: 0, to: 2 }, ...two },
  {
    name: 'mremap',
    against: { do: 'mremap', from: 0, to: 1, target: 2 },
    pages: 3,
    vmas: [{ from: 0, to: 1, write: true, populated: [0] }],
  },
  { name: 'migrate', against: { do: 'migrate', page: 0 }, ...two },
]

export interface Raced {
  readonly name: string
  readonly rounds: number
  /** Outcomes of the kernel, and how often each was seen. */
  readonly seen: ReadonlyMap<string, number>
  /** Outcomes of the model. */
  readonly allowed: ReadonlySet<string>
  /** Outcomes that the model does not have. */
  readonly foreign: readonly string[]
}

/** The scenario of a race. */
export function scenarioOf({ against, pages, vmas }: Race): Scenario {
  const store = { do: 'write', page: 0 }
  const fork = { do: 'fork' }
  const { do: name } = against as { do: string }
  const isKernel = name === 'migrate'
  const isFork = name === 'fork'
  return parseScenario({
    format: 1,
    name: 'race',
    pages,
    pagesPerTable: pages,
    vmas,
    parent: isKernel ? [[fork, store]] : isFork ? [[fork], [store]] : [[fork, against], [store]],
    child: [],
    kernel: isKernel ? [[against]] : [],
    reaches: [],
    options: { faultLock: 'mmap' },
  })
}

/** The lines of a request. */
export function linesOf(race: Race, rounds: number, system: System): string[] {
  const scenario = scenarioOf(race)
  const [first] = machine(scenario, system).init
  const isStore = ({ do: name }: { do: string }) => name === 'write'
  const store = first.actor.flatMap(({ program }) => program).find(isStore)
  const { against } = race
  const fields = { page: 0, from: 0, to: 0, target: 0, write: false, ...against }
  const { do: name, from, to, target, page } = fields as typeof fields & { do: string }
  const numbers: Record<string, readonly number[]> = {
    mremap: [from, to, to - from, target],
    migrate: [page, 0, 0, 0],
  }
  return [
    `race ${race.pages} ${race.pages} ${rounds}`,
    ...scenario.vmas.map((vma) =>
      ['vma', vma.from, vma.to, 1, 0, ...(vma.populated ?? [])].join(' '),
    ),
    `op 0 ${[name, ...(numbers[name] ?? [from, to, 0, 0])].join(' ')}`,
    `op 1 write 0 0 0 ${store?.value}`,
    'end',
  ]
}

/** Runs a race. @throws MachineError */
export async function runRace(
  machine: Machine,
  race: Race,
  rounds: number,
  system: System,
): Promise<Raced> {
  const scenario = scenarioOf(race)
  const storing = scenario.kernel.length > 0 ? 'parent' : 'parent2'
  const allowed = outcomesOf(scenario, system, storing, race.name !== 'fork')
  const answer = await machine.request(linesOf(race, rounds, system))
  return judged(race.name, allowed, answer)
}

/** The helper's lines beside the model's outcomes. */
export function judged(
  name: string,
  allowed: ReadonlySet<string>,
  answer: readonly string[],
): Raced {
  const seen = new Map<string, number>()
  for (const line of answer) {
    const [, count, text] = /^(\d+) (.*)$/.exec(line) ?? []
    if (text !== undefined) seen.set(text.replace(/\s+(;|$)/g, '$1'), Number(count))
  }
  const rounds = [...seen.values()].reduce((x, y) => x + y, 0)
  const foreign = [...seen.keys()].filter((text) => !allowed.has(text))
  return { name, rounds, seen, allowed, foreign }
}
