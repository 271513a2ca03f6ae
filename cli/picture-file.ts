/** Pictures as files: SVG, or PNG where the name of the file ends in `.png`. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ReportedRun } from '../story/report.js'
import type { DrawState } from '../story/still.js'
import type { Io } from './io.js'
import { OutputFile } from './output-file.js'
import { packageRoot } from './package.js'

/** Pixels of a PNG for each pixel of the SVG, so that letters are sharp. */
const ZOOM = 2

/** Pixels that a PNG has at most in one direction. */
const LARGEST = 16_000

/** Writes a picture whole or not at all. @throws UsageError when it cannot be written. */
export async function writePicture(io: Io, file: string, svg: string): Promise<void> {
  const picture = file.toLowerCase().endsWith('.png') ? await pngOf(svg) : svg
  const out = new OutputFile(io, file)
  out.write(picture)
  out.finish()
}

/** The picture of a state as SVG. @throws Error when the viewer is not built. */
export async function statePicture(run: ReportedRun, step: number): Promise<string> {
  const { drawState }: { drawState: DrawState } = await import(
    built('still.js', (path) => pathToFileURL(path).href)
  )
  return drawState(run, step)
}

/** The picture in the letters that the package brings: it looks the same on every machine. */
async function pngOf(svg: string): Promise<Uint8Array> {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm')
  const program = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm')
  ready ??= initWasm(readFileSync(program))
  await ready
  const files = ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf']
  const font = {
    fontBuffers: files.map((name) => built(name, (path) => readFileSync(path))),
    defaultFontFamily: 'DejaVu Sans Mono',
  }
  const { width, height } = new Resvg(svg)
  const zoom = Math.min(ZOOM, LARGEST / Math.max(width, height))
  const options = { font, background: 'white', fitTo: { mode: 'zoom' as const, value: zoom } }
  return new Resvg(svg, options).render().asPng()
}

/** The library may be started once in a process. */
let ready: Promise<void> | undefined

/** Something of a file that `npm run build` makes. */
function built<T>(name: string, use: (path: string) => T): T {
  const path = join(packageRoot(), 'dist/viewer', name)
  if (!existsSync(path)) throw new Error(`${path} is missing: npm run build makes it`)
  return use(path)
}
