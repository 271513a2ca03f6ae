/**
 * An independent look at what a search claims. Nothing here is used by searches, and nothing of
 * theirs is used here: rules run as they are written, on one plain state.
 *
 * A list that holds every initial state, and with each state all its successors, holds every state
 * that can be reached. So it is enough to look at each state of the list once.
 */
import { type Model, NO_DEADLOCK, NO_RULE_ERROR, type Property } from '../model.js'
import { messageOf } from '../thrown.js'
import { type Claim, NO_RANK, RejectedError } from './certificate.js'
import { Steps } from './steps.js'

export interface Verified {
  readonly states: number
  /** How many steps lead from one state to another. */
  readonly transitions: number
}

/**
 * Confirms a claim.
 * @param identity the model's `fingerprint`.
 * @param lines the list: packed states in ascending order, their ranks behind them.
 * @param asked the properties that it must be about.
 * @throws RejectedError with the reason when it is not confirmed.
 */
export function verify<S>(
  model: Model<S>,
  identity: string,
  claim: Claim,
  lines: Iterable<string>,
  asked: readonly string[],
): Verified {
  if (claim.identity !== identity) reject(`it is of another model than ${model.name} as it is here`)
  const missing = asked.find((name) => !claim.properties.includes(name))
  if (missing !== undefined) reject(`property ${missing} was asked for and is not certified`)
  return new Verification(model, claim).run(lines)
}

class Verification<S> {
  private readonly steps: Steps<S>
  private readonly always: readonly Property<S>[]
  /** The `eventually` properties, in the order of the ranks. */
  private readonly eventually: readonly Property<S>[]
  /** For each of them and each rank: the fair groups that may be the one that leads on. */
  private readonly leading: readonly Map<number, bigint>[]
  private readonly states = new Map<string, Int32Array>()

  constructor(
    private readonly model: Model<S>,
    private readonly claim: Claim,
  ) {
    this.steps = new Steps(model)
    const properties = claim.properties
      .filter((name) => name !== NO_DEADLOCK && name !== NO_RULE_ERROR)
      .map((name) => this.propertyNamed(name))
    this.always = properties.filter(({ kind }) => kind === 'always')
    this.eventually = claim.ranked.map((name) => this.propertyNamed(name))
    this.leading = claim.ranked.map(() => new Map())
    for (const property of properties) {
      if (property.kind === 'eventually' && !this.eventually.includes(property))
        reject(`property ${property.name} has no ranks`)
      this.needWitness(property)
    }
  }

  run(lines: Iterable<string>): Verified {
    const { packing } = this.steps
    this.read(lines)
    for (const [i, state] of this.model.init.entries()) {
      packing.set(state)
      if (!this.states.has(packing.pack())) reject(`initial state ${i} is not in the list`)
    }
    let transitions = 0
    for (const [text, ranks] of this.states) {
      this.unpack(text)
      this.needProperties(text, ranks)
      transitions += this.needSuccessors(text, ranks)
    }
    for (const [i, groups] of this.leading.entries())
      for (const [rank, possible] of groups)
        if (possible === 0n)
          reject(`${this.claim.ranked[i]}: no fair group leads on from all states of rank ${rank}`)
    return { states: this.states.size, transitions }
  }

  /** Takes the list in. */
  private read(lines: Iterable<string>): void {
    const { ranked, states } = this.claim
    let last = ''
    for (const line of lines) {
      const [text, ...ranks] = line.split(' ')
      if (text <= last) reject(`state ${text} is not in its order in the list`)
      last = text
      if (ranks.length !== ranked.length || !ranks.every((rank) => /^(\.|\d{1,9})$/.test(rank)))
        reject(`state ${text} has not ${ranked.length} ranks`)
      const numbers = ranks.map((rank) => (rank === NO_RANK ? -1 : Number(rank)))
      this.states.set(text, Int32Array.from(numbers))
    }
    if (this.states.size !== states)
      reject(`the list should have ${states} states, and has ${this.states.size}`)
  }

  private unpack(text: string): void {
    try {
      this.steps.packing.unpack(text)
    } catch (error) {
      reject(`${text} is not a state: ${messageOf(error)}`)
    }
  }

  private needProperties(text: string, ranks: Int32Array): void {
    const { state } = this.steps
    for (const { name, holds } of this.always)
      if (!holds(state)) reject(`property ${name} does not hold in state ${text}`)
    for (const [i, { name, from, holds }] of this.eventually.entries())
      if (ranks[i] < 0 && (from?.(state) ?? true) && !holds(state))
        reject(`${name} is not kept in state ${text}, which has no rank`)
  }

  /** Takes every step out of a state. @returns how many there are. */
  private needSuccessors(text: string, ranks: Int32Array): number {
    const { steps, states, leading } = this
    const enabled = steps.enabled()
    if (enabled.length === 0 && this.claim.properties.includes(NO_DEADLOCK))
      if (!this.model.final(steps.state)) reject(`nothing is enabled in state ${text}: not final`)
    const fair = steps.fairOf(...enabled)
    for (const [i, rank] of ranks.entries())
      if (rank >= 0) leading[i].set(rank, (leading[i].get(rank) ?? steps.allFair) & fair)
    const before = steps.packing.values()
    for (const action of enabled) {
      const next = steps.take(action)
      const after =
        states.get(next) ?? reject(`${action.label} leads from ${text} to ${next}: not in the list`)
      for (const [i, { name, holds }] of this.eventually.entries()) {
        if (ranks[i] < 0) continue
        const where = `${name}: ${action.label} leads from ${text}, of rank ${ranks[i]},`
        if (after[i] < 0 && !holds(steps.state)) reject(`${where} to a state without a rank`)
        if (after[i] > ranks[i]) reject(`${where} to a state of rank ${after[i]}`)
        if (after[i] !== ranks[i]) continue
        leading[i].set(ranks[i], (leading[i].get(ranks[i]) ?? 0n) & ~steps.fairOf(action))
      }
      steps.packing.restore(before)
    }
    return enabled.length
  }

  /** Checks by its schedule that a required situation is reached. */
  private needWitness({ name, kind, required, holds, from = () => true }: Property<S>): void {
    if (kind === 'always' || !(required ?? kind === 'sometimes')) return
    const schedule = this.claim.witnesses[name] ?? reject(`property ${name} has no witness`)
    for (const { path } of this.steps.from(schedule))
      if (path.length > schedule.length && (kind === 'sometimes' ? holds : from)(this.steps.state))
        return
    reject(`the witness of ${name} does not lead to it`)
  }

  private propertyNamed(name: string): Property<S> {
    const found = this.model.properties.find((property) => property.name === name)
    return found ?? reject(`${this.model.name} has no property ${name}`)
  }
}

function reject(why: string): never {
  throw new RejectedError(why)
}
