/** What every page begins with: the data that a command has put into it. */
import { type ComponentChild, render } from 'preact'
import './colors.css'
import './style.css'
import './picture/picture.css'

/**
 * Shows the page.
 * @param command the one that puts data into it, for a page that has none.
 */
export function show<D>(command: string, page: (data: D) => ComponentChild): void {
  const app = document.getElementById('app')
  if (!app) return
  const data = dataOfPage() as D | null
  if (data) render(page(data), app)
  else app.textContent = `This page is empty: forkcheck ${command} fills it.`
}

/** The data, or null. */
export function dataOfPage(): unknown {
  return JSON.parse(document.getElementById('data')?.textContent ?? 'null')
}
