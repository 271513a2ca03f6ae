/** A story of the checker, driven on a running kernel. */
import type { State } from '../../model/state.js'
import { NONE } from '../../model/state.js'
import type { Deed } from './flaws.js'
import { GdbError } from './gdb.js'
import { hostPlace } from './place.js'
import { type Missed, Player, type Runner } from './player.js'
import { programOf, type StoryStep, stalePages, storySteps } from './program.js'
import { heldGuest, symbolsFile } from './snapshot.js'
import { MUTANT_STOPS, STOPS, type StopAt } from './stops.js'
import { helperSymbols, kernelSymbols } from './symbols.js'

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

export interface Driven {
  readonly verdict: ReplayVerdict
  /** The step (from 1) at which the kernel did something else. */
  readonly step: number | null
  readonly why: string
  readonly log: readonly string[]
  readonly kernel: string
  readonly seconds: number
}

/** How often a guest that goes, or threads that do not begin, are tried again. */
const ATTEMPTS = 3

/** Drives a story. @throws MachineError, GdbError, MissingPartError */
export async function driveStory(
  story: Story,
  deeds: readonly Deed[],
  options: { readonly image?: string },
): Promise<Driven> {
  for (let attempt = 1; ; attempt++)
    try {
      const driven = await driveOnce(story, deeds, options)
      const again = attempt > 1 ? [`attempt ${attempt}: the guest went before`] : []
      return { ...driven, log: [...again, ...driven.log] }
    } catch (error) {
      if (!(error instanceof GdbError) || attempt === ATTEMPTS) throw error
    }
}

async function driveOnce(
  story: Story,
  deeds: readonly Deed[],
  options: { readonly image?: string },
): Promise<Driven> {
  const kernel = await kernelSymbols(symbolsFile(options), options)
  const { guest, gdb } = await heldGuest(options)
  const begun = Date.now()
  const driver = new Driver(story)
  try {
    const [first] = story.states
    const { pages, pagesPerTable } = first.geometry
    guest.tell([`steer ${pages} ${pagesPerTable} 1`, ...story.vmas, ...driver.lines(), 'end'])
    const where = { base: hostPlace(pagesPerTable), pages }
    const player = new Player(gdb, kernel, helperSymbols(), driver.runners, where, deeds)
    const result = await driver.drive(player)
    const seconds = (Date.now() - begun) / 1000
    return { ...result, log: player.log, kernel: guest.kernel, seconds }
  } catch (error) {
    const [line = ''] = guest.console().trim().split('\n').slice(-1)
    if (error instanceof GdbError && line) throw new GdbError(`${error.message}: ${line}`)
    throw error
  } finally {
    gdb.close()
    guest.close()
  }
}

class Driver {
  readonly runners: Runner[]
  private readonly steps: readonly StoryStep[]
  private readonly programs: ReadonlyMap<string, ReturnType<typeof programOf>>

  constructor(private readonly story: Story) {
    this.steps = storySteps(story.schedule)
    const [first] = story.states
    const hasSecond = first.actor.some(({ name }) => name === 'parent2')
    this.runners = first.actor.flatMap(({ name, mm }) => {
      const place = placeOf(name, mm, hasSecond)
      if (!place) return []
      const [thread, cpu] = place
      return [
        {
          name,
          thread,
          cpu,
          inside: false,
          item: 0,
          cr3: null,
          faultReturns: null,
          flushReturns: null,
        },
      ]
    })
    this.programs = new Map(
      this.runners.map(({ name }) => {
        const thread = first.actor.findIndex((actor) => actor.name === name)
        return [name, programOf(this.steps, story.states, thread)]
      }),
    )
  }

  lines(): string[] {
    return this.runners.flatMap(({ name, thread }) =>
      (this.programs.get(name)?.items ?? []).map(({ line }) => `op ${thread} ${line}`),
    )
  }

  async drive(player: Player): Promise<Pick<Driven, 'verdict' | 'step' | 'why'>> {
    await player.begin()
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

  /** Takes a step. @returns null where it has no letter, '' when reached, else what is missed. */
  private async step(player: Player, i: number, step: StoryStep): Promise<string | null> {
    const runner = this.runners.find(({ name }) => name === step.who)
    if (!runner) return `nobody can play ${step.who}`
    const [before, after] = [this.story.states[i], this.story.states[i + 1]]
    if (!after) return null
    const t = before.actor.findIndex(({ name }) => name === step.who)
    const said = (stop: object) => ('missed' in stop ? (stop as Missed).missed : '')
    const hasItem = this.programs.get(step.who)?.itemOf(i) ?? 0
    switch (step.rule) {
      case 'walk':
        if (this.programs.get(step.who)?.items[hasItem]?.op !== null) return null
        return said(await player.toEnd(runner))
      case 'read':
      case 'write':
        return said(await player.toEnd(runner, { page: step.page ?? 0 }))
      case 'fault':
        return said(await player.toFault(runner, step.page ?? 0))
      case 'faultUnlock':
        if (runner.faultReturns === null) return null
        return said(await player.toFaultEnd(runner))
      case 'answerFlush':
        return null
      case 'flushDone': {
        // Who has not answered in the model must not answer here.
        const over = await player.overFlush(runner, before.thread[t].asked.includes(true))
        return over && said(over)
      }
    }
    const changed = MUTANT_STOPS[this.story.mutant ?? '']?.[step.rule]
    const stop = changed === undefined ? STOPS[step.rule] : changed
    if (stop && !(step.rule === 'forkVma' && after.thread[t].pc !== 'fork.slot'))
      return this.toStop(player, runner, stop, [step, before, after, t])
    const isOver = after.thread[t].next > before.thread[t].next && after.thread[t].pc === 'user'
    if (!isOver) return null
    const over = said(await player.toEnd(runner))
    return over || step.rule !== 'forkReturn' ? over : player.childBegins()
  }

  /** To a stop; and over the flush there, where the model waits for nobody. */
  private async toStop(
    player: Player,
    runner: Runner,
    stop: StopAt,
    [step, before, after, t]: [StoryStep, State, State, number],
  ): Promise<string> {
    const reached = await player.toStop(runner, stop, pageOfStep(step, before, after, t))
    if ('missed' in reached) return reached.missed
    if (after.thread[t].pc === 'flush.wait') return ''
    const over = await player.overFlush(runner, false)
    return over !== null && 'missed' in over ? over.missed : ''
  }

  /** Page tables, contents and counts as the model's last state has them. */
  private async compare(player: Player): Promise<string | null> {
    const state = this.story.states.at(-1)
    if (!state) return null
    const frames = new Map<number, bigint>()
    const isAhead = this.pagesAhead(state)
    const isShownAhead = (frame: number) =>
      state.mm.some((mm, m) =>
        mm.pmd.some(({ table }, slot) =>
          (table === NONE ? [] : state.table[table].pte).some(
            (pte, i) => pte.frame === frame && isAhead(m, slot * state.geometry.pagesPerTable + i),
          ),
        ),
      )
    for (const [m, who] of ['parent', 'child'].entries()) {
      if (m >= state.mm.length || state.mm[m].users === 0) continue
      const seen = await player.entries(who)
      if (seen.length === 0) return `${who}: its tables cannot be seen`
      for (const [page, entry] of seen.entries()) {
        if (isAhead(m, page)) continue
        const { table } = state.mm[m].pmd[Math.floor(page / state.geometry.pagesPerTable)]
        const pte =
          table === NONE ? null : state.table[table].pte[page % state.geometry.pagesPerTable]
        const mapped = pte !== null && pte.frame !== NONE && !pte.swapped && !pte.migrating
        const where = `${who} page ${page}`
        if (mapped !== (entry?.isPresent ?? false))
          return `${where}: kernel ${entry?.isPresent ? 'mapped' : 'not mapped'}, model ${mapped ? 'mapped' : 'not mapped'}`
        if (!mapped || !entry || !pte) continue
        const frame = state.frame[pte.frame]
        if (frames.has(pte.frame) && frames.get(pte.frame) !== entry.frame)
          return `${where}: another frame`
        frames.set(pte.frame, entry.frame)
        const content = entry.content === 0n ? 1 : Number(entry.content)
        if (content !== frame.value && frame.value > 1)
          return `${where}: content ${content}, model ${frame.value}`
        if (entry.isWritable !== pte.writable)
          return `${where}: kernel ${entry.isWritable ? 'writable' : 'read-only'}, model not`
        if (entry.mappings !== frame.maps && !isShownAhead(pte.frame))
          return `${where}: ${entry.mappings} mappings, model ${frame.maps}`
      }
    }
    return this.stale(player, state)
  }

  /** The kernel takes many pages at once where the model goes one by one: those still to come. */
  private pagesAhead(state: State): (m: number, page: number) => boolean {
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

function placeOf(name: string, mm: number, hasSecond: boolean): [number, string] | null {
  if (name === 'parent') return [0, '01']
  if (name === 'parent2') return [1, '02']
  if (name === 'child') return [2, '01']
  return mm < 0 && !hasSecond ? [1, '02'] : null
}

function pageOfStep(step: StoryStep, before: State, after: State, t: number): number | null {
  if (step.rule === 'forkVma') return after.mm[0].vma[after.thread[t].vma].start
  if (step.rule.startsWith('fault')) return before.thread[t].page
  return null
}
