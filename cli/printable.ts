/** Text from files reaches a terminal as text: it cannot move the cursor or change the screen. */
import type { Out } from './io.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be printed
const CONTROLS = /\u001b\[[\d;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/**
 * The text with every control character as `\u001b`, but for line feeds and tabs. The escape is the
 * same character in JSON.
 * @param colors leave colours as they are.
 */
export function printable(text: string, colors: boolean): string {
  return text.replace(CONTROLS, (found) => {
    if (found.length > 1 && colors) return found
    return found.replace(CONTROL, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  })
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: see above
const CONTROL = /[\u0000-\u001f]|[\u007f-\u009f]/g

/** The same place to write to, for printable text. */
export function printableOut(out: Out): Out {
  const write = (text: string) => out.write(printable(text, out.isTTY === true))
  return Object.create(out, { write: { value: write }, raw: { value: out } })
}
