/** In a worker thread: the setup that a plan names. Models are functions and stay in their threads. */
import { mutants, repairs } from '../model/index.js'
import { forkMachine } from '../runs/fork-machine/subject.js'
import { mutantNamedIn, named } from '../runs/names.js'
import type { MutantInfo, Setup, Subject } from '../runs/subject.js'
import { loadSubject } from './model-file.js'
import { mutantFrom } from './mutant-file.js'
import { takePropertyFiles } from './property-file.js'
import type { PlanData } from './workers.js'

/** Mutants that other mutants build on. Some of them are in no list. */
const bases = new Map<string, MutantInfo>(
  [...mutants, ...repairs].flatMap(({ on }) => (on ? [[on.name, on]] : [])),
)

/** Model files that this thread has loaded. */
const subjects = new Map<string, Promise<Subject>>()

async function subjectOf({ model }: PlanData, cwd: string): Promise<Subject> {
  if (model === undefined) return forkMachine
  const known = subjects.get(model) ?? loadSubject(cwd, model)
  subjects.set(model, known)
  return known
}

export async function setupIn(plan: PlanData, cwd: string): Promise<Setup> {
  const subject = await subjectOf(plan, cwd)
  await takePropertyFiles(cwd, plan.propertyFiles, subject)
  return {
    ...(subject === forkMachine ? {} : { subject }),
    ...plan.setup,
    system: named('system', subject.systems, plan.system),
    ...(await mutantOf(plan, cwd, subject)),
  }
}

async function mutantOf({ mutant, mutantFile }: PlanData, cwd: string, subject: Subject) {
  if (mutant === undefined) return {}
  if (mutantFile === undefined)
    return { mutant: bases.get(mutant) ?? mutantNamedIn(subject, mutant) }
  const { mutant: loaded, foreign } = await mutantFrom(cwd, mutantFile, subject)
  return { mutant: loaded, foreign }
}
