/** Who may import whom. `npm run lint` holds it; docs/design.md has the picture. */

/** The layers, lowest first. A folder imports itself and what stands before it. */
const LAYERS = ['checker', 'model', 'properties', 'runs', 'story', 'proof']

/** @param {readonly string[]} folders */
const inside = (...folders) => `^(${folders.join('|')})/`

/**
 * A folder and all it may import.
 * @param {string} folder @param {readonly string[]} allowed @param {readonly string[]} files
 */
const layer = (folder, allowed, files = []) => ({
  name: `${folder}-imports-only-what-is-below-it`,
  severity: 'error',
  from: { path: inside(folder) },
  to: {
    path: '^[a-z]',
    pathNot: [inside(folder, ...allowed), '^node_modules/', ...files],
    dependencyTypesNot: ['core', 'npm', 'npm-dev', 'npm-peer'],
  },
})

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...LAYERS.map((folder, i) => layer(folder, LAYERS.slice(0, i))),
    // The page gives model files the package that they import, as the command line does.
    layer('viewer', LAYERS, ['^index\\.ts$']),
    layer('testing', LAYERS),
    layer('reality', LAYERS),
    // Model files import the package from the forkcheck that runs.
    layer('cli', [...LAYERS, 'testing', 'reality'], ['^index\\.ts$']),
    layer('tools', [...LAYERS, 'testing', 'reality', 'cli']),
    {
      name: 'the-index-imports-layers',
      severity: 'error',
      from: { path: '^index\\.ts$' },
      to: { path: '^[a-z]', pathNot: [inside(...LAYERS)] },
    },
    {
      name: 'runs-anywhere',
      comment: 'These folders also run in a browser: threads apart, they use nothing of Node.js.',
      severity: 'error',
      from: { path: inside(...LAYERS), pathNot: '^checker/threads/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'threads-import-the-engine-only',
      severity: 'error',
      from: { path: '^checker/threads/' },
      to: { path: '^[a-z]', pathNot: ['^checker/'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'the-engine-does-not-import-threads',
      severity: 'error',
      from: { path: '^checker/', pathNot: '^checker/threads/' },
      to: { path: '^checker/threads/' },
    },
    {
      name: 'certificates-are-verified-apart',
      comment: 'The verifier shares nothing with search, store, digest and compiler.',
      severity: 'error',
      from: { path: '^checker/certificate/' },
      to: {
        path: '^[a-z]',
        pathNot: ['^checker/(certificate/|model\\.ts|thrown\\.ts|state/layout\\.ts)'],
      },
    },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
}
