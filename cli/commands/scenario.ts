/** `forkcheck scenario NAME`: a standard scenario as a file, to make one of one's own. */
import type { Command } from 'commander'
import { named } from '../../runs/names.js'
import { EXIT } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { MODEL, subjectFrom } from '../model-file.js'

/** Where a project that has installed forkcheck finds the schema. */
const SCHEMA = './node_modules/forkcheck/docs/public/schemas/scenario.schema.json'

/** Adds the command. `exit` is called with the exit code. */
export function addScenario(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('scenario')
    .description('print a standard scenario as a file to change: --scenario FILE checks it')
    .argument('<name>', 'see `forkcheck list scenarios`')
    .option(...MODEL)
    .action(async (name: string, { model }: { model?: string }) => {
      const subject = await subjectFrom(io, model)
      const scenario = named('scenario', subject.scenarios, name)
      // A model of the user's own has scenarios of its own kind.
      printJson(io, subject.file ? scenario : { $schema: SCHEMA, ...scenario })
      exit(EXIT.ok)
    })
}
