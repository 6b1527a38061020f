/** `npm test` draws the same random cases every time, so that it never fails by luck; `npm run test:long` explores. */
import fc from 'fast-check'

if (process.env['AAM_LONG'] !== '1') fc.configureGlobal({ seed: 20_260_314 })
