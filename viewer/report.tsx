/** The page of a report: everything it shows is in the file itself. */
import { render } from 'preact'
import type { Report } from '../story/report.js'
import { ReportPage } from './report-page.js'
import './style.css'

const data = document.getElementById('report')?.textContent ?? 'null'
const report = JSON.parse(data) as Report | null
const app = document.getElementById('app')
if (app && report) {
  document.title = `${report.main.story.property} · forkcheck`
  render(<ReportPage report={report} />, app)
} else if (app)
  app.textContent = 'This page is empty: forkcheck explain FILE --format html fills it.'
