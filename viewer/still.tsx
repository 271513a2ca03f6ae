/** One state of a run as an SVG file: the picture of the pages, drawn without a browser. */
import { renderToString } from 'preact-render-to-string'
import type { DrawState } from '../story/still.js'
import colors from './colors.css?raw'
import { AloneContext } from './picture/canvas.js'
import { Machine } from './picture/machine.js'
import picture from './picture/picture.css?raw'
import { unpacked } from './run.js'

export const drawState: DrawState = (report, step) => {
  const run = unpacked(report)
  const drawn = run.pictures?.[step]
  if (typeof drawn === 'string') return drawn
  const svg = renderToString(
    <AloneContext.Provider value={STYLE}>
      <Machine run={run} position={step} go={() => {}} picked={null} pick={() => {}} all={false} />
    </AloneContext.Provider>,
  )
  return `${svg}\n`
}

/**
 * The styles of the picture, in the colours of the light theme: written out, as programs other than
 * browsers know neither variables nor `light-dark`.
 */
const STYLE = styleOf(colors, picture)

function styleOf(declared: string, rules: string): string {
  const values = new Map(
    [...declared.matchAll(/(--[\w-]+): light-dark\(([^,]+),/g)].map(([, name, light]) => [
      name,
      light,
    ]),
  )
  return rules.replaceAll(/var\((--[\w-]+)\)/g, (used, name) => values.get(name) ?? used)
}
