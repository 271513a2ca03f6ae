/**
 * Writes all generated parts of the documentation:
 *
 *   npm run docs:write             all of them
 *   npm run docs:write -- PAGE...  those of some pages: README.md docs/catalogue.md
 *
 * and the JSON schemas.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withBlock } from './block.js'
import { blocks } from './blocks/index.js'
import { readText, root } from './files.js'
import { schemaFiles } from './json-schema.js'

const wanted = process.argv.slice(2)

for (const [path, content] of Object.entries(schemaFiles)) {
  if (wanted.length > 0 && !wanted.includes(path)) continue
  writeFileSync(join(root, path), content())
}

for (const block of blocks) {
  if (wanted.length > 0 && !wanted.includes(block.page)) continue
  const content = await block.content()
  const text = readText(block.page)
  const written = withBlock(text, block, content)
  if (written === text) continue
  writeFileSync(join(root, block.page), written)
  console.log(`${block.page}: ${block.name}`)
}
