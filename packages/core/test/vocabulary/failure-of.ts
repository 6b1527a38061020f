import { AamError, type FailureCode, type Problem, isFailure } from '@aam/core'

/** The failure that `run` throws; anything else, a defect or no failure at all, fails the test. */
export function failureOf(run: () => unknown): AamError {
  try {
    run()
  } catch (error) {
    if (error instanceof AamError) return error as AamError
    throw error
  }
  throw new Error('nothing was thrown')
}

/** The code of the failure that `run` throws. */
export function codeOf(run: () => unknown): FailureCode {
  return failureOf(run).code
}

/** The problems of the FILE_INVALID that `run` throws. */
export function problemsOf(run: () => unknown): readonly Problem[] {
  const error: unknown = failureOf(run)
  if (isFailure(error, 'FILE_INVALID')) return error.facts.problems
  throw error
}
