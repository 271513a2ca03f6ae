/** The first page of a playground: everything that can be explored, each with its link. */
import { type CounterexampleFile, counterexamplePath } from '../runs/counterexample.js'
import { linkOf } from '../runs/link.js'
import { setupOf } from '../runs/setup.js'
import type { MutantInfo, Setup, Subject } from '../runs/subject.js'

/** One thing to explore. */
export interface PlaygroundEntry {
  readonly name: string
  readonly says: string
  /** Behind the `#` of the explorer's address. It stays the same when the story changes. */
  readonly link: string
  /** What else is known of it: where it comes from, what it breaks, how long it is. */
  readonly facts: readonly string[]
}

/** The entries of a kind, such as the mutants of one system. */
export interface PlaygroundPart {
  readonly title: string
  readonly entries: readonly PlaygroundEntry[]
}

export interface Playground {
  readonly version: string
  readonly parts: readonly PlaygroundPart[]
}

/** Runs by name, as links. The explorer opens `#story=NAME`. */
export type StoryLinks = Readonly<Record<string, string>>

/** A playground's first page, and the stories in it. */
export function playgroundOf(
  subject: Subject,
  files: readonly CounterexampleFile[],
  version: string,
): { page: Playground; stories: StoryLinks } {
  const { systems, scenarios, mutants, soundSystems } = subject
  const stories: Record<string, string> = {}
  const [system] = soundSystems.slice(-1)
  const parts: PlaygroundPart[] = systems.flatMap(({ name, says }) => {
    const own = mutants.filter((mutant) => mutant.system === name)
    const entries = own.map((mutant) => {
      const { broken } = subject.pairOf(mutant)
      const file = storyOf(broken, mutant.breaks, files)
      if (file) stories[mutant.name] = linkOfFile(file, subject)
      return mutantEntry(mutant, broken, file)
    })
    return entries.length > 0 ? [{ title: `Flaws of ${name}: ${says}`, entries }] : []
  })
  const ends = scenarios.map(({ name, says }) => ({
    name,
    says,
    link: new URLSearchParams({ system: system.name, scenario: name }).toString(),
    facts: [],
  }))
  const saved = files.map((file) => {
    const name = counterexamplePath(file).replace(/\.cex\.json$/, '')
    stories[name] = linkOfFile(file, subject)
    const { explanation, mutant, steps } = file
    const facts = [mutant ?? file.system, `scenario ${file.scenario}`, `${steps} steps`]
    return { name, says: explanation, link: `story=${name}`, facts }
  })
  parts.push({ title: `Scenarios, sound ${system.name}`, entries: ends })
  parts.push({ title: 'Saved counterexamples', entries: saved })
  return { page: { version, parts: parts.filter(({ entries }) => entries.length > 0) }, stories }
}

function mutantEntry(
  { name, says, breaks, origin, source }: MutantInfo,
  broken: Setup,
  file: CounterexampleFile | undefined,
): PlaygroundEntry {
  const link = file ? `story=${name}` : linkOf({ setup: broken, schedule: [], position: 0 })
  const breach = file ? `breaks ${file.property} in ${file.steps} steps` : `breaks ${breaks[0]}`
  return { name, says, link, facts: [origin, source, breach] }
}

/** The counterexample that shows a flaw best: of the property that must catch it, and short. */
function storyOf(
  { system, scenario, mutant }: Setup,
  breaks: readonly string[],
  files: readonly CounterexampleFile[],
): CounterexampleFile | undefined {
  const fits = (file: CounterexampleFile) =>
    file.system === system.name &&
    file.scenario === scenario.name &&
    file.mutant === (mutant?.name ?? null) &&
    breaks.includes(file.property)
  const order = (one: CounterexampleFile, other: CounterexampleFile) =>
    breaks.indexOf(one.property) - breaks.indexOf(other.property) || one.steps - other.steps
  return files.filter(fits).sort(order)[0]
}

function linkOfFile(file: CounterexampleFile, subject: Subject): string {
  const setup = setupOf(file, counterexamplePath(file), [], subject)
  return linkOf({ setup, schedule: file.schedule, position: file.schedule.length })
}
