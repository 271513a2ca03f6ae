/**
 * Generated parts of the documentation. A part stands between two comments of a page:
 * `<!-- generated: NAME -->` and `<!-- end of NAME -->`.
 */

/** One generated part. */
export interface Block {
  /** The page, from the root of the repository. */
  readonly page: string
  /** The name in the two comments; unique on its page. */
  readonly name: string
  /** Does it take longer than some seconds? `npm test` then leaves it to `.ci/run`. */
  readonly slow?: true
  readonly content: () => string | Promise<string>
}

/**
 * The page with another content in a block.
 * @throws Error where the page has no such block.
 */
export function withBlock(text: string, { page, name }: Block, content: string): string {
  const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end of ${name} -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`${page} has no block ${name}`)
  return `${text.slice(0, from + begin.length)}\n${content.trim()}\n${text.slice(to)}`
}

/** A Markdown table. Bars inside of cells are escaped. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
