/** Text of the user's own means nothing to the language of the document that it stands in. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  dotText,
  markdownBlock,
  markdownCode,
  markdownText,
  mermaidText,
  xmlText,
} from '../../runs/escape.js'

const HOSTILE = '<img src=x onerror=alert(1)>|`]( "\\;#->%%\n\u001b[2J\u0000\ud800'

test('XML', () => {
  expect(xmlText(HOSTILE)).toBe('&lt;img src=x onerror=alert(1)&gt;|`]( &quot;\\;#-&gt;%%\n?[2J??')
})

test('Markdown', () => {
  const text = markdownText(HOSTILE)
  expect(text).not.toMatch(/<|\n|(?<!\\)[|`\]]/)
  expect(markdownText('> quoted')).toBe('&gt; quoted')
  expect(markdownText('mmap_lock of _x_')).toBe('mmap_lock of \\_x\\_')
  expect(markdownCode('a`b``c')).toBe('``` a`b``c ```')
  expect(markdownBlock('```\nout of it\n```')[0]).toBe('````')
})

test('Mermaid: no character of its own syntax is left', () => {
  expect(mermaidText(HOSTILE).replaceAll(/#\d+;/g, '')).not.toMatch(/[<>;%#\n]/)
})

test('DOT: the quotes are not ended', () => {
  expect(dotText('a" b\\" c')).toBe('a\\" b\\\\\\" c')
})

test('no control character and no half of a character is left, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const inDocument of [xmlText, markdownText, mermaidText, dotText]) {
        const escaped = inDocument(text)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be gone
        expect(escaped).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/)
        expect(Buffer.from(escaped).toString()).toBe(escaped)
      }
    }),
    { numRuns: 300, seed: 7 },
  )
})
