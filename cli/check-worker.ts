/** The work of a worker thread: one check after the other, as tasks arrive; see workers.ts. */

import { confirm } from '../runs/confirm.js'
import { runSetup } from '../runs/run.js'
import { oneLine } from './errors.js'
import { setupIn } from './worker-setup.js'
import { type CheckAnswer, type CheckTask, STOP } from './workers.js'

/** Does a check; its failure is an answer too, as threads cannot throw at each other. */
export default async function work(task: CheckTask): Promise<CheckAnswer> {
  const { plan, limits, deadline, control, number, cwd } = task
  const shared = new Int32Array(control)
  const isLate = () => deadline !== null && Date.now() >= deadline.at
  if (Atomics.load(shared, STOP) === 1) return { kind: 'not started' }
  try {
    const setup = await setupIn(plan, cwd)
    const { properties, witnesses } = plan
    const outcome = await runSetup(
      setup,
      { ...limits, properties, witnesses },
      {
        seconds: () => performance.now() / 1000,
        between: async ({ states }) => {
          Atomics.store(shared, number, states)
          if (Atomics.load(shared, STOP) === 1) return 'interrupted'
          return isLate() ? (deadline?.limit ?? null) : null
        },
      },
    )
    confirm(outcome)
    const { run, counterexamples, witnesses: found } = outcome
    return { kind: 'done', data: { run, counterexamples, witnesses: found } }
  } catch (error) {
    return {
      kind: 'failed',
      name: error instanceof Error ? error.name : 'Error',
      message: oneLine(error),
    }
  }
}
