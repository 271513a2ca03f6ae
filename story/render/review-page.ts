/** A review as one Markdown page that reads well in a pull request. */
import { changeTitle, type Reviewed } from '../review.js'
import { storyMermaid } from './mermaid.js'
import { storyText } from './text.js'

/** The page. @param since what the corpus is compared with. */
export function reviewPage(reviewed: readonly Reviewed[], since: string): string {
  const lines = ['# Counterexamples', '', `What has changed since \`${since}\`.`, '']
  if (reviewed.length === 0) return `${[...lines, 'Nothing.'].join('\n')}\n`
  lines.push('| what | counterexample | how it ends now |', '|---|---|---|')
  for (const [i, one] of reviewed.entries()) {
    const [kind, ...rest] = changeTitle(one).split('  ')
    lines.push(`| ${kind} | [${cell(rest.join('  '))}](#${i + 1}) | ${cell(one.ends)} |`)
  }
  for (const [i, one] of reviewed.entries()) lines.push('', ...section(one, i + 1))
  return `${lines.join('\n')}\n`
}

function section(one: Reviewed, number: number): string[] {
  const { story, path, after, before, ends } = one
  const lines = [
    `<a id="${number}"></a>`,
    '',
    `## ${number}. ${changeTitle(one)}`,
    '',
    `\`${path}\`, ${ends}.`,
  ]
  const because = after?.explanation ?? before?.explanation
  if (because) lines.push('', `> ${because}`)
  if (!story) return lines
  return [
    ...lines,
    '',
    '```mermaid',
    storyMermaid(story).trimEnd(),
    '```',
    '',
    '<details><summary>step by step</summary>',
    '',
    '```',
    storyText(story).trimEnd(),
    '```',
    '',
    '</details>',
    '',
    `\`forkcheck explain ${path}\``,
  ]
}

/** For a cell of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
