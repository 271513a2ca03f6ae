/**
 * Programs of models that come with forkcheck, kept from run to run in the user's cache folder:
 * what a short check would do most of its time is reading rules. A program is kept for one build of
 * forkcheck and one setup. A file that is not whole, or that others may write, is not used, and
 * without a folder nothing is kept: a cache that fails costs time and nothing else.
 */
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { KnownProgram } from '../checker/rules/known-model.js'
import { cacheFolder } from '../reality/cache-folder.js'
import { ownProperties } from '../runs/fork-machine/own-properties.js'
import type { KeptProgram } from '../runs/run.js'
import { isBuiltIn } from '../runs/setup-model.js'
import type { Io } from './io.js'
import type { Plan } from './planned-check.js'

/** The most programs that are kept of a build; each takes some 250 KB. */
const MOST = 100

/** Where the program of a plan is kept; undefined where it is not to be. */
export function keptProgram({ env, build }: Io, plan: Plan): KeptProgram | undefined {
  if (build === undefined || !isBuiltIn(plan.setup) || ownProperties().length > 0) return undefined
  const file = join(cacheFolder(env), `programs-${build.slice(0, 16)}`, `${keyOf(plan)}.json`)
  return { known: read(file), keep: (program) => write(file, program) }
}

/** What a model is made of, given the build: all parts of a setup have names of their own. */
function keyOf({ setup, properties, witnesses }: Plan): string {
  const { system, scenario, mutant } = setup
  const parts = [system.name, scenario, mutant?.name ?? null, properties ?? [], witnesses ?? []]
  return digestOf(JSON.stringify(parts)).slice(0, 32)
}

function read(file: string): KnownProgram | null {
  try {
    if (!isOwn(dirname(file))) return null
    const text = readFileSync(file, 'utf8')
    const end = text.indexOf('\n')
    const data = text.slice(end + 1)
    if (text.slice(0, end) !== digestOf(data)) return null
    const { code, tables, dead } = JSON.parse(data)
    const arrays = tables.map(([name, numbers]: [string, number[]]) => [
      name,
      Int32Array.from(numbers),
    ])
    return { code, tables: new Map(arrays), dead }
  } catch {
    return null
  }
}

function write(file: string, { code, tables, dead }: KnownProgram): void {
  const folder = dirname(file)
  const arrays = [...tables].map(([name, numbers]) => [name, [...numbers]])
  const data = JSON.stringify({ code, tables: arrays, dead })
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!isOwn(folder) || readdirSync(folder).length >= MOST) return
    dropOthers(folder)
    const temporary = `${file}.${process.pid}`
    writeFileSync(temporary, `${digestOf(data)}\n${data}`, { mode: 0o600 })
    renameSync(temporary, file)
  } catch {
    // It is written another time, or never.
  }
}

/** Removes the programs of other builds. */
function dropOthers(folder: string): void {
  const all = dirname(folder)
  for (const name of readdirSync(all))
    if (name.startsWith('programs-') && join(all, name) !== folder)
      rmSync(join(all, name), { recursive: true, force: true })
}

/** May nobody but the user write to a folder? Where there are no such rights, the user's home says so. */
function isOwn(folder: string): boolean {
  const { uid, mode } = statSync(folder)
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0)
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
