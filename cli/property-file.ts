/** Properties of the user's own, from files. */
import { forgetProperties, takeProperties } from '../runs/fork-machine/own-properties.js'
import { forkMachine } from '../runs/fork-machine/subject.js'
import type { Subject } from '../runs/subject.js'
import { UsageError } from './errors.js'
import { isFileName } from './mutant-file.js'
import { repeated } from './options.js'
import { fromDefault, inTime, userFile } from './user-file.js'

/** The option of commands that take all properties there are. */
export const PROPERTY_FILE = [
  '--property <file>',
  'a file with properties of your own beside the others: .ts, .mts, .js or .mjs (repeatable)',
  repeated,
] as const

/** What `--property` names: properties by their names, and files. */
export interface GivenProperties {
  readonly names: readonly string[]
  readonly files: readonly string[]
}

/** The values of an option that takes both. */
export function givenProperties(given: readonly string[] = []): GivenProperties {
  return {
    names: given.filter((one) => !isFileName(one)),
    files: given.filter((one) => isFileName(one)),
  }
}

/**
 * Takes the properties of files in: from now on they are looked at like the registered ones.
 * @throws UsageError naming the file and the mistake.
 */
export async function takePropertyFiles(
  cwd: string,
  files: readonly string[] = [],
  subject: Subject = forkMachine,
): Promise<void> {
  forgetProperties()
  for (const file of files) {
    if (subject.file)
      throw new UsageError(
        `--property ${file}: the properties of ${subject.file.file} stand in that file; names are allowed`,
      )
    const read = userFile(cwd, file, 'a property file')
    const what = 'a list of properties, or a function that returns one'
    await fromDefault(file, read, what, (exported) =>
      inTime(takeProperties(exported), 'properties'),
    )
  }
}
