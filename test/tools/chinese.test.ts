/** The Chinese pages say what the English ones say: headings, commands, names, figures, links. */
import { expect, test } from 'vitest'
import { readText } from '../../tools/docs/files.js'

const PAIRS: readonly (readonly [english: string, chinese: string])[] = [
  ['README.md', 'README.zh-CN.md'],
  ['docs/index.md', 'docs/zh/index.md'],
  ['docs/guide/is-it-sound.md', 'docs/zh/guide/is-it-sound.md'],
  ['docs/guide/change-a-protocol.md', 'docs/zh/guide/change-a-protocol.md'],
]

/** What must be equal in both, whatever the language around it. */
function bones(text: string) {
  const prose = text.replaceAll(/```[\s\S]*?```/g, '')
  const inline = [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => code.replace(/\s+/g, ' '))
  const words = prose.replaceAll(/`[^`]+`/g, '').replaceAll(/\]\([^)]*\)/g, ']')
  return {
    headings: [...prose.matchAll(/^(#+) /gm)].map(([, marks]) => marks.length),
    commands: [...text.matchAll(/```[\s\S]*?```/g)].flatMap(([block]) => commandsIn(block)),
    names: [...new Set(inline)].sort(),
    figures: [...words.matchAll(/\d[\d,.]*\d|\d/g)].map(([figure]) => figure).sort(),
    items: [...prose.matchAll(/^(\*|\|) /gm)].length,
    targets: [...prose.matchAll(/\]\(([^)#]*)/g)].map(([, target]) => targetOf(target)).sort(),
  }
}

/** The lines of a block without what they say to people. */
function commandsIn(block: string): string[] {
  return block.split('\n').map((line) =>
    line
      .replace(/^(forkcheck .*?) {2,}.*/, '$1')
      .replace(/(#|\/\/) .*/, '')
      .trimEnd(),
  )
}

/** The page that a link leads to, in whatever language. */
function targetOf(target: string): string {
  const page = target.replace(/^(\.\.\/)+/, '').replace(/^(docs\/)?(zh\/)?/, '')
  return page.replace(/^.*\//, '').replace('README.zh-CN.md', 'README.md')
}

test.each(PAIRS)('%s and %s are in step', (english, chinese) => {
  expect(bones(readText(chinese))).toEqual(bones(readText(english)))
})

test('the Chinese pages are in Chinese', () => {
  for (const [, chinese] of PAIRS) {
    const letters = readText(chinese).match(/\p{Script=Han}/gu) ?? []
    expect(letters.length, chinese).toBeGreaterThan(100)
  }
})
