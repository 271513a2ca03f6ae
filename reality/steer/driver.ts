/** Takes the steps of a story on a held guest, one after the other. */
import type { State } from '../../model/state.js'
import { NONE, PARENT } from '../../model/state.js'
import { areAlike, vmaBefore } from '../../model/vmas.js'
import { skip } from './deeds.js'
import { type Ahead, type Frames, Look } from './look.js'
import type { Missed, Player } from './player.js'
import { programOf, type StoryStep, stalePages, storySteps } from './program.js'
import { processorOf, type Runner, runnersOf } from './runners.js'
import { FAILURES, MUTANT_STOPS, STOPS, type StopAt } from './stops.js'

export interface Story {
  readonly schedule: readonly string[]
  /** The states it leads through, the first one included. */
  readonly states: readonly State[]
  readonly mutant: string | null
  /** Is the property of the story violated in its last state? */
  readonly violates: boolean
  readonly vmas: readonly string[]
}

export type ReplayVerdict =
  | 'driven to its end and violated'
  | 'driven to its end and holds'
  | 'differs'

export interface Outcome {
  readonly verdict: ReplayVerdict
  /** The step (from 1) at which the kernel did something else. */
  readonly step: number | null
  readonly why: string
}

/** Rules by which the kernel handles whole tables, so that pages of the model must fill them. */
const WHOLE_TABLES = ['moveTable', 'collapseClears']
const ENTRIES_PER_TABLE = 512
/** Rules that stand for one page each, of which the kernel takes all of a range at once. */
const ONE_BY_ONE = ['zapPage', 'zapFree', 'movePage']

interface Moment {
  readonly step: StoryStep
  readonly before: State
  readonly after: State
  /** The acting thread. */
  readonly t: number
}

export class Driver {
  readonly runners: Runner[]
  private readonly steps: readonly StoryStep[]
  private readonly programs: ReadonlyMap<string, ReturnType<typeof programOf>>
  private readonly frames: Frames = new Map()

  constructor(private readonly story: Story) {
    this.steps = storySteps(story.schedule)
    const [first] = story.states
    this.runners = runnersOf(first, new Set(this.steps.map(({ who }) => who)))
    this.programs = new Map(
      this.runners.map(({ name }) => {
        const thread = first.actor.findIndex((actor) => actor.name === name)
        return [name, programOf(this.steps, story.states, thread)]
      }),
    )
  }

  /** Real pages for a page of the model. */
  get scale(): number {
    const isWide = this.steps.some(({ rule }) => WHOLE_TABLES.includes(rule))
    return isWide ? ENTRIES_PER_TABLE / this.story.states[0].geometry.pagesPerTable : 1
  }

  /** The programs, as the helper reads them. */
  lines(): string[] {
    return this.runners.flatMap((runner) => [
      `cpu ${runner.thread} ${processorOf(runner)}`,
      ...this.items(runner).map(({ line }) => `op ${runner.thread} ${line}`),
    ])
  }

  private items({ name }: Runner) {
    return this.programs.get(name)?.items ?? []
  }

  async drive(player: Player): Promise<Outcome> {
    const begin = this.runners.filter(
      (runner) =>
        runner.name === 'parent' || (runner.name !== 'child' && this.items(runner).length > 0),
    )
    await player.begin(new Set(begin))
    await this.noteFrames(player)
    for (const [i, step] of this.steps.entries()) {
      const missed = await this.step(player, i, step)
      player.log.push(
        `${i + 1} ${step.text}: ${missed === null ? 'no letter' : missed || 'reached'}`,
      )
      if (missed) return { verdict: 'differs', step: i + 1, why: `${step.text}: ${missed}` }
    }
    const differs = await this.compare(player)
    if (differs) return { verdict: 'differs', step: this.steps.length, why: differs }
    const verdict = this.story.violates
      ? 'driven to its end and violated'
      : 'driven to its end and holds'
    return { verdict, step: null, why: 'memory is as the model says' }
  }

  /** Frames that are never freed in the story stay what they are on the kernel. */
  private async noteFrames(player: Player): Promise<void> {
    const { states } = this.story
    const [{ mm, table, geometry }] = states
    for (const [page, entry] of (await player.entries('parent')).entries()) {
      const { table: at } = mm[0].pmd[Math.floor(page / geometry.pagesPerTable)]
      const frame = at === NONE ? NONE : table[at].pte[page % geometry.pagesPerTable].frame
      if (frame === NONE || !entry?.isPresent) continue
      if (states.every((state) => state.frame[frame].refs > 0)) this.frames.set(frame, entry.frame)
    }
  }

  /** Takes a step. @returns null where it has no letter, '' when reached, else what is missed. */
  private async step(player: Player, i: number, step: StoryStep): Promise<string | null> {
    const runner = this.runners.find(({ name }) => name === step.who)
    if (!runner) return `nobody can play ${step.who}`
    const [before, after] = [this.story.states[i], this.story.states[i + 1]]
    if (!after) return null
    const t = before.actor.findIndex(({ name }) => name === step.who)
    const item = this.programs.get(step.who)?.itemOf(i) ?? 0
    switch (step.rule) {
      case 'walk':
        return this.items(runner)[item]?.op === null ? said(await player.toEnd(runner)) : null
      case 'read':
      case 'write':
        return said(await player.toEnd(runner, { page: step.page ?? 0 }))
      case 'fault':
        return said(await player.toFault(runner, step.page ?? 0))
      case 'faultUnlock':
        return runner.faultReturns === null ? null : said(await player.toFaultEnd(runner))
      case 'answerFlush':
        return null
      case 'flushDone':
        return this.flushDone(player, runner, before, t)
    }
    return this.call(player, runner, i, { step, before, after, t })
  }

  /** Over a flush; who has not answered in the model must not answer here. */
  private async flushDone(
    player: Player,
    runner: Runner,
    before: State,
    t: number,
  ): Promise<string | null> {
    const { asked } = before.thread[t]
    for (const other of this.runners)
      other.isDeaf = asked[before.actor.findIndex(({ name }) => name === other.name)]
    const over = await player.overFlush(runner, asked.includes(true))
    return over && said(over)
  }

  /** A step of a call: to its stop, or to the end of the call. */
  private async call(
    player: Player,
    runner: Runner,
    i: number,
    moment: Moment,
  ): Promise<string | null> {
    const { step, before, after, t } = moment
    const stop = this.stopOf(i, moment)
    if (stop) return this.toStop(player, runner, stop, moment)
    const isOver = after.thread[t].next > before.thread[t].next && after.thread[t].pc === 'user'
    if (!isOver) return null
    const over = said(await player.toEnd(runner))
    return over || step.rule !== 'forkReturn' ? over : player.childBegins()
  }

  private stopOf(i: number, { step, before, after, t }: Moment): StopAt | null {
    const { rule } = step
    const changed = MUTANT_STOPS[this.story.mutant ?? '']?.[rule]
    const stop = changed === undefined ? STOPS[rule] : changed
    if (!stop || this.comesAgain(i, before, t)) return null
    const { pc, slot } = after.thread[t]
    // A VMA that is wiped is not copied, nor is one that the kernel has joined with the one before.
    if (rule === 'forkVma' && (pc !== 'fork.slot' || isJoined(before, after.thread[t].vma)))
      return null
    // A table that is there is not made.
    if (rule === 'forkTable' && before.mm[1].pmd[slot].table !== NONE) return null
    // mprotect flushes only where an entry has lost a permission.
    if (/^change/.test(rule) && pc !== 'flush.wait' && !this.violatesAt(i)) return null
    return stop
  }

  private violatesAt(i: number): boolean {
    return this.story.violates && i === this.steps.length - 1
  }

  /** Does the same operation take such a step again, for a later page? */
  private comesAgain(i: number, before: State, t: number): boolean {
    const { rule, who } = this.steps[i]
    if (!ONE_BY_ONE.includes(rule)) return false
    const [first] = ONE_BY_ONE.includes(rule) && rule === 'movePage' ? ['movePage'] : ['zapPage']
    const size = before.geometry.pagesPerTable
    const tableOf = (k: number) => Math.floor(this.story.states[k].thread[t].page / size)
    return this.steps.some(
      (later, k) =>
        k > i &&
        later.who === who &&
        later.rule === first &&
        this.story.states[k].thread[t].next === before.thread[t].next &&
        (rule !== 'movePage' || tableOf(k) === tableOf(i)),
    )
  }

  /** To a stop; and over the flush there, where the model waits for nobody. */
  private async toStop(
    player: Player,
    runner: Runner,
    stop: StopAt,
    { step, before, after, t }: Moment,
  ): Promise<string> {
    const reached = await player.toStop(runner, stop, pageOfStep(step, before, after, t))
    if ('missed' in reached) return reached.missed
    const failure = FAILURES[step.rule]
    if (failure) player.log.push(`  the stub: ${await skip(failure, reached, player.gdb)}`)
    if (after.thread[t].pc === 'flush.wait') return ''
    const over = await player.overFlush(runner, false)
    return over !== null && 'missed' in over ? over.missed : ''
  }

  /** Page tables, contents and counts as the model's last state has them. */
  private async compare(player: Player): Promise<string | null> {
    const state = this.story.states.at(-1)
    if (!state) return null
    const look = new Look(player, state, this.frames, this.pagesAhead(state))
    return (await look.difference()) ?? this.stale(player, state)
  }

  /** The kernel takes many pages at once where the model goes one by one: those still to come. */
  private pagesAhead(state: State): Ahead {
    const inside = this.runners.filter((runner) => runner.inside)
    const ranges = inside.map(({ name }) => {
      const t = state.actor.findIndex((actor) => actor.name === name)
      const { mm, program } = state.actor[t]
      const { next, page } = state.thread[t]
      return { m: mm, from: page, to: program[next].end }
    })
    return (m, page) => ranges.some((r) => r.m === m && r.from < page && page < r.to)
  }

  /** What the model says a processor caches beside the tables is used by a real access. */
  private async stale(player: Player, state: State): Promise<string | null> {
    for (const runner of this.runners) {
      const t = state.actor.findIndex(({ name }) => name === runner.name)
      if (runner.inside) continue
      for (const page of stalePages(state, t)) {
        player.log.push(`  ${runner.name} caches page ${page} beside the tables: it is accessed`)
        const stop = await player.toEnd(runner, { page })
        if ('missed' in stop) return `${runner.name} page ${page}: ${stop.missed}`
      }
    }
    return null
  }
}

function isJoined(state: State, v: number): boolean {
  const lower = vmaBefore(state, PARENT, state.mm[PARENT].vma[v].start)
  return lower !== NONE && areAlike(state, PARENT, lower, v)
}

const said = (stop: object) => ('missed' in stop ? (stop as Missed).missed : '')

function pageOfStep(step: StoryStep, before: State, after: State, t: number): number | null {
  if (step.rule === 'forkVma') return after.mm[0].vma[after.thread[t].vma].start
  if (step.rule.startsWith('fault')) return before.thread[t].page
  return null
}
