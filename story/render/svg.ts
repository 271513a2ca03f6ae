/** Pieces of SVG text that needs nothing else and can be read in light and dark. */
import { xmlText } from '../../runs/escape.js'

const FONT = 'font-family="ui-monospace, DejaVu Sans Mono, monospace" font-size="11"'
/** Width of a letter of this font, in pixels. */
export const LETTER = 6.7
/** Readable on white and on black. */
export const INK = '#6b7484'
export const COLORS = ['#2f7de1', '#d9722f', '#27a567', '#c2428a', '#8757d6', '#0fa3a3']

export function svg(width: number, height: number, parts: readonly string[]): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${parts.join('\n')}\n</svg>\n`
}

export function rectangle(x: number, y: number, width: number, height: number): string {
  return `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`
}

export function label(
  x: number,
  y: number,
  words: string,
  anchor: 'start' | 'middle' | 'end',
  color = INK,
): string {
  const place = `x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"`
  // On a page what has no colour of its own has the page's.
  const ink = color === INK ? ' class="ink"' : ''
  return `<text${ink} ${place} fill="${color}" ${FONT}>${xmlText(words)}</text>`
}

export function round(value: number): number {
  return Math.round(value * 100) / 100
}
