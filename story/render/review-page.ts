/** A review as one Markdown page that reads well in a pull request. */
import { markdownBlock, markdownCode, markdownText } from '../../runs/escape.js'
import { paragraphOf } from '../paragraph.js'
import { changeTitle, type Reviewed, stepsBeside } from '../review.js'
import type { Story } from '../story.js'
import { storyMermaid } from './mermaid.js'
import { storyText } from './text.js'

/**
 * The page.
 * @param since what the corpus is compared with.
 * @param first what is to be read before everything else.
 */
export function reviewPage(
  reviewed: readonly Reviewed[],
  since: string,
  first: readonly string[] = [],
): string {
  const lines = ['# Counterexamples', '']
  for (const warning of first) lines.push(`**${markdownText(warning)}**`, '')
  lines.push(`Changes since ${markdownCode(since)}.`, '')
  if (reviewed.length === 0) return `${[...lines, 'Nothing.'].join('\n')}\n`
  lines.push('| what | counterexample | how it ends now |', '|---|---|---|')
  for (const [i, one] of reviewed.entries()) {
    const [kind, ...rest] = changeTitle(one).split('  ')
    const title = markdownText(rest.join('  '))
    lines.push(`| ${kind} | [${title}](#${i + 1}) | ${markdownText(one.ends)} |`)
  }
  for (const [i, one] of reviewed.entries()) lines.push('', ...section(one, i + 1))
  return `${lines.join('\n')}\n`
}

function section(one: Reviewed, number: number): string[] {
  const { story, path, after, before, ends } = one
  const lines = [
    `<a id="${number}"></a>`,
    '',
    `## ${number}. ${markdownText(changeTitle(one))}`,
    '',
    `${markdownCode(path)}, ${markdownText(ends)}.`,
  ]
  const because = after?.explanation ?? before?.explanation
  const paragraph = story ? paragraphOf(story).join(' ') : because
  if (story?.verdict === 'violated') lines.push('', ...brokenLines(story))
  if (paragraph) lines.push('', `> ${markdownText(paragraph)}`)
  lines.push(...besides(one))
  if (!story) return lines
  return [
    ...lines,
    '',
    ...markdownBlock(storyMermaid(story), 'mermaid'),
    '',
    ...folded('step by step', markdownBlock(storyText(story))),
    '',
    markdownCode(`forkcheck explain ${path}`),
  ]
}

/** What is broken: the promise, then the discipline. */
function brokenLines({ property, says, earlier, outlook }: Story): string[] {
  const first = `**${markdownText(property)}** is violated: ${markdownText(says)}`
  const second = earlier ? `Also ${earlier.property}: ${earlier.says}` : outlook
  return second === null ? [first] : [first, '', markdownText(second)]
}

/** The old steps beside the new ones, where there are both. */
function besides(one: Reviewed): string[] {
  const rows = stepsBeside(one)
  if (rows.length === 0) return []
  const cells = rows.map(([was, is]) => `| ${markdownText(was)} | ${markdownText(is)} |`)
  return ['', ...folded('old steps beside new ones', ['| before | now |', '|---|---|', ...cells])]
}

function folded(summary: string, lines: readonly string[]): string[] {
  return [`<details><summary>${summary}</summary>`, '', ...lines, '', '</details>']
}
