/** The page of a report: the built viewer with the report's data in it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../core/report.js'
import { packageRoot } from './package.js'

/** Where the built page leaves room for the data. */
const ROOM = '<script type="application/json" id="report">null</script>'

/** The text of a page that needs nothing else. @throws Error when the package was not built whole. */
export function reportPage(report: Report): string {
  const page = readFileSync(join(packageRoot(), 'dist/viewer/report.html'), 'utf8')
  const [before, after] = page.split(ROOM)
  if (after === undefined) throw new Error('dist/viewer/report.html is damaged: build again')
  // Nothing in the data can end the element it stands in.
  const data = JSON.stringify(report).replaceAll('<', '\\u003c')
  return before + ROOM.replace('null', () => data) + after
}
