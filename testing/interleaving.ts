/** One way a scenario can go, as a value: who took which step when, and what comes of it. */
import type { Counterexample, Model } from '../checker/model.js'
import { canonicalJson } from '../runs/canonical.js'
import { quoted } from '../runs/commands.js'
import { type CounterexampleFile, counterexamplePath, fileOf } from '../runs/counterexample.js'
import { leadingOf } from '../runs/leading.js'
import { type Replay, replay, type Violation } from '../runs/replay.js'
import { modelOf } from '../runs/setup-model.js'
import type { AnyState, Setup } from '../runs/subject.js'
import { storyText } from '../story/render/text.js'
import { storyOf } from '../story/story.js'

/** A violation with the steps that lead to it. */
type Violated = Replay<AnyState> & { readonly violation: Violation }

export class Interleaving<T extends Setup = Setup> {
  readonly model: Model<AnyState>
  /** The first violation on the way, or null. */
  readonly violation: Violation | null

  /**
   * @param schedule the steps by their names, from the initial state of the scenario.
   * @throws Error when a step is not possible; the message names it and what was.
   */
  constructor(
    readonly setup: T,
    readonly schedule: readonly string[],
  ) {
    this.model = modelOf(setup)
    this.violation = this.replayed().violation
  }

  /** The first violation of one of these properties, with the steps up to it; or null. */
  violated(properties?: readonly string[]): Violated | null {
    const { violation, ...replayed } = this.replayed(properties)
    return violation && { ...replayed, violation }
  }

  /**
   * The first violation as a counterexample file holds it.
   * @throws Error when nothing is violated.
   */
  file(): CounterexampleFile {
    const found = this.violated()
    if (!found) throw new Error('nothing is violated: there is no counterexample')
    return fileOf(this.setup, this.model, { ...found.violation, trace: found.trace })
  }

  /**
   * The story of a violation as text; of none, the steps alone.
   * @param leads may it lead with another violation, of a promise?
   */
  story(found: Violated | null, leads = true): string {
    const { model, schedule, setup } = this
    if (!found) return [`${model.name}: nothing is violated by`, ...schedule, ''].join('\n  ')
    const counterexample = { ...found.violation, trace: found.trace }
    return storyWithFile(setup, model, leads ? leadingOf(model, [counterexample]) : counterexample)
  }

  /** The story of the first violation. */
  toString(): string {
    return this.story(this.violated())
  }

  private replayed(properties?: readonly string[]): Replay<AnyState> {
    const { model, schedule } = this
    const passed = model.properties.filter(({ name }) => properties?.includes(name) === false)
    // No property has this name: whichever fails first ends the replay.
    const claim = { property: '', schedule, alsoViolated: passed.map(({ name }) => name) }
    const replayed = replay(model, claim)
    if (replayed.status === 'stale') throw new Error(replayed.message)
    return replayed
  }
}

/** The story of a violation, and a command for a POSIX shell that replays it without any file. */
export function storyWithFile(
  setup: Setup,
  model: Model<AnyState>,
  found: Counterexample<AnyState>,
): string {
  const footer = [['replay', commandFor(setup, model, found)]] as const
  return storyText(storyOf(setup, model, found.trace, found), { footer })
}

function commandFor(setup: Setup, model: Model<AnyState>, found: Counterexample<AnyState>): string {
  if (setup.foreign) return 'in this test: the mutant comes from no file that is known'
  if (setup.subject && setup.subject.file === null)
    return 'in this test: the model comes from no file that is known'
  const file = fileOf(setup, model, found)
  const name = counterexamplePath(file).replace(/^.*\//, '')
  return `echo ${quoted(canonicalJson(file))} > ${name}; forkcheck replay ${name}`
}
