/** The way to a registry server: who is told the token, certificates, proxies, addresses. */
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { parseServerAddress } from '@aam/client'
import { describe, expect, test } from 'vitest'
import { proxyFor } from '../src/http/proxy.ts'
import type { Request } from '../src/http/request.ts'
import { AUTHORITY, failureOf, json, listen, refuse, serve, serveEncrypted, transportTo } from './http-server.ts'

const TOKEN = 'aam_secret0123456789'
const GET: Request = { method: 'GET', path: '/packages/a' }

describe('where requests are sent on to', () => {
  test('the token goes with them inside the registry, and to nobody else', async () => {
    const other = await serve((_, response) => {
      json(response, { at: 'other' })
    })
    const own = await serve(({ url }, response) => {
      const next = { '/r/team/packages/a': '/r/team/b', '/r/team/b': '/elsewhere', '/elsewhere': `${other.base}/c` }[
        url
      ]
      if (next === undefined) json(response, {})
      else response.writeHead(302, { location: next, 'set-cookie': 'a=b' }).end()
    })
    const answer = await transportTo(`${own.base}/r/team`, { token: TOKEN }).send(GET)
    expect(JSON.parse(answer.body.toString())).toEqual({ at: 'other' })
    expect(own.asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/r/team/packages/a', `Bearer ${TOKEN}`],
      ['/r/team/b', `Bearer ${TOKEN}`],
      ['/elsewhere', undefined],
    ])
    expect(other.asked).toHaveLength(1)
    expect(JSON.stringify(other.asked)).not.toContain(TOKEN)
    expect(other.asked[0]?.headers).not.toHaveProperty('authorization')
    expect(other.asked[0]?.headers).not.toHaveProperty('cookie')
  })

  test('a neighbour whose path begins alike is told nothing', async () => {
    const { base, asked } = await serve(({ url }, response) => {
      if (url.startsWith('/r/team/')) response.writeHead(307, { location: '/r/team-b/packages/a' }).end()
      else json(response, {})
    })
    await transportTo(`${base}/r/team`, { token: TOKEN }).send(GET)
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TOKEN}`, undefined])
  })

  test('three times at most', async () => {
    const { base, asked } = await serve((_, response) => response.writeHead(301, { location: '/again' }).end())
    expect(await failureOf(transportTo(base).send(GET))).toMatchObject({
      code: 'REGISTRY_ANSWER_INVALID',
      facts: { why: 'it sends requests on more than 3 times' },
    })
    expect(asked).toHaveLength(4)
  })

  test.each(['POST', 'PUT', 'DELETE'] as const)('a %s is not', async method => {
    const { base, asked } = await serve((_, response) => response.writeHead(307, { location: '/there' }).end())
    expect(await failureOf(transportTo(base).send({ method, path: '/a' }))).toMatchObject({
      code: 'REGISTRY_ANSWER_INVALID',
      facts: { why: `it sends requests on to ${base}/there: is the registry there?` },
    })
    expect(asked).toHaveLength(1)
  })

  test('never from an encrypted address to another', async () => {
    const plain = await serve((_, response) => {
      json(response, {})
    })
    const { base } = await serveEncrypted((_, response) => response.writeHead(302, { location: plain.base }).end())
    expect(await failureOf(transportTo(base, { ca: AUTHORITY }).send(GET))).toMatchObject({
      code: 'REGISTRY_ANSWER_INVALID',
      facts: { why: `it sends requests on to ${plain.base}, which is not encrypted` },
    })
    expect(plain.asked).toEqual([])
  })

  test.each(['file:///etc/passwd', 'http://u:p@127.0.0.1/', 'http://', undefined])('not to %s', async location => {
    const { base } = await serve((_, response) => {
      response.writeHead(302, location === undefined ? {} : { location }).end()
    })
    const failure = await failureOf(transportTo(base).send(GET))
    expect(failure.code).toBe('REGISTRY_ANSWER_INVALID')
    expect(failure.message).not.toContain('u:p')
  })
})

describe('the token', () => {
  test('is in no failure, even when the registry sends it back', async () => {
    const { base } = await serve(({ headers }, response) => {
      const facts = { name: headers.authorization, registry: headers.authorization }
      refuse(response, { code: 'PACKAGE_NOT_FOUND', facts }, { status: 404 })
    })
    const failure = await failureOf(transportTo(base, { token: TOKEN }).send(GET))
    expect(failure.code).toBe('PACKAGE_NOT_FOUND')
    expect(JSON.stringify([failure.message, failure.hint, failure.facts])).not.toContain(TOKEN)
  })

  test('has blanks around it taken off, and is refused with others in it', async () => {
    const { base, asked } = await serve((_, response) => {
      json(response, {})
    })
    await transportTo(base, { token: ` ${TOKEN}\n` }).send(GET)
    await transportTo(base, { token: ' ' }).send(GET)
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TOKEN}`, undefined])
    const failure = await failureOf(transportTo(base, { token: 'two\r\nlines' }).send(GET))
    expect(failure).toMatchObject({ code: 'UNAUTHORIZED', facts: { why: 'malformed' } })
    expect(asked).toHaveLength(2)
  })
})

describe('certificates', () => {
  test('of an authority that is named are trusted', async () => {
    const { base } = await serveEncrypted((_, response) => {
      json(response, { good: true })
    })
    expect((await transportTo(base, { ca: AUTHORITY }).send(GET)).status).toBe(200)
  })

  test('of others are not, and nobody tries again', async () => {
    const { base, asked } = await serveEncrypted((_, response) => {
      json(response, {})
    })
    const failure = await failureOf(transportTo(base, { token: TOKEN }).send(GET))
    expect(failure).toMatchObject({ code: 'REGISTRY_UNREACHABLE', facts: { tries: 1 } })
    expect(failure.message).toContain('its certificate is not trusted: its authority is unknown; NODE_EXTRA_CA_CERTS')
    expect(asked).toEqual([])
  })

  test('where there is no encryption, it says so', async () => {
    const { port } = await serve((_, response) => {
      json(response, {})
    })
    const failure = await failureOf(transportTo(`https://127.0.0.1:${String(port)}`).send(GET))
    expect(failure.message).toContain('it does not speak TLS; is its address http:?')
  })
})

describe('proxies', () => {
  /** A proxy that leads every host to this machine, and remembers what it was asked. */
  const startProxy = async (refuses?: number) => {
    const asked: string[] = []
    const proxy = createServer((request, response) => {
      const { url = '', headers, method } = request
      asked.push(`${method ?? ''} ${url} ${headers['proxy-authorization'] ?? ''}`.trim())
      const { port, pathname } = new URL(url)
      const onward = httpRequest({ host: '127.0.0.1', port, path: pathname, method, headers }, answer => {
        response.writeHead(answer.statusCode ?? 0, answer.headers)
        answer.pipe(response)
      })
      request.pipe(onward)
    })
    proxy.on('connect', ({ url = '', headers }, socket) => {
      asked.push(`CONNECT ${url} ${headers['proxy-authorization'] ?? ''}`.trim())
      if (refuses !== undefined) {
        socket.end(`HTTP/1.1 ${String(refuses)} No\r\n\r\n`)
        return
      }
      const onward = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        onward.pipe(socket).pipe(onward)
      })
      for (const each of [socket, onward]) each.on('error', () => onward.destroy())
    })
    const port = await listen(proxy)
    return { address: `127.0.0.1:${String(port)}`, asked }
  }

  test('lead to encrypted registries, who alone are told the token; the connection is kept', async () => {
    const { port, asked } = await serveEncrypted((_, response) => {
      json(response, { good: true })
    })
    const proxy = await startProxy()
    const env = { HTTPS_PROXY: `http://user:p%40ss@${proxy.address}` }
    const transport = transportTo(`https://registry.test:${String(port)}`, { env, ca: AUTHORITY, token: TOKEN })
    await transport.send(GET)
    await transport.send(GET)
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`])
    expect(asked[0]?.headers).not.toHaveProperty('proxy-authorization')
    const credentials = Buffer.from('user:p@ss').toString('base64')
    expect(proxy.asked).toEqual([`CONNECT registry.test:${String(port)} Basic ${credentials}`])
  })

  test('ask registries that are not encrypted themselves', async () => {
    const { port, asked } = await serve((_, response) => {
      json(response, { good: true })
    })
    const proxy = await startProxy()
    await transportTo(`http://registry.test:${String(port)}`, { env: { http_proxy: proxy.address } }).send(GET)
    expect(proxy.asked).toEqual([`GET http://registry.test:${String(port)}/packages/a`])
    expect(asked[0]?.headers.host).toBe(`registry.test:${String(port)}`)
  })

  test('are left out where NO_PROXY says so', async () => {
    const { base } = await serve((_, response) => {
      json(response, {})
    })
    const proxy = await startProxy()
    await transportTo(base, { env: { HTTP_PROXY: proxy.address, NO_PROXY: 'example.com, 127.0.0.1' } }).send(GET)
    expect(proxy.asked).toEqual([])
  })

  test('that refuse are named, without their password', async () => {
    const proxy = await startProxy(407)
    const env = { HTTPS_PROXY: `http://user:secret@${proxy.address}` }
    const failure = await failureOf(transportTo('https://registry.test', { env }).send(GET))
    expect(failure.message).toBe(`Cannot reach https://registry.test: the proxy ${proxy.address}: it answered 407`)
    const busy = await startProxy(503)
    const again = await failureOf(
      transportTo('https://registry.test', { env: { HTTPS_PROXY: busy.address } }).send(GET),
    )
    expect(again.message).toContain(`the proxy ${busy.address}: it answered 503 (tried 3 times)`)
  })

  test('that are not there are named, whichever way they are used', async () => {
    for (const base of ['https://registry.test', 'http://registry.test']) {
      const env = { HTTPS_PROXY: 'http://u:secret@proxy.invalid:1', HTTP_PROXY: 'http://u:secret@proxy.invalid:1' }
      const { message } = await failureOf(transportTo(base, { env }).send(GET))
      expect(message).toMatch(/: the proxy proxy\.invalid:1: the name proxy\.invalid .*\(DNS\) \(tried 3 times\)$/)
    }
  })

  test('that say nothing are not waited for', async () => {
    const silent = createServer()
    silent.on('connect', () => undefined)
    const port = await listen(silent)
    const transport = transportTo('https://registry.test', {
      env: { https_proxy: `127.0.0.1:${String(port)}` },
      timeouts: { connect: 80 },
      tries: 1,
    })
    expect((await failureOf(transport.send(GET))).message).toContain('timed out before there was a connection')
  })

  test('are found as other programs find them', () => {
    const found = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.host
    const both = { HTTPS_PROXY: 'http://big:1', https_proxy: 'http://small:2' }
    expect(found('https://a.com', both)).toBe('small:2')
    expect(found('http://a.com', both)).toBeUndefined()
    expect(found('https://a.com', { HTTPS_PROXY: '' })).toBeUndefined()
    const without = (url: string, list: string) => found(url, { HTTPS_PROXY: 'p:1', NO_PROXY: list }) === undefined
    expect(
      ['*', 'a.com', '.a.com,x', '*.a.com', 'x a.com:443', 'A.COM'].filter(list => !without('https://a.com', list)),
    ).toEqual([])
    expect(without('https://r.a.com', 'a.com')).toBe(true)
    expect(['ba.com', 'com.a', 'a.com:8443', 'r.a.com', ''].filter(list => without('https://a.com', list))).toEqual([])
    expect(without('https://[::1]', '::1')).toBe(true)
    expect(without('https://[::1]:8443', '[::1]:8443')).toBe(true)
    expect(without('https://[::1]', '[::1]:8443')).toBe(false)
    expect(() => found('https://a.com', { HTTPS_PROXY: 'socks5://user:secret@p:1' })).toThrow('HTTPS_PROXY is not')
  })
})

describe('addresses', () => {
  test('lose their final slash, and are spelt in one way', () => {
    expect(parseServerAddress('https://Host.example:443/')).toBe('https://host.example')
    expect(parseServerAddress('http://h:8080/r/team//')).toBe('http://h:8080/r/team')
  })

  test('with a password are refused, and the password is not repeated', async () => {
    const failure = await failureOf(Promise.resolve().then(() => transportTo('https://ann:hunter2@host/r/x')))
    expect(failure).toMatchObject({ code: 'USAGE', exit: 2 })
    expect(failure.hint).toContain('aam login')
    expect(`${failure.message} ${failure.hint ?? ''}`).not.toContain('hunter2')
  })

  test.each(['ftp://h', 'host/path', '', 'https://h?a=b', 'https://h/#x'])('%s is none of a registry', text => {
    expect(() => parseServerAddress(text)).toThrow(/address/)
  })

  test('are never left by a name that climbs', async () => {
    const { base, asked } = await serve((_, response) => {
      json(response, {})
    })
    for (const path of ['/users/..', '/packages/a/owners/%2E%2e', '/users/./x']) {
      expect((await failureOf(transportTo(base).send({ method: 'DELETE', path }))).code).toBe('USAGE')
    }
    expect(asked).toEqual([])
  })

  test('a process that is done is not kept by connections', async () => {
    const { base } = await serve((_, response) => {
      json(response, {})
    })
    const { spawn } = await import('node:child_process')
    const script = `import { openTransport } from '@aam/client'
      const t = openTransport({ base: '${base}', now: () => new Date(), env: {}, userAgent: 'x' })
      await t.send({ method: 'GET', path: '/a' })`
    const args = ['--import', 'tsx', '-C', '@aam/source', '--input-type=module', '-e', script]
    const child = spawn(process.execPath, args, { cwd: new URL('../../..', import.meta.url), stdio: 'inherit' })
    const start = performance.now()
    expect((await once(child, 'exit'))[0]).toBe(0)
    expect(performance.now() - start).toBeLessThan(20_000)
  })
})
