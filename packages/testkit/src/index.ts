/** What the tests share. */
export { NOW, type Run, type RunOptions, type Sandbox, createSandbox, splitWords } from './sandbox.ts'
export {
  type Outcome,
  type Scene,
  type Step,
  linesMatch,
  readScenes,
  readStory,
  runStory,
  updateStory,
} from './story.ts'
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
export { ADMIN_PASSWORD, type Settings, type TestServer, passwordOf, startTestServer } from './server.ts'
