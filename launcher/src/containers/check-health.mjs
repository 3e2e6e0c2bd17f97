// For HEALTHCHECK: succeeds when the service of this container is ready. Plain JavaScript, as it runs every few seconds.
import { get } from 'node:http'

const TIMEOUT_MS = 4000
const url = `http://127.0.0.1:${process.env.HEALTH_PORT}/actuator/health/readiness`

const request = get(url, { timeout: TIMEOUT_MS }, (response) => {
  response.resume()
  if (response.statusCode !== 200) fail(`${url} answers ${response.statusCode}.`)
})
request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
request.on('error', (error) => fail(`${url}: ${error.message}.`))

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
