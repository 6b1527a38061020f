import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestServer, named, packSpec, parseSpec, startTestServer } from '@aam/testkit'
import { describeRegistry } from '../../client/test/contract.ts'

describe('a registry server', () => {
  const servers: TestServer[] = []
  let current: TestServer
  afterAll(async () => {
    for (const server of servers) await server.remove()
  })
  describeRegistry('server', {
    open: async () => {
      current = await startTestServer()
      servers.push(current)
      return current.registry(await current.addUser('ann', ['approver']))
    },
    setRules: async ({ allowed, protected: guarded }) =>
      current.restart({
        ...(allowed === undefined ? {} : { ALLOWED_TAGS: allowed.join(',') }),
        ...(guarded === undefined ? {} : { PROTECTED_TAGS: guarded.join(',') }),
      }),
  })
})

describe('smoke', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(async () => server.remove())
  test('publish and read', async () => {
    const ann = await server.addUser('ann')
    const answer = await server.registry(ann).publish(packSpec(parseSpec('@team/review 1.0.0')), {})
    expect(answer).toMatchObject({ kind: 'publish', state: 'visible' })
    expect((await server.registry().fetchDocument(named('@team/review')))?.tags).toEqual(new Map([['latest', '1.0.0']]))
  })
})
