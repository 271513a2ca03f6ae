/**
 * Names in rules and properties mean what the files say that these are in: their own functions, and
 * what they import. The engine knows functions and modules at run time, not files.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import type { Condition, Model, Scope } from '../../checker/model.js'
import { meaningsIn } from '../../checker/rules/scopes.js'
import { type AnyFunction, forEachPart, functionSource } from '../../checker/rules/source.js'
import { mutants, type State, scenarios, systems } from '../../model/index.js'
import { madeOf } from '../../model/rule.js'
import { scopesOf, vocabularyOf } from '../../model/scopes.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every file of rules and properties: its module, and what its text says that names mean. */
interface File {
  readonly path: string
  readonly module: object
  /** Names declared here, exported or not. */
  readonly declared: ReadonlySet<string>
  /** By local name: the file and the name there. */
  readonly imported: ReadonlyMap<string, readonly [path: string, name: string]>
}

async function fileAt(path: string): Promise<File> {
  const text = readFileSync(path, 'utf8')
  const imported = new Map<string, readonly [string, string]>()
  for (const [, names, from] of text.matchAll(/^import \{([^}]*)\} from '(\.[^']*)'/gm))
    for (const one of names.split(',').map((name) => name.trim())) {
      const [, name, local = name] = one.match(/^(\w+)(?: as (\w+))?$/) ?? []
      if (name) imported.set(local, [join(dirname(path), from.replace(/\.js$/, '.ts')), name])
    }
  const declarations = text.matchAll(/^(?:export )?(?:function\*?|const|let|class) (\w+)/gm)
  const declared = new Set([...declarations].map(([, name]) => name))
  return { path, module: await import(pathToFileURL(path).href), declared, imported }
}

const paths = ['model', 'properties'].flatMap((folder) =>
  (readdirSync(join(root, folder), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(root, folder, name)),
)
const files = new Map<string, File>()
for (const path of paths) files.set(path, await fileAt(path))

const fileOf = new Map<unknown, File>()
for (const file of files.values())
  for (const fn of scopesOf([file.module])[0].functions)
    if (!fileOf.has(fn) || Object.values(file.module).includes(fn)) fileOf.set(fn, file)

/** The meaning of a name in a file. `hidden`: it is declared there and not exported. */
function meantIn({ declared, imported, module }: File, name: string): unknown {
  if (declared.has(name)) return (module as Record<string, unknown>)[name] ?? 'hidden'
  const [path, other] = imported.get(name) ?? []
  const from = path === undefined ? undefined : files.get(path)
  return from && other !== undefined ? meantIn(from, other) : undefined
}

const identifiers = new Map<unknown, ReadonlySet<string>>()
function namesIn(fn: AnyFunction): ReadonlySet<string> {
  const known = identifiers.get(fn)
  if (known) return known
  const names = new Set<string>()
  forEachPart({ body: functionSource(fn).body }, (part) => {
    if (part.type === 'Identifier') names.add(part.name)
  })
  identifiers.set(fn, names)
  return names
}

/** Names in functions of a model that mean something else than in their file; and how many agree. */
function wrongNames(model: Model<State>): { wrong: string[]; right: number } {
  const { everywhere, within } = meaningsIn(model)
  const wrong: string[] = []
  let right = 0
  const rules = model.rules.flatMap(({ guard, unless, effect }) => [
    guard,
    ...(unless ?? []),
    effect,
  ])
  const properties = model.properties.flatMap(({ holds, from }) => [holds, from])
  const helpers = (model.scopes ?? []).flatMap(({ functions }: Scope) => [...functions])
  for (const fn of new Set([...rules, ...properties, ...helpers] as AnyFunction[])) {
    const file = fileOf.get(madeOf.get(fn) ?? fn)
    if (!file || /^class/.test(String(fn))) continue
    for (const name of readableNames(fn)) {
      const meant = meantIn(file, name)
      if (typeof meant === 'object' || meant === undefined) continue
      const read = everywhere(name) ?? within(fn, name)
      // A function that names what has no meaning is not read: it runs as it stands.
      if (read === undefined) continue
      if (read === meant) right++
      else if (!isLocal(fn, name)) wrong.push(`${name} in ${file.path.slice(root.length)}`)
    }
  }
  return { wrong: [...new Set(wrong)], right }
}

function readableNames(fn: AnyFunction): Iterable<string> {
  try {
    return namesIn(fn)
  } catch {
    return []
  }
}

/** Is a name declared in the function itself? */
function isLocal(fn: AnyFunction, name: string): boolean {
  const declares = new RegExp(`\\b(?:const|let)\\b[^=;]*\\b${name}\\b`)
  return functionSource(fn).parameters.includes(name) || declares.test(String(fn))
}

it.each(systems.map((system) => [system.name, system] as const))(
  'in %s and its mutants',
  (_, system) => {
    const [scenario] = scenarios
    const setups = [
      {},
      ...mutants.filter((m) => m.system === system.name).map((mutant) => ({ mutant })),
    ]
    let all = 0
    for (const setup of setups) {
      const { wrong, right } = wrongNames(snapshotModel({ scenario, system, ...setup }))
      expect(wrong).toEqual([])
      all += right
    }
    expect(all).toBeGreaterThan(1000)
  },
)

it('a name that two modules give different meanings is theirs alone', () => {
  const one = { same: () => 1, own: () => 2, LIMIT: 3 }
  const other = { same: () => 4, LIMIT: 3 }
  const outside: Condition<State> = () => true
  const model = { vocabulary: vocabularyOf([one, other]), scopes: scopesOf([one, other]) }
  const { everywhere, within } = meaningsIn(model)
  expect(everywhere('same')).toBeUndefined()
  expect([everywhere('own'), everywhere('LIMIT')]).toEqual([one.own, 3])
  expect(within(one.own, 'same')).toBe(one.same)
  expect(within(other.same, 'same')).toBe(other.same)
  expect(within(outside, 'same')).toBeUndefined()
  // Bundlers tell two of one name apart.
  expect(within(other.same, 'same$1')).toBe(other.same)
  expect(within(other.same, 'LIMIT$2')).toBe(3)
})
