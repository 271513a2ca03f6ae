/** Code in the documentation compiles under the strict options of this project, and runs. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { readText, root } from '../../tools/docs/files.js'
import { forkcheck, temporaryFolder, write } from '../cli/command.js'
import { runOwnTests } from '../support/own-project.js'

const pages = [
  'README.md',
  ...(readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }) as string[])
    .filter((path) => path.endsWith('.md') && !/^(.vitepress|api)/.test(path))
    .map((path) => `docs/${path}`),
]

/** Blocks stand beside the model that `forkcheck init` writes: they may import it. */
const BESIDE = join(root, 'docs/examples/starter')

/** All TypeScript blocks, by names of files that do not exist. */
const blocks = new Map(
  pages
    // The tutorial shows a file in pieces; test/examples/tutorial.test.ts compares them.
    .filter((page) => page !== 'docs/tutorial.md')
    .flatMap((page) =>
      [...readText(page).matchAll(/```ts\n([\s\S]*?)```/g)].map(
        ([, text], i) =>
          [
            join(BESIDE, `${page.replaceAll(/\W/g, '-')}-${i + 1}.ts`),
            `${text}export {}\n`,
          ] as const,
      ),
    ),
)

function compiled(): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  const own: Partial<ts.CompilerHost> = {
    fileExists: (path) => blocks.has(path) || fileExists(path),
    readFile: (path) => blocks.get(path) ?? readFile(path),
    getSourceFile: (path, ...rest) => {
      const text = blocks.get(path)
      if (text === undefined) return getSourceFile(path, ...rest)
      return ts.createSourceFile(path, text, rest[0])
    },
  }
  return ts.createProgram([...blocks.keys()], options, { ...host, ...own })
}

describe('TypeScript blocks', () => {
  const program = compiled()
  test('there are some', () => expect(blocks.size).toBeGreaterThanOrEqual(5))
  test.each([...blocks.keys()])('%s', (path) => {
    const file = program.getSourceFile(path)
    const found = ts
      .getPreEmitDiagnostics(program, file)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
    expect(found).toEqual([])
  })
})

/** The blocks of README and of the guide on changing a protocol, of a language. */
function blocksOf(language: string): readonly (readonly [string, string])[] {
  return ['README.md', 'docs/guide/change-a-protocol.md'].flatMap((page) =>
    [...readText(page).matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
      ([, text], i) => [`${page} ${i + 1}`, text] as const,
    ),
  )
}

describe('mutants are caught', () => {
  test.each(blocksOf('js'))('%s', async (_, text) => {
    const cwd = temporaryFolder()
    write(cwd, 'mine.mjs', text)
    const { code, out } = await forkcheck(['check', '--mutant', './mine.mjs'], { cwd })
    expect(code).toBe(1)
    expect(out).toMatch(/^violated /m)
    // The flaw is the one that the page tells of: a write through an entry that was not flushed.
    expect(out.replaceAll(/\s+/g, ' ')).toContain('the child finds what parent2 wrote')
    expect(out).toContain('with another forkFlush')
  })
})

describe('tests pass in a project of its own', () => {
  test.each(blocksOf('ts'))('%s', (_, text) => {
    expect(text).toContain("'vitest'")
    const cwd = temporaryFolder()
    write(cwd, 'package.json', '{ "type": "module" }')
    write(cwd, 'own.test.ts', text)
    const { status, printed } = runOwnTests(cwd)
    expect(printed).toContain('"numFailedTests":0')
    expect(status).toBe(0)
  })
})
