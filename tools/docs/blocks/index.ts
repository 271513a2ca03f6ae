/** All generated parts of the documentation. */
import type { Block } from '../block.js'
import { catalogueBlocks } from './catalogue.js'
import { claimBlocks } from './claims.js'
import { comparisonBlocks } from './comparison.js'
import { proofBlocks } from './proof.js'
import { readmeBlocks } from './readme.js'
import { referenceBlocks } from './reference.js'
import { routineBlocks } from './routines.js'
import { singleChangeBlocks } from './single-changes.js'
import { variableBlocks } from './variables.js'

export const blocks: readonly Block[] = [
  ...readmeBlocks,
  ...referenceBlocks,
  ...routineBlocks,
  ...variableBlocks,
  ...catalogueBlocks,
  ...comparisonBlocks,
  ...claimBlocks,
  ...proofBlocks,
  ...singleChangeBlocks,
]
