/** How much has been tried, and whether it is time to stop. */
import type { Driver } from '../run.js'

export interface ShrinkProgress {
  /** How often a schedule was followed, or a run looked for, in some scenario. */
  readonly replays: number
  readonly states: number
}

export class Effort {
  replays = 0
  /** The reason to stop, once there is one. */
  stopped: string | null = null

  /** @param most replays after which it is time to stop. */
  constructor(
    private readonly driver: Driver<ShrinkProgress>,
    private readonly most = Number.POSITIVE_INFINITY,
  ) {}

  /** Asks the driver. @param states how far the present search has come. */
  async mustStop(states = 0): Promise<boolean> {
    const { replays, most } = this
    if (replays >= most) this.stopped ??= `${most} replays`
    this.stopped ??= (await this.driver.between?.({ replays, states })) ?? null
    return this.stopped !== null
  }

  /** Drives a search until it ends or it is time to stop. */
  async run(search: {
    advance(count: number): boolean
    stop(why: string): void
    progress(): { readonly states: number }
  }): Promise<void> {
    while (!(await this.mustStop(search.progress().states)) && !search.advance(SLICE));
    if (this.stopped !== null) search.stop(this.stopped)
  }
}

/** States of a search between two questions: some 20 ms. */
const SLICE = 5_000
