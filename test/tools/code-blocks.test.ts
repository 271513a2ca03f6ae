/** Code in the documentation compiles as it stands, under the strict options of this project. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { readText, root } from '../../tools/docs/files.js'

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
