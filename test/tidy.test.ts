/**
 * The house rules that neither the compiler nor the linter knows: what is pure, how long is long.
 * Who may import whom: .dependency-cruiser.mjs, run by `npm run lint`.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
/** The folders whose code must run anywhere: no clock, no randomness, no files. */
const PURE = ['checker', 'model', 'properties', 'runs', 'story', 'proof']
const ALL = [...PURE, 'viewer', 'testing', 'reality', 'cli', 'tools', 'test']

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
const pure = [...sources].filter(
  ([name]) => PURE.some((folder) => inFolder(name, folder)) && !inFolder(name, 'checker/threads'),
)

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

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

describe('the top level', () => {
  const entries = readdirSync(root).filter((name) => !isHidden(name))
  const folders = entries.filter((name) => statSync(join(root, name)).isDirectory())

  it('has at most 14 folders', () => {
    expect(folders.length).toBeLessThanOrEqual(14)
  })

  it('has no folder that holds nothing but a README', () => {
    const lonely = folders.filter((name) => readdirSync(join(root, name)).join() === 'README.md')
    expect(lonely).toEqual([])
  })

  function isHidden(name: string): boolean {
    return name.startsWith('.') || ['node_modules', 'dist', 'coverage', 'artefacts'].includes(name)
  }
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

it('a source is named in words that a reader can look up, not by a number of our own', () => {
  const number = /\b(facts|paper) \d|async_fork\.c [A-Z]\d/
  const found = [...sources].flatMap(([name, text]) =>
    name === 'test/tidy.test.ts'
      ? []
      : text.split('\n').flatMap((line, i) => (number.test(line) ? [`${name}:${i + 1}`] : [])),
  )
  expect(found).toEqual([])
})
