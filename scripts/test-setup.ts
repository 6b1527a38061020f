/** Some tests start the built program: it is built from what is being tested. */
export async function setup(): Promise<void> {
  await import('./build.mjs')
}
