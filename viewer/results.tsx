/** The page of what a command found: everything it shows is in the file itself. */
import type { Results } from '../story/render/results.js'
import { show } from './page.js'
import { ResultsPage } from './results-page.js'

show<Results>('check --html FILE', (results) => {
  document.title = results.title
  return <ResultsPage results={results} />
})
