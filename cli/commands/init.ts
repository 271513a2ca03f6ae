/** `forkcheck init`: a model of one's own to start from, with its tests. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT, reason, UsageError } from '../errors.js'
import type { Io } from '../io.js'
import { packageRoot, packageVersion } from '../package.js'

/** Where the files stand in the package: they are an example of the documentation. */
const STARTER = 'docs/examples/starter'

/** A description of each file. */
const FILES: Readonly<Record<string, string>> = {
  'model.ts': 'the model: variables, rules, properties, scenarios',
  'mutant.ts': 'the model with one mistake, which a property must find',
  'model.test.ts': 'tests for vitest: the model holds, the mutant is found',
  'scenario.json': 'another scenario, for --scenario',
}

/** Of vitest; the newest major version that the matchers are tested with. */
const VITEST = '^4.0.0'

/** Adds the command. `exit` is called with the exit code. */
export function addInit(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('init')
    .description('write a model of your own to start from: model, mutant, tests, scenario')
    .argument('[folder]', 'where; it is made if it is not there (default: here)', '.')
    .action((folder: string) => exit(init(io, folder)))
}

/** @throws UsageError for a file that is there already, or cannot be written. */
function init(io: Io, folder: string): number {
  const target = resolve(io.cwd, folder)
  const inFolder = (name: string) => (folder === '.' ? name : join(folder, name))
  const texts = Object.keys(FILES).map(
    (name) => [name, readFileSync(join(packageRoot(), STARTER, name), 'utf8')] as const,
  )
  const isNew = projectOf(target) === null
  const all = isNew ? [...texts, ['package.json', packageJson()] as const] : texts
  const there = all.find(([name]) => existsSync(join(target, name)))
  if (there) throw new UsageError(`${inFolder(there[0])}: is there already, and stays as it is`)
  let written = folder
  try {
    mkdirSync(target, { recursive: true })
    for (const [name, text] of all) {
      written = inFolder(name)
      writeFileSync(join(target, name), text, { flag: 'wx' })
    }
  } catch (error) {
    throw new UsageError(`${written}: ${reason(error)}`)
  }
  const width = Math.max(...all.map(([name]) => inFolder(name).length))
  for (const [name] of all) {
    const says = FILES[name] ?? 'scripts, and the packages that the tests need'
    io.stdout.write(`${inFolder(name).padEnd(width)}  ${says}\n`)
  }
  io.stdout.write(`\n${nextSteps(folder, isNew).join('\n')}\n`)
  return EXIT.ok
}

/** The folder whose package.json is in force; null if there is none. */
function projectOf(folder: string): string | null {
  const file = join(folder, 'package.json')
  if (existsSync(file) && statSync(file).isFile()) return folder
  const above = dirname(folder)
  return above === folder ? null : projectOf(above)
}

function packageJson(): string {
  const json = {
    name: 'my-model',
    private: true,
    type: 'module',
    scripts: { check: 'forkcheck check --model model.ts', test: 'vitest run' },
    devDependencies: { forkcheck: `^${packageVersion()}`, vitest: VITEST },
  }
  return `${JSON.stringify(json, null, 2)}\n`
}

/** The commands that come next; in a project of the user's own, what its package.json needs. */
function nextSteps(folder: string, isNew: boolean): string[] {
  const model = folder === '.' ? 'model.ts' : join(folder, 'model.ts')
  const install = isNew
    ? `${folder === '.' ? '' : `cd ${folder} && `}npm install && npm test`
    : 'npm install --save-dev forkcheck vitest   (package.json needs "type": "module")'
  return [
    install,
    `forkcheck check --model ${model}`,
    `forkcheck mutants --model ${model}`,
    `forkcheck explore --model ${model}`,
  ]
}
