/** The house rules a compiler cannot know: who may import whom, what is pure, how long is long. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { systems } from '../model/index.js'
import { propertyVocabulary } from '../properties/index.js'

const root = fileURLToPath(new URL('..', import.meta.url))
/** The folders whose code must run anywhere: no clock, no randomness, no files. */
const PURE = ['checker', 'model', 'properties', 'core']
const ALL = [...PURE, 'viewer', 'cli', 'bench', 'test']

/** What users' tests are written with. */
const FOR_TESTS = ['properties/fast-check', 'properties/vitest.ts']

const sources = new Map<string, string>()
for (const folder of ALL)
  for (const name of filesOf(folder))
    if (/\.m?tsx?$/.test(name)) sources.set(name, readFileSync(join(root, name), 'utf8'))

function filesOf(folder: string): string[] {
  let names: string[]
  try {
    names = readdirSync(join(root, folder), { recursive: true }) as string[]
  } catch {
    return []
  }
  return names.map((name) => join(folder, name).replaceAll('\\', '/'))
}

const inFolder = (name: string, folder: string) => name.startsWith(`${folder}/`)
const pure = [...sources].filter(([name]) => PURE.some((folder) => inFolder(name, folder)))

/** What a file imports, types included: files of ours by path, everything else by its own name. */
function importsOf(name: string, text: string): string[] {
  const code = withoutComments(text)
  const found = code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g)
  return [...found].map(([, target]) =>
    target.startsWith('.')
      ? normalize(join(dirname(name), target))
          .replaceAll('\\', '/')
          .replace(/\.js$/, '.ts')
      : target,
  )
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

/** May a file import this file of ours? */
function isAllowed(name: string, target: string): boolean {
  const isOneOf = (...folders: string[]) => folders.some((folder) => inFolder(target, folder))
  if (inFolder(name, 'test')) return true
  if (isOneOf('test')) return false
  if (inFolder(name, 'bench')) return true
  if (isOneOf('bench')) return false
  if (inFolder(name, 'viewer')) return !isOneOf('cli')
  if (isOneOf('viewer')) return false
  if (inFolder(name, 'cli')) return true
  if (inFolder(name, 'checker')) return isOneOf('checker')
  if (inFolder(name, 'threads')) return isOneOf('threads', 'checker')
  if (inFolder(name, 'model')) return isOneOf('model', 'checker')
  if (FOR_TESTS.some((entry) => name.startsWith(entry)))
    return isOneOf('properties', 'model', 'core', 'checker')
  if (inFolder(name, 'properties'))
    return isOneOf('properties', 'checker') || target === 'model/state.ts'
  return isOneOf('checker', 'model', 'properties', 'core')
}

describe('imports', () => {
  it('go in the right direction', () => {
    const wrong = [...sources].flatMap(([name, text]) =>
      importsOf(name, text)
        .filter((target) => target.endsWith('.ts') && !isAllowed(name, target))
        .map((target) => `${name} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })

  it('are seen by this test at all', () => {
    const text = [
      "import { a } from './a.js'",
      "import '../checker/b.js'",
      "import type { C } from '../../core/c.js'",
      "export * from './d.js'",
      "const e = await import('./e.js')",
      "import fs from 'node:fs'",
      "// import x from './comment.js'",
    ].join('\n')
    expect(importsOf('model/systems/x.ts', text)).toEqual([
      'model/systems/a.ts',
      'model/checker/b.ts',
      'core/c.ts',
      'model/systems/d.ts',
      'model/systems/e.ts',
      'node:fs',
    ])
    expect(isAllowed('model/systems/x.ts', 'core/c.ts')).toBe(false)
    expect(isAllowed('checker/x.ts', 'model/state.ts')).toBe(false)
    expect(isAllowed('properties/x.ts', 'model/machine.ts')).toBe(false)
    expect(isAllowed('core/x.ts', 'cli/main.ts')).toBe(false)
    expect(isAllowed('cli/x.ts', 'bench/toy.ts')).toBe(false)
    expect(isAllowed('viewer/x.tsx', 'cli/io.ts')).toBe(false)
    expect(isAllowed('cli/x.ts', 'viewer/run.ts')).toBe(false)
    expect(sources.size).toBeGreaterThan(30)
  })
})

it('no clock, no randomness, no node: in what must run anywhere', () => {
  const banned = /['"]node:|\bDate\b|\bperformance\b|\bMath\.random\b|\bprocess\.|\bconsole\./
  const found = pure.flatMap(([name, text]) =>
    withoutComments(text)
      .split('\n')
      .filter((line) => banned.test(line))
      .map((line) => `${name}: ${line.trim()}`),
  )
  expect(found).toEqual([])
})

describe('sizes', () => {
  /** Text for people is not broken into pieces: a line may be as long as the sentence on it. */
  const sentence = /'[^']{40,}'|"[^"]{40,}"|`[^`]{40,}`|`[^`]*\$\{/

  it('lines have at most 100 columns', () => {
    const long = pure.flatMap(([name, text]) => {
      const lines = text.split('\n').entries()
      const places = [...lines].flatMap(([i, line]) =>
        line.length > 100 && !sentence.test(line) ? [i + 1] : [],
      )
      return places.length > 0 ? [`${name}:${places.join()}`] : []
    })
    expect(long).toEqual([])
  })

  it('files have at most 400 lines', () => {
    const long = pure.flatMap(([name, text]) => {
      const lines = text.split('\n').length
      return lines > 400 ? [`${name} has ${lines} lines`] : []
    })
    expect(long).toEqual([])
  })
})

it('no test is skipped or run alone', () => {
  const found = [...sources]
    .filter(([name]) => name.endsWith('.test.ts'))
    .flatMap(([name, text]) =>
      // Put together here, so that this file does not find itself.
      ['only', 'skip', 'todo']
        .filter((word) => text.includes(`.${word}(`))
        .map((w) => `${name}: ${w}`),
    )
  expect(found).toEqual([])
})

describe('names', () => {
  it('that rules are written in are declared once: a bundler renames the second one, also in rules', () => {
    const modules = [...systems.flatMap(({ vocabulary }) => vocabulary), ...propertyVocabulary]
    const entries = modules.flatMap((module) => Object.entries(module))
    // Lists of rules are no words of theirs.
    const words = new Set(entries.flatMap(([word, is]) => (typeof is === 'object' ? [] : [word])))
    const declared = new Map<string, string[]>()
    const bundled = [...pure, ...[...sources].filter(([name]) => inFolder(name, 'viewer'))]
    for (const [name, text] of bundled)
      for (const [, word] of text.matchAll(/^(?:export )?(?:function\*?|const|let|class) (\w+)/gm))
        declared.set(word, [...(declared.get(word) ?? []), name])
    const several = [...declared].filter(([word, names]) => words.has(word) && names.length > 1)
    expect(words.size).toBeGreaterThan(100)
    expect(several).toEqual([])
  })
})
