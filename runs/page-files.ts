/** What the explorer's page loads besides itself, by the paths it is served under. */

/** A mutant that was given to the page. */
export const MUTANT_PATH = '/mutant.mjs'
