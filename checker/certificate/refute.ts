/** The certificate of a violated run is its counterexample: here its steps are taken again. */
import { type Model, NO_DEADLOCK, NO_RULE_ERROR, type Property } from '../model.js'
import { type Refutation, RejectedError } from './certificate.js'
import { Steps } from './steps.js'

/**
 * Confirms that a schedule violates a property.
 * @param identity the model's `fingerprint`.
 * @throws RejectedError with the reason when it does not.
 */
export function confirmRefutation<S>(
  model: Model<S>,
  identity: string,
  { identity: claimed, property, schedule, loopStart }: Refutation,
): void {
  if (claimed !== identity)
    throw new RejectedError(`it is of another model than ${model.name} as it is here`)
  const steps = new Steps(model)
  if (![...violations(steps, property, schedule, loopStart)].includes(true))
    throw new RejectedError(`the schedule does not violate ${property}`)
}

/** For each way to take the schedule: is the property violated at its end? */
function* violations<S>(
  steps: Steps<S>,
  name: string,
  schedule: readonly string[],
  loopStart = schedule.length,
): Generator<boolean> {
  const { model } = steps
  const property = model.properties.find((one) => one.name === name)
  if (!property && name !== NO_DEADLOCK && name !== NO_RULE_ERROR)
    throw new RejectedError(`${model.name} has no property ${name}`)
  for (const { path, taken } of steps.from(schedule)) {
    // A step that fails leads to no state.
    const fails = path.length === taken.length
    if (fails || name === NO_RULE_ERROR) yield fails && name === NO_RULE_ERROR
    else if (!property) yield steps.enabled().length === 0 && !model.final(steps.state)
    else if (property.kind === 'always') yield !property.holds(steps.state)
    else if (property.kind === 'eventually') {
      const isLoop = path[loopStart] === path[path.length - 1]
      yield isLoop &&
        isNeverKept(steps, property, path, loopStart) &&
        isFair(steps, path.slice(loopStart), steps.fairOf(...taken.slice(loopStart)))
    }
  }
}

/** Is the promise open at the end of a path, and not kept on its loop? */
function isNeverKept<S>(
  { packing }: Steps<S>,
  { holds, from = () => true }: Property<S>,
  path: readonly string[],
  loopStart: number,
): boolean {
  let isOpen = false
  for (const [i, text] of path.entries()) {
    packing.unpack(text)
    const isKept = holds(packing.state)
    if (isKept && i >= loopStart) return false
    isOpen = !isKept && (isOpen || from(packing.state))
  }
  return isOpen
}

/** Is each fair group taken on a loop, or not enabled somewhere on it? */
function isFair<S>(steps: Steps<S>, loop: readonly string[], taken: bigint): boolean {
  let putOff = steps.allFair & ~taken
  for (const text of loop) {
    steps.packing.unpack(text)
    putOff &= steps.fairOf(...steps.enabled())
  }
  return putOff === 0n
}
