/** What the explorer's page loads besides itself, by the paths it is served under. */

/** A mutant that was given to the page. */
export const MUTANT_PATH = '/mutant.mjs'

/** A model file that was given to the page; see PACKAGES. */
export const MODEL_PATH = '/model.mjs'

/** What a model file may import besides files beside it: the page and the loader have these. */
export const PACKAGES: readonly string[] = ['forkcheck', 'forkcheck/checker']
