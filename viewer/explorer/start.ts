/** Where an explorer begins: where its link says, or else where the command line does. */

import { type Mutant, scenarios, systems } from '../../model/index.js'
import type { Linked } from '../../runs/link.js'
import { parseLink } from '../../runs/link.js'
import { MUTANT_PATH, outsideMutant } from '../../runs/outside-mutant.js'

/** A mutant from a file, which the page was given. */
export interface Outside {
  readonly mutant: Mutant
  /** The name of the file. */
  readonly file: string
}

export interface Start {
  readonly linked: Linked
  readonly problem: string | null
  readonly outside: Outside | null
}

/** @param given what who served the page put into it: a link, and the name of a mutant's file. */
export async function startOf(given: string | undefined | null): Promise<Start> {
  const { link: first, mutantFile } = JSON.parse(given ?? 'null') ?? {}
  const nothing: Linked = {
    setup: { system: systems[systems.length - 1], scenario: scenarios[0] },
    schedule: [],
    position: 0,
  }
  let outside: Outside | null = null
  try {
    if (typeof mutantFile === 'string') outside = await loaded(mutantFile)
    const link = location.hash.length > 1 ? location.hash.slice(1) : first
    if (typeof link !== 'string') return { linked: nothing, problem: null, outside }
    return { linked: parseLink(link, outside ? [outside.mutant] : []), problem: null, outside }
  } catch (error) {
    return { linked: nothing, problem: (error as Error).message, outside }
  }
}

/** @throws Error for a file that this browser cannot run, or that is no mutant here. */
async function loaded(file: string): Promise<Outside> {
  try {
    const module = await import(/* @vite-ignore */ MUTANT_PATH)
    return { file, mutant: await outsideMutant(module.default, file.replace(/\.m?js$/, '')) }
  } catch (error) {
    throw new Error(`${file} cannot be loaded: ${(error as Error).message}`)
  }
}
