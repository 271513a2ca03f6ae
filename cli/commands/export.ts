/** `forkcheck export`: the model of a scenario in the language of another checker. */
import { type Command, Option } from 'commander'
import { type Model, toPromela, toTla } from '../../checker/index.js'
import { scenarios } from '../../model/index.js'
import { modelOf } from '../../runs/setup-model.js'
import { UsageError } from '../errors.js'
import type { Io } from '../io.js'
import { MODEL } from '../model-file.js'
import { choose } from '../plan.js'

const LANGUAGES = {
  promela: <S>(model: Model<S>) => toPromela(model),
  tla: <S>(model: Model<S>) => toTla(model).module,
  'tla-config': <S>(model: Model<S>) => toTla(model).config,
}

interface ExportOptions {
  readonly to: keyof typeof LANGUAGES
  readonly system?: string
  readonly mutant?: string
  readonly scenario?: string
  readonly model?: string
}

/** Adds the command. */
export function addExport(program: Command, io: Io): void {
  program
    .command('export')
    .description('the whole model of a scenario, in the language of another checker')
    .argument('[scenario]', `name of a standard scenario (default: ${scenarios[0].name})`)
    .addOption(
      new Option('--to <language>', 'promela: for SPIN; tla: for TLC, which also takes tla-config')
        .choices(Object.keys(LANGUAGES))
        .makeOptionMandatory(),
    )
    .option(...MODEL)
    .option('--system <name>', 'of this system (default: async-fork, or the one of the mutant)')
    .option('--mutant <name>', 'with one thing done wrong')
    .option('--scenario <file.json>', 'a scenario of your own')
    .action(async (name: string | undefined, options: ExportOptions) => {
      io.stdout.write(await exported(io, name, options))
    })
}

async function exported(io: Io, name: string | undefined, options: ExportOptions): Promise<string> {
  const { to, system, mutant, scenario, model } = options
  if (name !== undefined && scenario !== undefined)
    throw new UsageError(`export takes one scenario: ${name} and --scenario ${scenario} are two`)
  const isDefault =
    name === undefined && scenario === undefined && mutant === undefined && model === undefined
  const { plans } = await choose(io, isDefault ? [scenarios[0].name] : name ? [name] : [], {
    ...(mutant ? { mutant } : {}),
    ...(scenario ? { scenario: [scenario] } : {}),
    ...(model ? { model } : {}),
    ...(system ? { system: [system] } : mutant || model ? {} : { system: ['async-fork'] }),
  })
  return LANGUAGES[to](modelOf(plans[0].setup))
}
