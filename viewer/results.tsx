/** The page of what a command found: everything it shows is in the file itself. */
import { render } from 'preact'
import type { Results } from '../story/render/results.js'
import { ResultsPage } from './results-page.js'
import './style.css'

const data = document.getElementById('results')?.textContent ?? 'null'
const results = JSON.parse(data) as Results | null
const app = document.getElementById('app')
if (app && results) {
  document.title = results.title
  render(<ResultsPage results={results} />, app)
} else if (app) app.textContent = 'This page is empty: forkcheck check --html FILE fills it.'
