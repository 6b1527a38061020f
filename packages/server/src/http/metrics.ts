/** What Prometheus is told. */
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

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

export function createMetrics(): Metrics {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const requests = new Counter({
    name: 'aam_http_requests_total',
    help: 'Requests by route and status',
    labelNames: ['method', 'route', 'status'],
    registers: [register],
  })
  const durations = new Histogram({
    name: 'aam_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [register],
  })
  // Looking a child up by its labels costs more than counting.
  const counters = new Map<string, { readonly inc: () => void }>()
  const timers = new Map<string, { readonly observe: (seconds: number) => void }>()
  return {
    contentType: register.contentType,
    text: async () => register.metrics(),
    observe: (method, route, { status, seconds }) => {
      const of = `${method} ${route}`
      const key = `${of} ${String(status)}`
      let counter = counters.get(key)
      if (counter === undefined) counters.set(key, (counter = requests.labels(method, route, String(status))))
      counter.inc()
      let timer = timers.get(of)
      if (timer === undefined) timers.set(of, (timer = durations.labels(method, route)))
      timer.observe(seconds)
    },
  }
}
