/** Sets V8's flags for the start, before all other modules are run. */
import { beginStart } from './v8-flags.js'

beginStart()
