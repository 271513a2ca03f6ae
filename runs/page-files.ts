/** The files that the explorer's page loads, by the paths they are served under. */

/** A mutant that was given to the page. */
export const MUTANT_PATH = '/mutant.mjs'

/** A model file that was given to the page; see PACKAGES. */
export const MODEL_PATH = '/model.mjs'

/** A file with properties of the user's own that was given to the page. */
export const PROPERTY_PATH = '/properties.mjs'

/** Packages that a model file may import besides files beside it. Page and loader have them. */
export const PACKAGES: readonly string[] = ['forkcheck', 'forkcheck/checker']
