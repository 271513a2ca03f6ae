/** Ways to choose among the enabled steps of a walk. All of them draw from a seeded generator. */
import type { Random } from './random.js'
import type { Walker } from './walk.js'

/** One way to choose. An object serves one walker; `begin` starts a walk. */
export interface Strategy {
  begin(random: Random): void
  /** Which of the `walker.count` enabled steps is taken next. */
  pick(random: Random): number
}

/** Every enabled step is as likely as any other. */
export class Uniform<S> implements Strategy {
  constructor(private readonly walker: Walker<S>) {}

  begin(): void {}

  pick(random: Random): number {
    return random.below(this.walker.count)
  }
}

/**
 * Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010):
 * actors have random priorities, and the enabled actor with the highest one takes each step. At
 * `depth` - 1 random moments the priority of that actor becomes the lowest. A bug that needs
 * `depth` ordered events is found with a probability of at least 1 / (actors * length^(depth - 1))
 * a walk. If an actor has several steps, all are equally likely.
 */
export class PriorityChanges<S> implements Strategy {
  /** The actor of each action, by number. */
  private readonly actorOf: Int32Array
  /** By actor; the highest acts. */
  private readonly priority: Int32Array
  /** By change: the number of steps before it. */
  private readonly changes: Int32Array
  private steps = 0

  /**
   * @param depth how many ordered events a bug needs, 1 or more.
   * @param length how many steps a walk has, about; 1 or more.
   */
  constructor(
    private readonly walker: Walker<S>,
    depth: number,
    private readonly length: number,
  ) {
    const { actions } = walker.compiled
    const actors = [...new Set(actions.map(({ actor }) => actor))]
    this.actorOf = Int32Array.from(actions, ({ actor }) => actors.indexOf(actor))
    this.priority = new Int32Array(actors.length)
    this.changes = new Int32Array(depth - 1)
  }

  begin(random: Random): void {
    const { priority, changes, length } = this
    this.steps = 0
    const order = Array.from(priority, (_, i) => i + 1)
    random.shuffle(order)
    priority.set(order)
    for (let i = 0; i < changes.length; i++) changes[i] = random.below(length)
  }

  pick(random: Random): number {
    const { changes, priority } = this
    // Below all others, and the later the lower.
    for (let i = 0; i < changes.length; i++)
      if (changes[i] === this.steps) priority[this.first()] = -this.steps * changes.length - i
    this.steps++
    return this.anyOf(this.first(), random)
  }

  /** Among the actors with an enabled step, the one with the highest priority. */
  private first(): number {
    const { walker, actorOf, priority } = this
    let best = actorOf[walker.actionAt(0)]
    for (let i = 1; i < walker.count; i++) {
      const actor = actorOf[walker.actionAt(i)]
      if (priority[actor] > priority[best]) best = actor
    }
    return best
  }

  private anyOf(actor: number, random: Random): number {
    const { walker, actorOf } = this
    let count = 0
    for (let i = 0; i < walker.count; i++) if (actorOf[walker.actionAt(i)] === actor) count++
    let left = random.below(count)
    for (let i = 0; i < walker.count; i++)
      if (actorOf[walker.actionAt(i)] === actor && left-- === 0) return i
    throw new Error('no step of the actor is enabled')
  }
}
