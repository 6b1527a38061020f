/** What the tests share. */
export { NOW, type Run, type RunOptions, type Sandbox, createSandbox, splitWords } from './sandbox.ts'
export { type Outcome, type Step, linesMatch, readStory, runStory, updateStory } from './story.ts'
export {
  type Spec,
  knownFrom,
  named,
  packSpec,
  parseSpec,
  publishUniverse,
  rangeMap,
  startRegistry,
  wantsFrom,
} from './universe.ts'
export { type Settings, type TestServer, passwordOf, startTestServer } from './server.ts'
