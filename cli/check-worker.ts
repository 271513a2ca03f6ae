/** The work of a worker thread: one check after the other, as tasks arrive; see workers.ts. */

import { mutants, repairs } from '../model/index.js'
import { confirm } from '../runs/confirm.js'
import { forkMachine } from '../runs/fork-machine/subject.js'
import { named } from '../runs/names.js'
import { runSetup } from '../runs/run.js'
import type { MutantInfo, Subject } from '../runs/subject.js'
import { oneLine } from './errors.js'
import { loadSubject } from './model-file.js'
import { mutantFrom } from './mutant-file.js'
import { type CheckAnswer, type CheckTask, STOP } from './workers.js'

/** Mutants that other mutants build on. Some of them are in no list. */
const bases = new Map<string, MutantInfo>(
  [...mutants, ...repairs].flatMap(({ on }) => (on ? [[on.name, on]] : [])),
)

/** Model files that this thread has loaded. */
const subjects = new Map<string, Promise<Subject>>()

async function subjectOf({ model }: CheckTask['plan'], cwd: string): Promise<Subject> {
  if (model === undefined) return forkMachine
  const known = subjects.get(model) ?? loadSubject(cwd, model)
  subjects.set(model, known)
  return known
}

/** Does a check; its failure is an answer too, as threads cannot throw at each other. */
export default async function work(task: CheckTask): Promise<CheckAnswer> {
  const { plan, limits, deadline, control, number, cwd } = task
  const shared = new Int32Array(control)
  const isLate = () => deadline !== null && Date.now() >= deadline.at
  if (Atomics.load(shared, STOP) === 1) return { kind: 'not started' }
  try {
    const subject = await subjectOf(plan, cwd)
    const setup = {
      ...(subject === forkMachine ? {} : { subject }),
      ...plan.setup,
      system: named('system', subject.systems, plan.system),
      ...(await mutantOf(plan, cwd, subject)),
    }
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

async function mutantOf({ mutant, mutantFile }: CheckTask['plan'], cwd: string, subject: Subject) {
  if (mutant === undefined) return {}
  if (mutantFile === undefined)
    return { mutant: bases.get(mutant) ?? named('mutant', subject.mutants, mutant) }
  const { mutant: loaded, foreign } = await mutantFrom(cwd, mutantFile, subject)
  return { mutant: loaded, foreign }
}
