import { type Problem, formatProblem } from '@aam/core'
import type { View } from './view.ts'

/** One line per problem, errors first, each with its place. */
export function problemLines(problems: readonly Problem[], view: View): string[] {
  return problems.map(problem => {
    const label = problem.severity === 'error' ? view.bad('error:') : view.warn('warning:')
    return `${label} ${formatProblem(problem).trim()}`
  })
}
