/** The page of the explorer: the model runs in it. */
import { render } from 'preact'
import { Explorer } from './explorer/explorer.js'
import { startOf } from './explorer/start.js'
import './style.css'

const app = document.getElementById('app')
if (app) {
  const start = await startOf(document.getElementById('start')?.textContent)
  render(<Explorer start={start} />, app)
}
