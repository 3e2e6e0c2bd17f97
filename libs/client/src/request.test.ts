import { expect, test } from 'vitest'
import { createHttpClient } from './http-client.ts'
import { isUnanswered, NO_ANSWER, ProblemError } from './problem-error.ts'

interface Seen {
  url: string
  method: string
  headers: Headers
  body: unknown
}

/** A server of answers by path; each list is used up in order, its last answer again and again. */
function aServer(answers: Record<string, Response[]>) {
  const seen: Seen[] = []
  const serve: typeof fetch = async (input, init) => {
    const url = String(input)
    const method = init?.method ?? 'GET'
    seen.push({
      url,
      method,
      headers: new Headers(init?.headers),
      body: init?.body === undefined ? undefined : JSON.parse(String(init.body)),
    })
    const left = answers[`${method} ${url.split('?')[0]}`] ?? []
    const answer = left.length > 1 ? left.shift() : left[0]
    return answer?.clone() ?? new Response(null, { status: 404 })
  }
  return { seen, serve }
}

const json = (body: unknown, status = 200) => Response.json(body, { status })
const problem = (status: number, more: object = {}) => json({ type: 'urn:x', title: 'No', status, ...more }, status)
const anAccount = { id: 'a1', email: 'a@example.com', name: 'A', roles: ['customer'] }
const anOrder = { lines: [{ sku: 'MUG', quantity: 1 }], payment: { method: 'card', token: 'tok_visa' } } as const

async function failureOf(call: Promise<unknown>): Promise<ProblemError> {
  const error = await call.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  if (error instanceof ProblemError) return error
  throw new Error('The call did not fail with a ProblemError.')
}

test('placing an order sends its key, and its body as JSON', async () => {
  const { seen, serve } = aServer({ 'POST /api/orders': [json({ id: 'o1' }, 201)] })
  const order = await createHttpClient({ baseUrl: '', fetch: serve }).placeOrder({ ...anOrder, lines: [...anOrder.lines] }, 'key-1')
  expect(order.id).toBe('o1')
  expect(seen[0]?.headers.get('idempotency-key')).toBe('key-1')
  expect(seen[0]?.body).toEqual(anOrder)
})

test('query members that are empty or undefined are left out, and path members are encoded', async () => {
  const { seen, serve } = aServer({ 'GET /api/products': [json({})], 'GET /api/products/A%20B': [json({})] })
  const client = createHttpClient({ baseUrl: '', fetch: serve })
  await client.products({ search: '', category: 'Kitchen & Co', limit: 5 })
  await client.product('A B')
  expect(seen.map((call) => call.url)).toEqual(['/api/products?category=Kitchen+%26+Co&limit=5', '/api/products/A%20B'])
})

test('an unsuccessful answer is thrown with its problem', async () => {
  const { serve } = aServer({ 'GET /api/orders/o1': [problem(404, { detail: 'Order o1 does not exist.' })] })
  const error = await failureOf(createHttpClient({ baseUrl: '', fetch: serve }).order('o1'))
  expect(error).toMatchObject({ status: 404, message: 'Order o1 does not exist.', problem: { type: 'urn:x' } })
})

test('an unsuccessful answer without a problem gets one from its status', async () => {
  const { serve } = aServer({ 'GET /api/orders/o1': [new Response('<html>', { status: 502, statusText: 'Bad Gateway' })] })
  const error = await failureOf(createHttpClient({ baseUrl: '', fetch: serve }).order('o1'))
  expect(error.problem).toEqual({ type: 'about:blank', title: 'Bad Gateway', status: 502 })
})

test('a 401 renews the cookies once for all calls that met it, and repeats them', async () => {
  const { seen, serve } = aServer({
    'GET /api/auth/me': [problem(401), problem(401), json(anAccount)],
    'POST /api/auth/refresh': [json({})],
  })
  const client = createHttpClient({ baseUrl: '', fetch: serve })
  expect(await Promise.all([client.me(), client.me()])).toEqual([anAccount, anAccount])
  expect(seen.filter((call) => call.url === '/api/auth/refresh')).toHaveLength(1)
})

test('a 401 stays one when the renewal is refused', async () => {
  const { seen, serve } = aServer({ 'GET /api/auth/me': [problem(401)], 'POST /api/auth/refresh': [problem(401)] })
  expect((await failureOf(createHttpClient({ baseUrl: '', fetch: serve }).me())).status).toBe(401)
  expect(seen).toHaveLength(2)
})

test('a wrong password and a client with a token renew nothing', async () => {
  const { seen, serve } = aServer({ 'POST /api/auth/login': [problem(401)], 'GET /api/auth/me': [problem(401)] })
  await failureOf(createHttpClient({ baseUrl: '', fetch: serve }).login({ email: 'a@example.com', password: 'x' }))
  await failureOf(createHttpClient({ baseUrl: '', fetch: serve, accessToken: () => 't1' }).me())
  expect(seen.map((call) => call.url)).toEqual(['/api/auth/login', '/api/auth/me'])
  expect(seen[1]?.headers.get('authorization')).toBe('Bearer t1')
})

test('a call without an answer fails after its timeout as unanswered', async () => {
  const silent: typeof fetch = (_, init) =>
    new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
  const error = await failureOf(createHttpClient({ baseUrl: '', fetch: silent, timeoutMs: 5 }).me())
  expect(error.problem).toMatchObject({ type: NO_ANSWER, status: 0, detail: 'GET /api/auth/me: the server did not answer within 5 ms.' })
  expect(isUnanswered(error)).toBe(true)
})

test('a call that its caller gave up fails with the reason given', async () => {
  const { serve } = aServer({})
  const giveUp = new AbortController()
  giveUp.abort(new Error('left the page'))
  const refusing: typeof fetch = (input, init) => (init?.signal?.aborted ? Promise.reject(init.signal.reason) : serve(input, init))
  await expect(createHttpClient({ baseUrl: '', fetch: refusing }).me(giveUp.signal)).rejects.toThrow('left the page')
})

test('only a clear answer counts as answered', () => {
  const error = (status: number, retryAfterSeconds?: number) =>
    new ProblemError({ type: 'urn:x', title: 'No', status }, { retryAfterSeconds })
  expect([0, 401, 408, 425, 429, 500, 503].map((status) => isUnanswered(error(status)))).not.toContain(false)
  expect([400, 403, 404, 409, 422].map((status) => isUnanswered(error(status)))).not.toContain(true)
  expect(isUnanswered(error(409, 1))).toBe(true)
})
