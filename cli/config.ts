/**
 * Defaults of a folder: `forkcheck.config.json` gives options that are not given on the command
 * line. A command that takes some of them says so on stderr.
 */
import { type Command, InvalidArgumentError, type Option } from 'commander'
import * as v from 'valibot'
import { closestName } from '../checker/closest-name.js'
import { CONFIG } from './config-file.js'
import { UsageError } from './errors.js'
import { readJson } from './files.js'
import type { Io } from './io.js'

const value = v.union([v.string(), v.number(), v.boolean(), v.array(v.string())])

const schema = v.strictObject({
  $schema: v.optional(v.string()),
  format: v.literal(1),
  /** By command (`check`, `corpus review`), its options by their names without the dashes. */
  defaults: v.record(v.string(), v.record(v.string(), value)),
})

type Value = v.InferOutput<typeof value>

/**
 * Takes over the defaults of the file for a command whose own options have been read.
 * @param commands the names of all commands.
 * @throws UsageError naming the file, the culprit, and what is allowed.
 */
export function applyConfig(io: Io, command: Command, commands: readonly string[]): void {
  const { defaults } = readConfig(io)
  for (const name of Object.keys(defaults))
    if (!commands.includes(name.split(' ')[0])) refuse(name, 'no such command', name, commands)
  const taken = Object.entries(defaults[pathOf(command)] ?? {}).flatMap(([name, given]) =>
    taking(command, name, given),
  )
  if (taken.length > 0) io.stderr.write(`forkcheck: ${CONFIG} adds ${taken.join(' ')}\n`)
}

function readConfig(io: Io): v.InferOutput<typeof schema> {
  const parsed = v.safeParse(schema, readJson(io, CONFIG), { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const path = v.getDotPath(issue)
  const allowed = 'allowed are format 1, and defaults by command and option'
  throw new UsageError(`${CONFIG}: ${path ?? 'the file'}: ${issue.message}; ${allowed}`)
}

/** Sets an option that was not given. @returns it as it is written; nothing where it was given. */
function taking(command: Command, name: string, given: Value): string[] {
  const where = `${pathOf(command)}.${name}`
  const flag = given === false ? `--no-${name}` : `--${name}`
  const option = command.options.find(({ long }) => long === flag)
  const names = command.options.flatMap(({ long }) => (long ? [long.replace(/^--/, '')] : []))
  if (!option) return refuse(where, `no option of ${pathOf(command)}`, name, names)
  const isFlag = typeof given === 'boolean'
  if (isFlag !== (option.isBoolean() || option.negate))
    refuse(where, isFlag ? 'needs a value' : 'takes no value: true or false')
  const key = option.attributeName()
  const source = command.getOptionValueSource(key)
  if (source !== undefined && source !== 'default') return []
  const texts = isFlag ? [] : [given].flat().map(String)
  command.setOptionValueWithSource(key, isFlag ? given : read(option, texts, where), 'config')
  return [flag, ...texts]
}

/** The value as the command line would have it. */
function read(option: Option, texts: readonly string[], where: string): unknown {
  const { parseArg, variadic } = option
  try {
    if (!parseArg) return variadic ? [...texts] : texts[0]
    return texts.reduce<unknown>((before, text) => parseArg(text, before), undefined)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    return refuse(where, error.message)
  }
}

function refuse(where: string, why: string, name?: string, known: readonly string[] = []): never {
  const close = name === undefined ? null : closestName(name, known)
  throw new UsageError(`${CONFIG}: ${where}: ${why}${close ? `; did you mean ${close}?` : ''}`)
}

/** `check`, or `corpus review`. */
function pathOf(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name()
}
