/** Builds a page of the viewer into one file, with nothing to load: `vite build --mode report`. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { viteSingleFile } from 'vite-plugin-singlefile'

export default defineConfig(({ mode }) => ({
  root: fileURLToPath(new URL('.', import.meta.url)),
  logLevel: 'warn',
  plugins: [viteSingleFile()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../dist/viewer', import.meta.url)),
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Rules are read from their own text, by the names in it: the explorer keeps every name.
    minify: mode === 'explore' ? false : 'oxc',
    rolldownOptions: { input: fileURLToPath(new URL(`${mode}.html`, import.meta.url)) },
  },
}))
