/** The documentation tells the truth: its generated parts are what its scripts write now. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mutants } from '../../model/index.js'
import { corpusIndex } from '../../runs/corpus-index.js'
import { withBlock } from '../../tools/docs/block.js'
import { blocks } from '../../tools/docs/blocks/index.js'
import { readText, root, savedCorpus } from '../../tools/docs/files.js'
import { forkcheck } from '../cli/command.js'
import { isWhole } from '../support/part.js'

const pages = [
  'README.md',
  'README.zh-CN.md',
  ...(readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }) as string[])
    .filter((path) => path.endsWith('.md') && !/^(.vitepress|api)/.test(path))
    .map((path) => `docs/${path}`),
]

describe('generated parts are what npm run docs:write writes', () => {
  const looked = blocks.filter(({ slow }) => isWhole || !slow)
  test.each(looked.map((block) => [block.page, block.name, block] as const))(
    '%s: %s',
    async (page, _, block) => {
      const text = readText(page)
      expect(withBlock(text, block, await block.content())).toBe(text)
    },
  )
  test('every generated part of a page has a script', () => {
    for (const page of pages) {
      const marked = [...readText(page).matchAll(/<!-- generated: (.+) -->/g)].map(([, n]) => n)
      const written = blocks.filter((block) => block.page === page).map(({ name }) => name)
      expect(marked.sort(), page).toEqual([...new Set(written)].sort())
    }
  })
})

describe('links', () => {
  test.each(pages.map((page) => [page]))('of %s lead somewhere', (page) => {
    const text = readText(page).replaceAll(/```[\s\S]*?```/g, '')
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target)
    const broken = targets
      .filter((target) => !/^(https?:|#)/.test(target))
      .map((target) => target.replace(/#.*$/, ''))
      .filter((target) => !exists(join(root, page, '..', target)))
    expect(broken).toEqual([])
  })
})

function exists(path: string): boolean {
  try {
    readdirSync(join(path, '..'))
    return readdirSync(join(path, '..')).includes(path.replace(/^.*\//, ''))
  } catch {
    return false
  }
}

test('the README is short, and every command in it exists', async () => {
  const readme = readText('README.md')
  expect(readme.split('\n').length).toBeLessThanOrEqual(200)
  const named = new Set([...readme.matchAll(/^forkcheck (\w+)/gm)].map(([, name]) => name))
  const { out } = await forkcheck(['--help'])
  expect(named.size).toBeGreaterThan(8)
  for (const name of named) expect(out, name).toMatch(new RegExp(`^ +${name}`, 'm'))
})

test('the index of the corpus names every file', () => {
  const saved = savedCorpus()
  expect(saved.length).toBeGreaterThan(40)
  expect(readText('counterexamples/README.md')).toBe(corpusIndex(saved))
  const shown = new Set(saved.flatMap(({ file }) => file.mutant ?? []))
  expect(shown.size).toBe(mutants.length)
})
