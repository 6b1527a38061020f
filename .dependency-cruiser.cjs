// Which part may know which (ARCHITECTURE.md): core ← platforms, archive; archive ← client; core, archive, client ← server; all of them ← cli; and inside cli
// commands → actions → disk.
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { pathNot: [...allowed, from, '(^|/)node_modules/'], dependencyTypesNot: ['core'] },
})

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: { path: '^packages/[^/]+/src/' }, to: { circular: true } },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('core-knows-nobody', '^packages/core/src/', []),
    only('archive-knows-core', '^packages/archive/src/', ['^packages/core/src/']),
    only('client-knows-core-and-archive', '^packages/client/src/', ['^packages/(core|archive)/src/']),
    only('platforms-know-core', '^packages/platforms/src/', ['^packages/core/src/']),
    only('server-knows-core-archive-and-client', '^packages/server/src/', ['^packages/(core|archive|client)/src/']),
    only('cli-knows-the-rest', '^packages/cli/src/', ['^packages/(core|platforms|archive|client|server)/src/']),
    {
      name: 'no-io-in-core-and-platforms',
      severity: 'error',
      from: { path: '^packages/(core|platforms)/src/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'their-libraries-are-pure',
      severity: 'error',
      from: { path: '^packages/(core|platforms)/src/' },
      to: {
        path: '(^|/)node_modules/',
        pathNot: '(^|/)node_modules/(semver|yaml|zod|jsonc-parser|picomatch|smol-toml|@types/(semver|picomatch))/',
      },
    },
    {
      name: 'server-edges-decide-nothing',
      severity: 'error',
      from: { path: '^packages/server/src/(store|blobs)/' },
      to: { path: '^packages/server/src/(?!(store|blobs)/)' },
    },
    {
      name: 'server-actions-know-no-http',
      severity: 'error',
      from: { path: '^packages/server/src/actions/' },
      to: { path: '^packages/server/src/(http|app|main)' },
    },
    {
      name: 'actions-do-not-print',
      severity: 'error',
      from: { path: '^packages/cli/src/actions/' },
      to: { path: '^packages/cli/src/(commands|text|main|bin|command)' },
    },
    {
      name: 'disk-decides-nothing',
      severity: 'error',
      from: { path: '^packages/cli/src/disk/' },
      to: { path: '^packages/cli/src/(commands|actions|text|main|bin|command)' },
    },
    {
      name: 'text-runs-nothing',
      severity: 'error',
      from: { path: '^packages/cli/src/text/' },
      to: { path: '^packages/cli/src/(commands|main|bin)' },
    },
    {
      name: 'through-the-front-door',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/' },
      to: {
        path: '^packages/([^/]+)/src/',
        pathNot: [
          '^packages/$1/',
          '^packages/[^/]+/src/(index|testing|schemas|authoring|signals|wire)[.]ts$',
          '^packages/core/src/manifest/index[.]ts$',
          '^packages/client/src/files/index[.]ts$',
        ],
      },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@aam/source', 'import', 'node', 'default', 'types'],
    },
    skipAnalysisNotInRules: false,
  },
}
