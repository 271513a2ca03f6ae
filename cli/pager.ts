/** Going through stories with keys, one step at a time. */

import { storyText } from '../story/render/text.js'
import type { Story } from '../story/story.js'
import { colorsFor, type Io } from './io.js'
import { dressFor } from './show.js'

/** Something to look at: a line about it, and its story if there is one. */
export interface Page {
  readonly title: string
  readonly story: Story | null
  readonly footer: readonly (readonly [string, string])[]
}

const HELP = 'space or ↓ next step, ↑ back, end all, n next, p previous, q quit'
const CLEAR = '\x1b[2J\x1b[H'

/** Shows pages until the user has seen enough. @param keys the names of the keys pressed. */
export async function page(
  io: Io,
  pages: readonly Page[],
  keys: AsyncIterable<string>,
): Promise<void> {
  let at = 0
  let step = 0
  const show = () => {
    const { stdout } = io
    const raw = stdout.raw ?? stdout
    raw.write(CLEAR)
    stdout.write(screen(io, pages, at, step))
  }
  show()
  for await (const key of keys) {
    const last = pages[at].story?.steps.length ?? 0
    if (key === 'q' || key === 'escape') return
    if (key === 'n' || key === 'right') [at, step] = [Math.min(at + 1, pages.length - 1), 0]
    else if (key === 'p' || key === 'left') [at, step] = [Math.max(at - 1, 0), 0]
    else if (key === 'space' || key === 'down' || key === 'j') step = Math.min(step + 1, last)
    else if (key === 'up' || key === 'k') step = Math.max(step - 1, 0)
    else if (key === 'end' || key === 'g') step = last
    else if (key === 'home') step = 0
    else continue
    show()
  }
}

/** A page up to some step. The reason appears after the last step. */
function screen(io: Io, pages: readonly Page[], at: number, step: number): string {
  const colors = colorsFor(io.stdout, io.env)
  const { title, story, footer } = pages[at]
  const head = `${colors.bold(`${at + 1} of ${pages.length}`)}  ${title}\n\n`
  const help = `\n${colors.dim(HELP)}\n`
  if (!story) return `${head}${help}`
  const isWhole = step >= story.steps.length
  const seen = isWhole
    ? story
    : { ...story, steps: story.steps.slice(0, step), because: null, argument: null }
  const text = storyText(seen, { full: true, footer: isWhole ? footer : [], ...dressFor(io) })
  return `${head}${text}${help}`
}
