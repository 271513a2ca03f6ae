/** The built pages of the viewer, with the data in them that they show. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelFile } from '../runs/subject.js'
import type { Playground, StoryLinks } from '../story/playground.js'
import type { Results } from '../story/render/results.js'
import type { Report } from '../story/report.js'
import { packageRoot } from './package.js'

/** A report as one page with all it needs. @throws Error when the viewer is not built. */
export function reportPage(report: Report): string {
  return filled('report', report)
}

/** A command's results as one page. @throws Error when the viewer is not built. */
export function resultsPage(results: Results): string {
  return filled('results', results)
}

/** The data that the explorer's page begins with. */
interface ExplorerStart {
  /** The part of a link behind its `#`. */
  readonly link: string
  /** The name of the file whose mutant is served beside the page. */
  readonly mutantFile: string | null
  /** A file with properties of the user's own that the page is to load. */
  readonly propertyFile: string | null
  /** The file of the model that is served beside the page; null: the fork machine. */
  readonly model: ModelFile | null
  /** Of a static site: the stories that are in the page. Absent: a server has a corpus. */
  readonly stories?: StoryLinks
}

/** The first page of a playground. @throws Error when the viewer is not built. */
export function playgroundPage(playground: Playground): string {
  return filled('playground', playground)
}

/** The explorer's page. @throws Error when the viewer is not built. */
export function explorerPage(start: ExplorerStart): string {
  return filled('explore', start)
}

/** A page with data in the element that was left empty for it. */
function filled(name: string, data: unknown): string {
  const file = join(packageRoot(), 'dist/viewer', `${name}.html`)
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run build makes it`)
  const room = '<script type="application/json" id="data">null</script>'
  const [before, after] = readFileSync(file, 'utf8').split(room)
  if (after === undefined) throw new Error(`${file} is damaged: npm run build makes it again`)
  // Nothing in the data can end the element it stands in.
  const text = JSON.stringify(data).replaceAll('<', '\\u003c')
  return before + room.replace('null', () => text) + after
}
