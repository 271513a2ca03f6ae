/**
 * A story as a DOT digraph: its steps down the middle, with what they change, and beside them what
 * else could have been done.
 */
import { dotText } from '../../runs/escape.js'
import type { Graph } from '../state-graph.js'
import type { Story } from '../story.js'

/** Changes of one step that are listed. */
const LISTED = 4

/** @param around the story's own neighbourhood. */
export function storyDot(story: Story, { nodes, edges, cut, skipped }: Graph): string {
  const last = story.steps.length
  const lines = nodes.map(({ step, onPath }, i) => {
    if (!onPath) return `n${i} [label="", shape=point, width=0.1, color=gray60]`
    const isEnd = step === last || i === nodes.findLastIndex((node) => node.onPath)
    const style = isEnd && story.verdict === 'violated' ? ', color=red, penwidth=2' : ''
    return `n${i} [label="${stateLabel(story, step)}"${style}]`
  })
  for (const { from, to, label, onPath } of edges)
    lines.push(
      onPath
        ? `n${from} -> n${to} [label="${dotText(label)}", penwidth=2, weight=9]`
        : `n${from} -> n${to} [label="${dotText(label)}", style=dashed, color=gray60, fontcolor=gray40]`,
    )
  if (story.because !== null) {
    lines.push(`why [label="${dotText(story.because)}", shape=note, color=red]`)
    lines.push(`why -> n${nodes.findLastIndex((node) => node.onPath)} [style=dotted, dir=none]`)
  }
  if (cut > 0) lines.push(`cut [label="${cut} more steps beside the path", shape=plaintext]`)
  if (skipped > 0)
    lines.push(`skipped [label="the first ${skipped} steps are not drawn", shape=plaintext]`)
  return [
    `digraph "${dotText(`${story.system}/${story.scenario}: ${story.property}`)}" {`,
    '  node [shape=box, fontname=monospace, fontsize=10]',
    '  edge [fontname=monospace, fontsize=9]',
    ...lines.map((line) => `  ${line}`),
    '}',
    '',
  ].join('\n')
}

function stateLabel({ steps }: Story, step: number): string {
  if (step === 0) return 'initial state'
  const changes = steps[step - 1].changes.filter(({ internal }) => !internal)
  const listed = changes.slice(0, LISTED).map(({ name, to }) => `${name} = ${to}`)
  const more = changes.length > LISTED ? [`and ${changes.length - LISTED} more`] : []
  return [`after ${step}`, ...listed, ...more].map((line) => `${dotText(line)}\\l`).join('')
}
