/**
 * Escapes text of the user (names, explanations, paths) for documents: it is shown literally, and
 * has no meaning in the document's language.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g
// Half of a character that is encoded in two parts is no text.
const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Without control characters, which no document may hold; each becomes a question mark. */
export function plainText(text: string): string {
  return text.replaceAll(CONTROLS, '?').replaceAll(LONE_SURROGATES, '?')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** For an element or a quoted attribute of XML, SVG or HTML. */
export function xmlText(text: string): string {
  return plainText(text).replaceAll(/[&<>"]/g, (character) => ENTITIES[character])
}

/** For a line of Markdown, a cell of a table included. Line feeds become spaces. */
export function markdownText(text: string): string {
  return plainText(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[&<]|^>/g, (character) => ENTITIES[character])
    .replaceAll(/[\\`*[\]#|~$]|(?<!\w)_|_(?!\w)/g, '\\$&')
}

/** As code within a line of Markdown. */
export function markdownCode(text: string): string {
  const line = plainText(text).replaceAll(/\s+/g, ' ')
  const ticks = '`'.repeat(longestTicks(line) + 1)
  return line.includes('`') ? `${ticks} ${line} ${ticks}` : `${ticks}${line}${ticks}`
}

/** A path as the target of a link of Markdown. */
export function markdownTarget(path: string): string {
  return encodeURI(path).replaceAll('(', '%28').replaceAll(')', '%29')
}

const longestTicks = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))

/** Lines of text as a fenced block of Markdown that they cannot end. */
export function markdownBlock(text: string, language = ''): string[] {
  const fence = '`'.repeat(Math.max(2, longestTicks(text)) + 1)
  return [`${fence}${language}`, plainText(text.trimEnd()), fence]
}

/** For one line of a Mermaid diagram. */
export function mermaidText(text: string): string {
  return plainText(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll('->', '→')
    .replaceAll(/[#;<>%]/g, (character) => `#${character.charCodeAt(0)};`)
}

/** For a quoted string of DOT. */
export function dotText(text: string): string {
  return plainText(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll(/\s+/g, ' ')
}
