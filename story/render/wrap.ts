/** Breaking lines at spaces. Colour codes have no width. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const COLORS = /\x1b\[[0-9;]*m/g

/** How many columns a text takes. */
export function widthOf(text: string): number {
  return text.replace(COLORS, '').length
}

/**
 * A line as several that fit, what goes on standing below the column that it belongs to.
 * @param width columns there are. A word that is longer than that stays whole.
 * @param indent where the first column begins.
 */
export function wrapped(line: string, width: number, indent: number): string[] {
  if (widthOf(line) <= width) return [line]
  const margin = ' '.repeat(columnOf(line, Math.floor((width * 2) / 3), indent))
  const lines: string[] = []
  let now = ''
  // Spaces belong to the word before them, so that columns stay as they are.
  for (const word of line.match(/^ *\S+ *|\S+ */g) ?? []) {
    if (now.trim() !== '' && widthOf(now) + widthOf(word.trimEnd()) > width) {
      lines.push(now.trimEnd())
      now = margin
    }
    now += word
  }
  return [...lines, now.trimEnd()]
}

/** The last column of a line that begins at most so far to the right: behind two spaces. */
function columnOf(line: string, most: number, first: number): number {
  const columns = [...line.replace(COLORS, '').matchAll(/ {2}(?=\S)/g)].map(
    ({ index }) => index + 2,
  )
  return Math.max(Math.min(first, most), ...columns.filter((column) => column <= most))
}
