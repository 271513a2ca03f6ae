/** The documentation as a site: `npm run docs` builds it into docs/.vitepress/dist. Mermaid draws the pictures. */
import { withMermaid } from 'vitepress-plugin-mermaid'

export default withMermaid({
  title: 'forkcheck',
  description: 'A model checker for fork-based memory snapshots',
  // Where the site lies on its server: /forkcheck/ for example.
  base: process.env.DOCS_BASE ?? '/',
  cleanUrls: false,
  // The corpus and the sources are beside the site, not in it.
  ignoreDeadLinks: [/counterexamples/, /\.\.\//],
  markdown: { lineNumbers: false },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Is it sound?', link: '/guide/is-it-sound' },
      { text: 'Change a protocol', link: '/guide/change-a-protocol' },
      { text: 'Model something else', link: '/guide/model-something-else' },
      { text: 'Reference', link: '/reference/commands' },
      { text: '中文', link: '/zh/index' },
      // `npm run docs` writes it beside the site.
      { text: 'Playground', link: '/playground/index.html', target: '_self' },
    ],
    sidebar: [
      {
        text: 'Is a protocol sound?',
        items: [
          { text: 'Read a verdict', link: '/guide/is-it-sound' },
          { text: 'Systems side by side', link: '/comparison' },
          { text: 'What articles claim', link: '/claims' },
          { text: 'Documented bugs', link: '/catalogue' },
          { text: 'Single changes', link: '/single-changes' },
          { text: 'Questions', link: '/questions' },
          { text: 'Beyond one machine', link: '/guide/beyond-one-machine' },
        ],
      },
      {
        text: 'Change a protocol',
        items: [
          { text: 'Mutants, scenarios, systems', link: '/guide/change-a-protocol' },
          { text: 'Your own properties', link: '/guide/your-own-properties' },
        ],
      },
      {
        text: 'Model something else',
        items: [
          { text: 'Commands, pictures, tests', link: '/guide/model-something-else' },
          { text: 'From scratch', link: '/tutorial' },
        ],
      },
      {
        text: '中文',
        items: [
          { text: '协议是否正确？', link: '/zh/guide/is-it-sound' },
          { text: '修改协议', link: '/zh/guide/change-a-protocol' },
        ],
      },
      {
        text: 'Reference',
        items: [
          { text: 'Commands', link: '/reference/commands' },
          { text: 'Scenarios', link: '/reference/scenarios' },
          { text: 'Properties', link: '/reference/properties' },
          { text: 'Mutants', link: '/reference/mutants' },
          { text: 'Routines', link: '/reference/routines' },
          { text: 'Variables', link: '/reference/variables' },
          { text: 'Files', link: '/reference/files' },
          { text: 'API', link: '/api/index' },
          { text: 'Glossary', link: '/glossary' },
          { text: 'Design', link: '/design' },
        ],
      },
    ],
  },
})
