/** Builds a page of the viewer into one file, with nothing to load: `vite build --mode report`. */
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'
import { viteSingleFile } from 'vite-plugin-singlefile'

const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"

/**
 * All pages are made of one, page.html, and named after their mode. A page with data of its own
 * loads nothing; the explorer runs rules as code and speaks with its server.
 */
function pages(mode: string): Plugin {
  const policy =
    mode === 'explore' ? '' : `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`
  return {
    name: 'pages',
    enforce: 'post',
    transformIndexHtml: {
      order: 'pre',
      handler: (html) => html.replace('<!-- policy -->', policy),
    },
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle))
        if (file.fileName === 'page.html') file.fileName = `${mode}.html`
    },
  }
}

export default defineConfig(({ mode }) => ({
  root: fileURLToPath(new URL('.', import.meta.url)),
  logLevel: 'warn',
  plugins: [viteSingleFile(), pages(mode)],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../dist/viewer', import.meta.url)),
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Rules are read from their own text, by the names in it: the explorer keeps every name.
    minify: mode === 'explore' ? false : 'oxc',
    rolldownOptions: { input: fileURLToPath(new URL('page.html', import.meta.url)) },
  },
}))
