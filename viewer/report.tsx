/** The page of a report: everything it shows is in the file itself. */
import type { Report } from '../story/report.js'
import { show } from './page.js'
import { ReportPage } from './report-page.js'

show<Report>('explain FILE --format html', (report) => {
  document.title = `${report.main.story.property} · forkcheck`
  return <ReportPage report={report} />
})
