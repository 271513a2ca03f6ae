/**
 * The order of a round of `check --watch`: first what the change can have changed, and what was
 * violated before. `--round FILE` is how the rounds, each a process, tell one another.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Outcome, setupParts } from '../../runs/run.js'
import type { Plan } from '../planned-check.js'
import { PartReader, type Parts } from './parts.js'

/** One check as the last round left it. */
interface Last {
  readonly parts: Parts
  /** Rules that were never taken. */
  readonly idle: readonly string[]
  readonly isViolated: boolean
  readonly seconds: number
}

/** What else a round needs to know. */
interface Rest {
  readonly print: (first: readonly Outcome[], others: number) => Promise<void>
  /** Does a violation end it? */
  readonly untilViolated: boolean
}

/** So many seconds of checks, as long as they took last time, come before all others. */
const FIRST_SECONDS = 5

export class Round {
  private readonly last: Readonly<Record<string, Last>>
  private readonly parts: ReadonlyMap<Plan, Parts>

  /** @param file what the last round has written; missing in the first round. */
  constructor(
    private readonly file: string,
    private readonly plans: readonly Plan[],
  ) {
    this.last = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
    const reader = new PartReader()
    this.parts = new Map(plans.map((plan) => [plan, reader.partsOf(plan.setup)]))
  }

  /**
   * Runs the plans.
   * @param print prints the outcomes of the plans that run first, before the others begin.
   * @returns the outcomes in the order of the plans.
   */
  async run(
    run: (plans: readonly Plan[]) => Promise<readonly (Outcome | null)[]>,
    { print, untilViolated }: Rest,
  ): Promise<readonly (Outcome | null)[]> {
    const first = this.first()
    const outcomes = new Map<Plan, Outcome>()
    const take = async (some: readonly Plan[]) => {
      const found = some.length === 0 ? [] : await run(some)
      for (const [i, outcome] of found.entries()) if (outcome) outcomes.set(some[i], outcome)
    }
    await take(first)
    const early = [...outcomes.values()]
    const others = this.plans.filter((plan) => !first.includes(plan))
    const isOver = untilViolated && early.some(({ run }) => run.verdict === 'violated')
    if (!isOver && others.length > 0) {
      if (early.length > 0) await print(early, others.length)
      await take(others)
    }
    this.write(outcomes)
    return this.plans.map((plan) => outcomes.get(plan) ?? null)
  }

  /** The plans that come before all others; none where nothing is known. */
  private first(): readonly Plan[] {
    const waiting = this.plans.filter((plan) => this.isAffected(plan))
    const last = (plan: Plan) => this.last[nameOf(plan)]
    const urgent = ({ isViolated, seconds }: Last) => (isViolated ? seconds - 1e9 : seconds)
    waiting.sort((one, other) => urgent(last(one)) - urgent(last(other)))
    let left = FIRST_SECONDS
    return waiting.filter((plan, i) => {
      left -= last(plan).seconds
      return i === 0 || left > 0
    })
  }

  /** Writes down what the next round needs. */
  private write(outcomes: ReadonlyMap<Plan, Outcome>): void {
    const news = [...outcomes].map(([plan, { run }]): [string, Last] => [
      nameOf(plan),
      {
        parts: this.parts.get(plan) ?? {},
        idle: Object.keys(run.fired).filter((name) => run.fired[name] === 0),
        isViolated: run.verdict === 'violated',
        seconds: run.seconds,
      },
    ])
    writeFileSync(this.file, JSON.stringify({ ...this.last, ...Object.fromEntries(news) }))
  }

  /** Was it violated, or has a part changed: a rule that was taken or is new, or a property? */
  private isAffected(plan: Plan): boolean {
    const last = this.last[nameOf(plan)]
    if (!last) return false
    const now = this.parts.get(plan) ?? {}
    const changed = Object.keys({ ...last.parts, ...now }).filter(
      (name) => last.parts[name] !== now[name],
    )
    return last.isViolated || changed.some((name) => !last.idle.includes(name))
  }
}

const nameOf = ({ setup }: Plan) => JSON.stringify(setupParts(setup))
