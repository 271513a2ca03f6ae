/** Walking through a setup by hand: any schedule as a run with its story. */
import { type Action, actionsOf, locationOf, type Model, NO_DEADLOCK } from '../checker/model.js'
import { messageOf } from '../checker/thrown.js'
import {
  chartOf,
  type Flow,
  flowsOf,
  type RoutineInfo,
  type Routines,
  routineOfAll,
} from '../runs/control-flow.js'
import { Cursor } from '../runs/cursor.js'
import { type Replay, replay } from '../runs/replay.js'
import { modelOf, subjectOf } from '../runs/setup-model.js'
import type { AnyState, Narration, Setup } from '../runs/subject.js'
import { Blockage, type Blocked } from './blocked.js'
import { routinePicture } from './render/routine-picture.js'
import { type Depth, runPicture, statesPicture } from './render/state-pictures.js'
import { picturesOf, type ReportedRun, truthsOf, variablesOf } from './report.js'
import { storyOf } from './story.js'

/** A run in the explorer; its graphs are drawn on demand. */
export interface Explored
  extends Pick<ReportedRun, 'title' | 'story' | 'truths' | 'variables' | 'pictures'> {
  readonly states: readonly AnyState[]
  readonly graph: (deep: Depth) => string
}

/** Where somebody stands. */
export interface Whereabouts {
  readonly actor: string
  readonly place: string
  /** The routine that the place belongs to; null where that is not known. */
  readonly routine: RoutineInfo | null
}

/** A step that can be taken. */
export interface Possible {
  readonly label: string
  readonly actor: string
  readonly source: string
}

interface ControlFlow {
  readonly flows: readonly Flow[]
  readonly routines: Routines
}

export class Exploration {
  readonly model: Model<AnyState>
  readonly narration: Narration
  private readonly cursor: Cursor<AnyState>
  private readonly blockage: Blockage
  private readonly always: readonly string[]
  /** Actions that are taken at a place. */
  private readonly placed: readonly Action<AnyState>[]
  private flow: ControlFlow | null = null

  /** @throws MutantError, Error where setup and model do not fit. */
  constructor(readonly setup: Setup) {
    const { properties, narration } = subjectOf(setup)
    const situations = properties.filter(({ kind }) => kind === 'sometimes')
    this.model = modelOf(
      setup,
      situations.map(({ name }) => name),
    )
    this.narration = narration(this.model)
    this.cursor = new Cursor(this.model)
    this.blockage = new Blockage(this.model, this.narration)
    this.always = this.model.properties.map(({ name }) => name)
    this.placed = actionsOf(this.model).filter(({ rule }) => rule.at !== undefined)
  }

  /**
   * The run of a schedule up to the first step that is not possible. Violations do not end it.
   * @returns it, and why it ended early or cannot be drawn, or null.
   */
  run(schedule: readonly string[]): { run: Explored; stale: string | null } {
    const { model, setup } = this
    const walked = replay(model, { property: '', schedule, alsoViolated: this.always })
    const violation = walked.violation ?? this.brokenAtEnd(walked)
    const found = violation ?? { property: NO_DEADLOCK, verdict: 'fixed' as const }
    const story = storyOf(setup, model, walked.trace, found)
    const { pictures, problem } = this.pictures(walked.trace.states)
    const run: Explored = {
      title: setup.mutant ? `with ${setup.mutant.name}` : setup.system.name,
      story,
      states: walked.trace.states,
      variables: variablesOf(setup, model),
      pictures,
      truths: truthsOf(model, { trace: walked.trace, violation: walked.violation }),
      graph: (deep) => runPicture(model, walked.trace, deep),
    }
    return { run, stale: walked.status === 'stale' ? walked.message : problem }
  }

  /** The subject's picture, or why there is none. */
  private pictures(states: readonly AnyState[]) {
    try {
      return { pictures: picturesOf(this.setup, states), problem: null }
    } catch (error) {
      return { pictures: null, problem: messageOf(error) }
    }
  }

  /** An `always` property that fails in the last state and held in the state before. */
  private brokenAtEnd({ trace: { states } }: Replay<AnyState>): Replay<AnyState>['violation'] {
    const last = states[states.length - 1]
    const before = states.at(-2)
    const broken = this.model.properties.find(
      ({ kind, holds }) => kind === 'always' && !holds(last) && (!before || holds(before)),
    )
    if (!broken) return null
    const explanation = broken.explain?.(last) ?? `not so: ${broken.says}`
    return { property: broken.name, step: states.length - 1, explanation }
  }

  /** The rule that a step of a run takes. */
  ruleOf(label: string): string {
    return this.cursor.actions.get(label)?.rule.name ?? label
  }

  possible(state: AnyState): Possible[] {
    this.cursor.moveTo(state)
    return this.cursor
      .enabledActions()
      .map(({ label, actor, rule }) => ({ label, actor, source: rule.source ?? '' }))
  }

  /** The state graph as a picture; of a large one, the nearest states. */
  statesPicture(): string {
    return statesPicture(this.model)
  }

  /** Where everybody stands whose steps are taken at places. */
  whereabouts(state: AnyState): readonly Whereabouts[] {
    const standing = new Map<string, string>()
    for (const { rule, actor, parameters } of this.placed)
      if (!standing.has(actor))
        standing.set(actor, locationOf(this.model, rule)(state, ...parameters))
    const { routines } = this.controlFlow.routines
    return [...standing].map(([actor, place]) => {
      const routine = routines.find(({ places }) => place in places) ?? null
      return { actor, place, routine }
    })
  }

  /** The picture of a routine in this setup, with a place marked. */
  routinePicture(routine: RoutineInfo, place: string): string {
    const { flows, routines } = this.controlFlow
    return routinePicture(chartOf(routine, flows, routines), place)
  }

  /** The control flow of the model, read when it is first looked at. */
  private get controlFlow(): ControlFlow {
    this.flow ??= {
      flows: flowsOf([this.model]),
      routines: subjectOf(this.setup).routines?.(this.setup) ?? routineOfAll(this.model),
    }
    return this.flow
  }

  blocked(state: AnyState): Blocked[] {
    return this.blockage.at(state)
  }
}
