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

const LISTS = ['all together: the order of instances and the hash', 'the whole registry']
const STRICT = ['a blank host', 'a port that is no number', 'no application']
const BATCHES: Record<string, Partial<GoldenAnswer>> = {
  'DeleteStatusOverride; the second without a timestamp': {
    status: 200,
    body: { responseList: [{ statusCode: 200 }, { statusCode: 200 }, { statusCode: 404 }] },
  },
  'no such action': { status: 200, body: { responseList: [{ statusCode: 500 }] } },
  'an unknown member': { status: 200, body: { responseList: [{ statusCode: 404 }] } },
  'no JSON': { status: 400, contentType: 'application/json' },
  'XML is asked for': { status: 200, contentType: 'application/json', body: { responseList: [] } },
  'anything is asked for': { status: 200, contentType: 'application/json', body: { responseList: [] } },
  'sent as XML': { status: 400, contentType: 'application/xml' },
}

const LIBERAL = [
  'text/xml',
  'metadata that is not text',
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
    why: 'registrations that Java cannot parse and that are clear all the same are taken',
    fits: ({ note }) => note !== undefined && LIBERAL.includes(note),
    ours: () => ({ status: 204 }),
  },
  {
    why: 'Spring’s server has no way to this address',
    fits: ({ path }) => path === 'serverinfo/statusoverrides',
    ours: () => ({ status: 200, body: {} }),
  },
  {
    why: 'an empty timestamp is none',
    fits: ({ path }) => path.endsWith('lastDirtyTimestamp='),
    ours: () => ({ status: 200 }),
  },
  {
    why: 'GET status has a proper answer in JSON, too',
    fits: ({ path, answer }) => path === 'status' && answer.status === 500,
    ours: () => ({ status: 200, contentType: 'application/json' }),
  },
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
    why: 'registrations that Java takes and that make no sense are refused',
    fits: ({ note }) => note !== undefined && STRICT.includes(note),
    ours: () => ({ status: 400, contentType: 'text/plain' }),
  },
  {
    why: 'what cannot be read is refused with the reason',
    fits: ({ answer, path }) => answer.status === 400 && path.startsWith('apps/') && includes(answer, 'cannot parse request body'),
    ours: ({ answer }) => ({ status: 400, contentType: answer.contentType }),
  },
  {
    why: 'the reason of a refusal is called what it is, plain text',
    fits: ({ answer }) => answer.status === 400 && /^"M(?:issing|ismatched) /.test(JSON.stringify(answer.body)),
    ours: ({ answer }) => ({ ...answer, contentType: 'text/plain' }),
  },
  {
    why: 'the server’s own figures: the names must be there',
    fits: ({ path, answer }) => path === 'status' && answer.status === 200,
    ours: () => ({ status: 200, contentType: 'application/xml' }),
  },
  {
    why: 'a member that only the newest of Java’s servers has in compact lists, and no client reads, is left out',
    fits: ({ answer }) => includes(answer, '"registeredApplicationsEmpty":'),
    ours: ({ answer }) => ({ ...answer, body: withoutMember(answer.body, 'registeredApplicationsEmpty') }),
  },
  {
    why: 'where compact XML is asked for, full XML is sent: every reader of it takes the rest',
    fits: ({ headers }) => headers?.['x-eureka-accept'] !== undefined && headers.accept === 'application/xml',
    ours: () => ({ status: 200, contentType: 'application/xml' }),
  },
  {
    why: 'an instance without an id is listed with the one it is known by',
    fits: ({ path, headers }) => path === 'apps/SHAPES/i-12345' && headers?.accept === 'application/xml',
    ours: ({ answer }) => ({ ...answer, body: edited(answer.body, '<instance>', '<instance>\n  <instanceId>i-12345</instanceId>') }),
  },
  {
    why: 'a status is read in any case, and a null in the metadata is no entry',
    fits: ({ path, answer }) => path === 'apps/SHAPES/more' && answer.status === 200,
    ours: ({ answer }) => ({ status: 200, contentType: answer.contentType }),
  },
  {
    why: 'XML of one instance tells its status as lists do; Java calls all but UP and STARTING down there',
    fits: ({ answer }) => includes(answer, '<status>DOWN</status>') && includes(answer, '<overriddenstatus>OUT_OF_SERVICE<'),
    ours: ({ answer }) => ({ ...answer, body: edited(answer.body, '<status>DOWN<', '<status>OUT_OF_SERVICE<') }),
  },
  {
    why: 'Java stops reading an instance in XML at a lease that is no number; we go on',
    fits: ({ path }) => path === 'apps/XML/x7',
    ours: () => ({ status: 200, contentType: 'application/xml' }),
  },
  {
    why: 'lists that hold instances which we read otherwise; each of them is compared above',
    fits: ({ note, path }) => (note !== undefined && LISTS.includes(note)) || path === 'apps/XML',
    ours: ({ answer }) => ({ status: answer.status }),
  },
  {
    why: 'lists by address are compressed, too',
    fits: ({ path, headers }) => path.startsWith('vips/') && headers?.['accept-encoding'] === 'gzip',
    ours: ({ answer }) => ({ ...answer, contentEncoding: 'gzip' }),
  },
  {
    why: 'a wrong timestamp keeps an override from being stored',
    fits: ({ answer }) => includes(answer, '"status":"UP","overriddenStatus":"UP"'),
    ours: () => ({ status: 200 }),
  },
  {
    why: 'a batch is read as far as it is clear, and answered in JSON',
    fits: ({ path, note }) => path.startsWith('peerreplication') && note !== undefined && note in BATCHES,
    ours: ({ note = '' }) => BATCHES[note] ?? {},
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
      const wanted = 'body' in expected ? comparable({ ...expected, status: 0 }, each.path) : expected
      const pick = (from: Partial<GoldenAnswer>) => Object.fromEntries(names.map((member) => [member, from[member]]))
      expect(pick(given), deviation.why).toEqual(
        pick({ ...(wanted as GoldenAnswer), ...('status' in expected ? { status: expected.status } : {}) }),
      )
    })
  })
}

function titleOf({ method, path, headers = {}, note }: Recorded): string {
  const shown = Object.entries(headers).map(([name, value]) => ` ${name}=${value}`)
  return `${note ? `${note}: ` : ''}${method} ${path}${shown.join('')}`
}

function includes({ body }: GoldenAnswer, text: string): boolean {
  return (Array.isArray(body) ? body.join('\n') : JSON.stringify(body ?? '')).includes(text)
}

/** A text that is kept by line, with something else in it. */
function edited(body: unknown, from: string, to: string): string[] {
  return (body as string[]).join('\n').replace(from, to).split('\n')
}

function withoutMember(body: unknown, name: string): unknown {
  return JSON.parse(JSON.stringify(body), (member, value) => (member === name ? undefined : value))
}

function isErrorPage(body: unknown): boolean {
  if (typeof body === 'string') return body.startsWith('<Map><timestamp>') || body.startsWith('<html>')
  return typeof body === 'object' && body !== null && 'timestamp' in body
}
