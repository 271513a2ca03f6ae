/**
 * Builds a page of the viewer into one file, with nothing to load: `vite build --mode report`;
 * and what draws a picture for the command line: `--mode still`.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin, type UserConfig } from 'vite'
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

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const page = (mode: string): UserConfig => ({
  plugins: [viteSingleFile(), pages(mode)],
  build: {
    modulePreload: { polyfill: false },
    // Rules are read from their own text, by the names in it: the explorer keeps every name.
    minify: mode === 'explore' ? false : 'oxc',
    rolldownOptions: { input: here('page.html') },
  },
})

/** The letters of PNG files: these have all signs of the picture. */
const letters: Plugin = {
  name: 'letters',
  generateBundle() {
    const font = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')
    for (const file of ['ttf/DejaVuSansMono.ttf', 'ttf/DejaVuSansMono-Bold.ttf', 'LICENSE']) {
      const fileName = file === 'LICENSE' ? 'DejaVu-LICENSE.txt' : file.slice('ttf/'.length)
      this.emitFile({ type: 'asset', fileName, source: readFileSync(join(dirname(font), file)) })
    }
  },
}

/** A module for Node.js that imports nothing. */
const still: UserConfig = {
  plugins: [letters],
  ssr: { noExternal: true },
  build: { ssr: true, rolldownOptions: { input: here('still.tsx') } },
}

export default defineConfig(({ mode }) => {
  const { build, ...rest } = mode === 'still' ? still : page(mode)
  return {
    root: here('.'),
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    ...rest,
    build: { ...build, outDir: here('../dist/viewer'), emptyOutDir: false, target: 'es2022' },
  }
})
