/** The work of a worker thread: walks of some plans, as tasks arrive; see simulate-workers.ts. */
import { type CompiledModel, compile } from '../checker/rules/compile.js'
import { modelOf } from '../runs/setup-model.js'
import { simulateModel } from '../runs/simulation.js'
import type { AnyState } from '../runs/subject.js'
import { oneLine } from './errors.js'
import { FIRST_FOUND, type SimulateAnswer, type SimulateTask, STOP } from './simulate-workers.js'
import { setupIn } from './worker-setup.js'
import type { PlanData } from './workers.js'

/** The plan of the last task, compiled: the next task has often the same one. */
let last: { readonly plan: string; readonly model: CompiledModel<AnyState> } | null = null

async function compiled(plan: PlanData, cwd: string): Promise<CompiledModel<AnyState>> {
  const key = JSON.stringify(plan)
  if (last?.plan === key) return last.model
  const model = compile(modelOf(await setupIn(plan, cwd)))
  last = { plan: key, model }
  return model
}

/** Does a task; its failure is an answer too, as threads cannot throw at each other. */
export default async function work(task: SimulateTask): Promise<SimulateAnswer> {
  const { plan, settings, deadline, control, part, cwd } = task
  const shared = new Int32Array(control)
  const why = (): string | null => {
    if (Atomics.load(shared, STOP) === 1) return 'interrupted'
    if (Atomics.load(shared, FIRST_FOUND) < part) return 'not needed'
    return deadline !== null && Date.now() >= deadline.at ? deadline.limit : null
  }
  try {
    if (why() !== null) return { kind: 'not started' }
    const { properties } = plan
    const seen = await simulateModel(
      await compiled(plan, cwd),
      { ...settings, properties },
      { seconds: () => performance.now() / 1000, between: async () => why() },
    )
    if (seen.found !== null) lower(shared, part)
    return { kind: 'done', seen }
  } catch (error) {
    return {
      kind: 'failed',
      name: error instanceof Error ? error.name : 'Error',
      message: oneLine(error),
    }
  }
}

/** Notes that a part has found something: later parts are not needed. */
function lower(shared: Int32Array, part: number): void {
  for (;;) {
    const known = Atomics.load(shared, FIRST_FOUND)
    if (known <= part || Atomics.compareExchange(shared, FIRST_FOUND, known, part) === known) return
  }
}
