/** What a command found: a sentence at the top, then part by part with tables and pictures. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Results } from '../story/render/results.js'
import type { Report } from '../story/report.js'
import { Drawing } from './drawing.js'
import { ReportPage } from './report-page.js'
import { ThemeControl } from './theme.js'

export function ResultsPage({ results }: { results: Results }) {
  const [report, setReport] = useState<Report | null>(null)
  const left = useRef(0)
  const show = (one: Report) => {
    left.current = scrollY
    setReport(one)
  }
  // A run is read from its head; back among the results, one is where one was.
  useLayoutEffect(() => scrollTo(0, report ? 0 : left.current), [report])
  return (
    <>
      {/* What was opened stays open. */}
      <div hidden={report !== null}>
        <Parts results={results} show={show} />
      </div>
      {report && <ReportPage report={report} leave={() => setReport(null)} />}
    </>
  )
}

interface PartsProps {
  readonly results: Results
  /** Shows a run step by step, in place of the results. */
  readonly show: (report: Report) => void
}

function Parts({ results, show }: PartsProps) {
  const { title, says, verdict, sections, version } = results
  const first = sections.findIndex((section) => section.verdict !== 'holds')
  return (
    <>
      <header>
        {verdict === null ? <span /> : <p class={`badge ${verdict}`}>{verdict}</p>}
        <h1>{title}</h1>
        <p class="says">{says}</p>
      </header>
      <main>
        <div class="controls">
          <ThemeControl />
        </div>
        {sections.map((section, i) => (
          <Part
            key={section.title}
            section={section}
            isOpen={sections.length === 1 || i === first}
            show={show}
          />
        ))}
      </main>
      <footer>forkcheck {version}</footer>
    </>
  )
}

interface PartProps {
  readonly section: Results['sections'][number]
  /** Is it open at first? Pictures are put on the page when somebody opens it. */
  readonly isOpen: boolean
  readonly show: PartsProps['show']
}

function Part({ section, isOpen, show }: PartProps) {
  const { title, verdict, says, table, pictures, stories } = section
  const [open, setOpen] = useState(isOpen || verdict === null)
  return (
    <details class="part" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {verdict !== null && <span class={`verdict ${verdict}`}>{verdict}</span>} <b>{title}</b>{' '}
        <span class="says">{says}</span>
      </summary>
      {open && (
        <>
          {stories.map(({ text, report }) => (
            <div key={text} class="told-story">
              {report && (
                <button type="button" onClick={() => show(report)}>
                  ▷ step by step, with the picture of each state
                </button>
              )}
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
              <pre class="story" tabIndex={0}>
                {text}
              </pre>
            </div>
          ))}
          {pictures.map((picture) => (
            <Drawing
              key={picture.title}
              svg={picture.svg}
              title={picture.title}
              name={picture.title.replaceAll(/\W+/g, '-')}
            />
          ))}
          {table && <Table title={title} table={table} />}
        </>
      )}
    </details>
  )
}

type TableData = NonNullable<Results['sections'][number]['table']>

function Table({ title, table: { head, rows } }: { title: string; table: TableData }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="table" tabIndex={0} aria-label={`${title} as a table, scrolls`}>
      <table>
        <caption class="hidden">{title}</caption>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.join(' ')}>
              {row.map((cell, i) =>
                i === 0 ? (
                  <th key={head[i]} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={head[i]}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
