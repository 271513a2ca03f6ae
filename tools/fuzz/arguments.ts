/** Command lines, made of the options that the commands themselves declare. */
import type { Command, Option } from 'commander'
import type { Random } from '../../checker/simulate/random.js'
import { mutants, scenarios, systems } from '../../model/index.js'
import { invariants } from '../../properties/index.js'
import { oneIn, pick, STRANGE } from './pick.js'

/** Options that keep a run short, put last: the last one counts. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  check: ['--time', '300ms', '--max-states', '2000'],
  simulate: ['--time', '300ms', '--no-shrink'],
  mutants: ['--time', '300ms'],
  shrink: ['--time', '300ms'],
  prove: ['--time', '300ms', '--simulated', '1'],
  sweep: ['--time', '300ms', '--sample', '1', '--few'],
  compare: ['--pmds', '1', '--system', 'linux', '--operation', 'write'],
}

/** A server, what needs a kernel, what is measured, and what takes its minute: not here. */
const LEFT_OUT = ['explore', 'reality', 'bench', 'start', 'help', 'init', 'work']

const NUMBERS = ['0', '1', '2', '3', '17', '1000']

/** A command line. @param files names of files that are there. */
export function fuzzArguments(
  random: Random,
  program: Command,
  files: readonly string[],
): readonly string[] {
  if (oneIn(random, 30)) return [pick(random, STRANGE), pick(random, STRANGE)]
  const commands = leavesOf(program).filter(({ path }) => !LEFT_OUT.includes(path[0]))
  const { path, command } = pick(random, commands)
  const argv = [...path]
  for (const argument of command.registeredArguments)
    if (argument.required || oneIn(random, 2)) argv.push(value(random, argument.name(), files))
  const { options } = command
  for (let left = random.below(5); left > 0 && options.length > 0; left--)
    argv.push(...option(random, pick(random, options), files))
  if (oneIn(random, 20)) argv.push(pick(random, STRANGE))
  // No system passes a zero character to a program.
  return [...argv.map((text) => text.replaceAll('\0', '')), ...(SHORT[path[0]] ?? [])]
}

interface Leaf {
  readonly path: readonly string[]
  readonly command: Command
}

/** The commands that have no parts. */
function leavesOf(command: Command, path: readonly string[] = []): Leaf[] {
  if (command.commands.length === 0) return [{ path, command }]
  return command.commands.flatMap((part) => leavesOf(part, [...path, part.name()]))
}

function option(random: Random, declared: Option, files: readonly string[]): string[] {
  const flag = declared.long ?? declared.short ?? ''
  if (!declared.required && !declared.optional) return [flag]
  return [flag, value(random, declared.attributeName(), files)]
}

/** A value that may be right for what is called so, or is wrong in some way. */
function value(random: Random, name: string, files: readonly string[]): string {
  if (oneIn(random, 8)) return pick(random, STRANGE)
  if (oneIn(random, 6)) return pick(random, files)
  if (/system/i.test(name)) return pick(random, systems).name
  if (/mutant/i.test(name)) return oneIn(random, 2) ? pick(random, mutants).name : './mutant.mjs'
  if (/property|witness/i.test(name)) return pick(random, invariants).name
  if (name === 'scenario') return oneIn(random, 2) ? 'scenario.json' : pick(random, scenarios).name
  if (name === 'model') return pick(random, ['model.ts', 'model.mjs', 'model.js'])
  if (/time|every/i.test(name)) return pick(random, ['1ms', '50ms', '0.1s', '5', 'soon'])
  if (/memory/i.test(name)) return pick(random, ['1KB', '1MB', '8GB', '0', 'much'])
  if (/format|strategy/i.test(name)) return pick(random, ['text', 'html', 'dot', 'json', 'pct'])
  if (/workers/i.test(name)) return pick(random, ['1', '0', '-1'])
  if (/out|html|svg|junit|graph|certificate|checkpoint|to|record/i.test(name))
    return pick(random, ['out', 'out/deep/file', 'folder', 'scenario.json', 'result.txt'])
  return pick(random, NUMBERS)
}
