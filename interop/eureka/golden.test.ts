import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askAll, comparable, type GoldenAnswer, type Recorded, written } from './golden.ts'
import { SCENARIOS } from './golden-requests.ts'
import { javaServer, ourServer, type Registry } from './registries.ts'

// ORDER_FLOW_TEST_EUREKA=java asks Java's server once more, which must answer exactly as it was recorded.
const SERVER = process.env.ORDER_FLOW_TEST_EUREKA === 'java' ? javaServer : ourServer

interface Deviation {
  why: string
  fits(recorded: Recorded): boolean
  /** What ours must answer instead; members that are left out are not compared. */
  ours(recorded: Recorded): Partial<GoldenAnswer>
}

const LIBERAL = [
  'a data centre without a class',
  'a data centre of an unknown class',
  'a data centre in lower case',
  'a data centre of our own with metadata',
  'a bare port',
  'an unknown member in a port',
]

// Where we answer otherwise on purpose: the first that fits counts. All else must be as Java's server answers.
const DEVIATIONS: Deviation[] = [
  {
    why: 'a fault in a request is the asker’s: 400, not 500',
    fits: ({ answer }) => answer.status === 500,
    ours: () => ({ status: 400 }),
  },
  {
    why: 'we answer what is not known without a body; Spring’s error page in it breaks some clients, and Netflix’s server has none',
    fits: ({ answer, path }) => answer.status === 404 && path.includes('/'),
    ours: () => ({ status: 404, body: undefined }),
  },
  {
    why: 'whoever asks for neither XML nor JSON gets XML, not 406',
    fits: ({ answer }) => answer.status === 406,
    ours: ({ headers }) => ({ status: 200, contentType: headers?.accept?.includes('json') ? 'application/json' : 'application/xml' }),
  },
  {
    why: 'Java answers these two in one format and calls it the other',
    fits: ({ headers }) => headers?.accept === 'APPLICATION/JSON' || (headers?.accept?.includes(';q=') ?? false),
    ours: () => ({ status: 200, contentType: 'application/json' }),
  },
  {
    why: 'the text of an error page is Spring’s',
    fits: ({ answer }) => isErrorPage(answer.body),
    ours: ({ answer }) => ({ status: answer.status }),
  },
  {
    why: 'registrations that Java cannot parse and that are clear all the same are taken',
    fits: ({ note }) => note !== undefined && LIBERAL.includes(note),
    ours: () => ({ status: 204 }),
  },
  {
    why: 'the server’s own figures: the names must be there',
    fits: ({ path, answer }) => path === 'status' && answer.status === 200,
    ours: () => ({ status: 200, contentType: 'application/xml' }),
  },
]

for (const { name, requests } of SCENARIOS) {
  const recorded: Recorded[] = JSON.parse(readFileSync(join(import.meta.dirname, 'golden', `${name}.json`), 'utf8'))

  describe(`what Java's server answers (${name})`, () => {
    let registry: Registry
    let asked: Recorded[]
    beforeAll(async () => {
      registry = await SERVER.start()
      asked = await askAll(registry.serviceUrl, requests)
    })
    afterAll(() => registry.stop())

    test('the recording is of these requests', () => {
      expect(recorded.map(({ answer: _answer, ...request }) => request)).toEqual(JSON.parse(JSON.stringify(requests.map(written))))
    })

    test.each(recorded.map((each, index) => [`${index} ${titleOf(each)}`, index, each] as const))('%s', (_title, index, each) => {
      const answer = asked[index]?.answer
      const deviation = SERVER.isJava ? undefined : DEVIATIONS.find(({ fits }) => fits(each))
      if (!deviation) return expect(comparable(answer, each.path)).toEqual(comparable(each.answer, each.path))
      const expected = deviation.ours(each)
      const names = Object.keys(expected) as (keyof GoldenAnswer)[]
      const given = comparable(answer, each.path) as GoldenAnswer
      expect(Object.fromEntries(names.map((member) => [member, given[member]])), deviation.why).toEqual(expected)
    })
  })
}

function titleOf({ method, path, headers = {}, note }: Recorded): string {
  const shown = Object.entries(headers).map(([name, value]) => ` ${name}=${value}`)
  return `${note ? `${note}: ` : ''}${method} ${path}${shown.join('')}`
}

function isErrorPage(body: unknown): boolean {
  if (typeof body === 'string') return body.startsWith('<Map><timestamp>') || body.startsWith('<html>')
  return typeof body === 'object' && body !== null && 'timestamp' in body
}
