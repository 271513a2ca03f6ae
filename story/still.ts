/** What the viewer's build gives the command line: one state of a run as a picture of its own. */
import type { ReportedRun } from './report.js'

/** @param step the picture shows the state after so many steps. @returns SVG text. */
export type DrawState = (run: ReportedRun, step: number) => string
