/** A mutant from a file that the explorer's page can load: one module that imports nothing. */
import { basename } from 'node:path'
import { forEachPart, programIn } from '../checker/rules/source.js'
import { forkMachine } from '../runs/fork-machine/subject.js'
import type { MutantInfo, Subject } from '../runs/subject.js'
import { oneLine, UsageError } from './errors.js'
import { readText } from './files.js'
import type { Io } from './io.js'
import { mutantFrom } from './mutant-file.js'

export interface PageMutant {
  readonly mutant: MutantInfo
  /** Of the file, without the folders it is in. */
  readonly name: string
  readonly text: string
}

/** @throws UsageError for a file that is no mutant, or imports what a page cannot load. */
export async function pageMutant(
  io: Io,
  file: string,
  subject: Subject = forkMachine,
): Promise<PageMutant> {
  const text = readText(io, file)
  const { mutant } = await mutantFrom(io.cwd, file, subject)
  const wanted = importIn(text, file)
  if (wanted !== null)
    throw new UsageError(
      `${file}: imports ${wanted}, which a page cannot load: a function as default export is given { helpers, systems }`,
    )
  return { mutant, name: basename(file), text }
}

/** The first import of a module, as written in its text; null if it imports nothing. */
function importIn(text: string, file: string): string | null {
  const sources: { readonly start: number; readonly end: number }[] = []
  try {
    forEachPart(programIn(text, 'module'), (part) => {
      // Every form of import and re-export has a source.
      if ('source' in part && part.source) sources.push(part.source)
    })
  } catch (error) {
    throw new UsageError(`${file}: cannot be read: ${oneLine(error)}`)
  }
  if (sources.length === 0) return null
  const { start, end } = sources.reduce((one, other) => (other.start < one.start ? other : one))
  return text.slice(start, end)
}
