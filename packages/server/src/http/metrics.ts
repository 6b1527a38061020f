/** What Prometheus is told. */
import { Registry, collectDefaultMetrics } from 'prom-client'

export type Metrics = {
  /** @param route as it is written, so that there are few */
  readonly observe: (
    method: string,
    route: string,
    answer: { readonly status: number; readonly seconds: number },
  ) => void
  readonly text: () => Promise<string>
  readonly contentType: string
}

/** Seconds. */
const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60]

type Counted = {
  readonly labels: string
  readonly statuses: Map<number, number>
  /** Requests that took at most as long as the bucket says, and longer than the one before it; the last: longer than all. */
  readonly durations: number[]
  seconds: number
}

/** Requests are counted by ourselves: a library that looks up labels for each costs as much as finding the answer. */
export function createMetrics(): Metrics {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const routes = new Map<string, Map<string, Counted>>()
  const countedFor = (method: string, route: string): Counted => {
    const methods = routes.get(route) ?? new Map<string, Counted>()
    routes.set(route, methods)
    const fresh: Counted = {
      labels: `method="${method}",route="${route}"`,
      statuses: new Map(),
      durations: [...BUCKETS, Infinity].map(() => 0),
      seconds: 0,
    }
    methods.set(method, fresh)
    return fresh
  }
  return {
    contentType: register.contentType,
    text: async () => {
      const counted = [...routes.values()].flatMap(methods => [...methods.values()])
      return `${await register.metrics()}\n${describe(counted)}`
    },
    observe: (method, route, { status, seconds }) => {
      const counted = routes.get(route)?.get(method) ?? countedFor(method, route)
      counted.statuses.set(status, (counted.statuses.get(status) ?? 0) + 1)
      let bucket = 0
      while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] ?? 0)) bucket++
      counted.durations[bucket] = (counted.durations[bucket] ?? 0) + 1
      counted.seconds += seconds
    },
  }
}

/** In the text format of Prometheus. */
function describe(counted: readonly Counted[]): string {
  const requests = counted.flatMap(({ labels, statuses }) =>
    [...statuses].map(
      ([status, count]) => `aam_http_requests_total{${labels},status="${String(status)}"} ${String(count)}`,
    ),
  )
  const durations = counted.flatMap(({ labels, durations: counts, seconds }) => {
    const name = 'aam_http_request_duration_seconds'
    let sum = 0
    const buckets = counts.map((count, index) => {
      const most = BUCKETS[index] ?? '+Inf'
      return `${name}_bucket{le="${String(most)}",${labels}} ${String((sum += count))}`
    })
    return [...buckets, `${name}_sum{${labels}} ${String(seconds)}`, `${name}_count{${labels}} ${String(sum)}`]
  })
  return [
    '# HELP aam_http_requests_total Requests by route and status',
    '# TYPE aam_http_requests_total counter',
    ...requests,
    '',
    '# HELP aam_http_request_duration_seconds Time from the first byte of a request to the last of its answer',
    '# TYPE aam_http_request_duration_seconds histogram',
    ...durations,
    '',
  ].join('\n')
}
