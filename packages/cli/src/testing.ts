/** What tests need to run the real program inside their own process. */
export { main } from './main.ts'
export type { World } from './world.ts'
