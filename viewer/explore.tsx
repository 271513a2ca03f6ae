/** The page of the explorer: the model runs in it. */
import { render } from 'preact'
import { Explorer } from './explorer/explorer.js'
import { type Given, startOf } from './explorer/start.js'
import { dataOfPage } from './page.js'

const app = document.getElementById('app')
if (app) render(<Explorer start={await startOf(dataOfPage() as Given | null)} />, app)
