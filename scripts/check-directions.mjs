// Checks who imports whom. A cruise that sees few modules proves nothing, so that is a failure too.
import { fileURLToPath } from 'node:url'
import { createRequire } from 'node:module'
import { cruise } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'

const FEWEST_MODULES = 60
const root = fileURLToPath(new URL('..', import.meta.url))
const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs')

/** The sentences about every import that breaks a rule, and how many modules were seen. */
export async function checkDirections(baseDir = root, folders = ['packages']) {
  const { output } = await cruise(
    folders,
    { ...options, baseDir, ruleSet: { forbidden }, validate: true, exclude: { path: '(^|/)(test|dist)/' } },
    undefined,
    { tsConfig: extractTSConfig(fileURLToPath(new URL('../tsconfig.json', import.meta.url))) },
  )
  const { violations, totalCruised } = output.summary
  return {
    modules: output.modules.filter(module => module.source.startsWith('packages/')).length,
    totalCruised,
    violations: violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { modules, violations } = await checkDirections()
  for (const violation of violations) console.error(violation)
  if (modules < FEWEST_MODULES) console.error(`only ${modules} modules were seen; at least ${FEWEST_MODULES} are there`)
  if (violations.length > 0 || modules < FEWEST_MODULES) process.exit(1)
}
