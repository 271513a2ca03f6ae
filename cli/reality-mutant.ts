/** The system `linux`, or one with a flaw, for commands that compare with a kernel. */
import type { System } from '../model/systems/index.js'
import { modelSystem } from '../reality/conform/run.js'
import { seededMutants } from '../reality/seeded.js'
import { mutantNamed } from '../runs/fork-machine/names.js'
import { UsageError } from './errors.js'
import type { Io } from './io.js'
import { loadMutants } from './mutant-file.js'

/** @throws UsageError, UnknownNameError unless it is a mutant of `linux`. */
export async function mutantSystem(io: Io, name: string | undefined): Promise<System> {
  if (name === undefined) return modelSystem()
  const seeded = seededMutants.find((mutant) => mutant.name === name)
  if (seeded) return modelSystem(seeded)
  const isFile = /\.m?js$/.test(name)
  const mutant = isFile ? (await loadMutants(io.cwd, [name]))[0] : mutantNamed(name)
  if (mutant.system === 'linux') return modelSystem(mutant, isFile)
  throw new UsageError(`--mutant ${name}: a mutant of ${mutant.system}; linux is what runs`)
}
