import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { accessibilityFaults } from '../../e2e/src/accessibility.ts'
import {
  describePage,
  findChromium,
  focusByKey,
  isUnloaded,
  markDocument,
  openVisit,
  overflowPx,
  startBrowser,
  type Visit,
} from '../../e2e/src/browser.ts'
import { type RunningRegistry, startRegistry } from './start-registry.ts'

type Page = Visit['page']

const SOON = { timeout: 20_000, interval: 50 }
const PHONE = { viewport: { width: 375, height: 812 } }
const SHORT_INTERVAL = { leaseInfo: { renewalIntervalInSecs: 1, durationInSecs: 300 } }

const chromium = findChromium(process.env.PATH ?? '')
const isRequired = process.env.ORDER_FLOW_REQUIRE_BROWSER === '1'
const NO_CHROMIUM = 'There is no chromium, chromium-browser or google-chrome on the PATH. Debian: apt install chromium'
if (!chromium && !isRequired) console.warn(`The browser tests of the dashboard are skipped. ${NO_CHROMIUM}`)

test.runIf(isRequired)('a Chromium is found', () => {
  expect(chromium, NO_CHROMIUM).toBeDefined()
})

describe.skipIf(!chromium)('in a browser', { timeout: 60_000 }, () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let registry: RunningRegistry
  let visits: Visit[] = []

  beforeAll(async () => {
    browser = await startBrowser(chromium ?? '')
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    registry = await startRegistry({ 'eureka.environment': 'production', 'eureka.server.eviction-interval-timer-in-ms': 50 })
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') for (const { page } of visits) console.warn(await describePage(page))
    const complaints = visits.flatMap((opened) => opened.complaints)
    await Promise.all(visits.map(({ close }) => close()))
    visits = []
    await registry.stop()
    expect(complaints).toEqual([])
  })

  async function look(path = '/', options: Parameters<typeof openVisit>[1] = {}): Promise<Page> {
    const visit = await openVisit(browser, options)
    visits.push(visit)
    await visit.page.goto(registry.url + path)
    return visit.page
  }

  async function register(app: string, instanceId: string, changes: Record<string, unknown> = {}): Promise<void> {
    const instance = { instanceId, hostName: 'web1', app, ipAddr: '10.1.2.3', port: { $: 8080, '@enabled': 'true' }, ...changes }
    const body = JSON.stringify({ instance: { dataCenterInfo: { name: 'MyOwn' }, ...instance } })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${registry.serviceUrl}apps/${app}`, { method: 'POST', headers, body })
    expect(answer.status).toBe(204)
  }

  const renew = (app: string, instanceId: string) => fetch(`${registry.serviceUrl}apps/${app}/${instanceId}`, { method: 'PUT' })

  test('instances appear, change and go without a reload', async () => {
    await register('ORDERS', 'a', { metadata: { zone: 'east', version: '1.2' }, statusPageUrl: 'http://web1:8080/info' })
    const page = await look()
    await seeRows(page, ['ORDERS/a UP'])
    await markDocument(page)
    await register('STOCK', 'b', { status: 'STARTING' })
    await seeRows(page, ['ORDERS/a UP', 'STOCK/b STARTING'])
    await register('STOCK', 'b', { lastDirtyTimestamp: Date.now() + 1 })
    await seeRows(page, ['ORDERS/a UP', 'STOCK/b UP'])
    await fetch(`${registry.serviceUrl}apps/STOCK/b`, { method: 'DELETE' })
    await seeRows(page, ['ORDERS/a UP'])
    await expect.poll(() => texts(page, 'change'), SOON).toHaveLength(4)
    expect(await page.getByTestId('change').first().getAttribute('data-what')).toBe('left')
    expect(await page.getByTestId('place').textContent()).toBe('production · default')
    expect(await page.getByRole('link', { name: 'web1:8080' }).getAttribute('rel')).toBe('noopener noreferrer')
    await page.getByRole('button', { name: 'Details of a' }).click()
    await page.getByText('1.2', { exact: true }).waitFor()
    expect(await isUnloaded(page)).toBe(false)
  })

  test('an instance is taken out of service, restored and removed', async () => {
    await register('ORDERS', 'a')
    await register('ORDERS', 'b')
    const page = await look()
    await page.getByRole('button', { name: 'Take out of service: a' }).click()
    await seeRows(page, ['ORDERS/a OUT_OF_SERVICE', 'ORDERS/b UP'])
    await seeNotice(page, 'a is out of service')
    await expect.poll(() => texts(page, 'instance'), SOON).toContainEqual(expect.stringContaining('set by hand\nits own: Up'))
    await page.getByRole('button', { name: 'Restore a' }).click()
    await seeRows(page, ['ORDERS/a UP', 'ORDERS/b UP'])
    await seeNotice(page, 'a has its own status again: Up')
    await page.getByRole('button', { name: 'Remove b' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await seeRows(page, ['ORDERS/a UP', 'ORDERS/b UP'])
    await page.getByRole('button', { name: 'Remove b' }).click()
    await page.getByTestId('confirm-yes').click()
    await seeRows(page, ['ORDERS/a UP'])
    await seeNotice(page, 'b is removed')
  })

  test('what cannot be done is said in words', async () => {
    await register('ORDERS', 'a')
    const page = await look()
    await seeRows(page, ['ORDERS/a UP'])
    await page.route('**/status?value=*', (route) => route.fulfill({ status: 403 }))
    await page.getByRole('button', { name: 'Take out of service: a' }).click()
    await seeNotice(page, 'you are not allowed to')
    visits[0]?.complaints.splice(0) // the console tells of the 403, too
  })

  test('who must sign in first does so in the page', async () => {
    await register('ORDERS', 'a')
    const visit = await openVisit(browser)
    visits.push(visit)
    const { page } = visit
    const right = `Basic ${Buffer.from('오퍼레이터:secret').toString('base64')}`
    await page.route('**/dashboard/state*', async (route) => {
      const answer = await route.fetch()
      const { authorization } = await route.request().allHeaders()
      const viewer = { mayAct: authorization === right, signIn: authorization !== right }
      await route.fulfill({ response: answer, json: { ...(await answer.json()), viewer } })
    })
    await page.goto(registry.url)
    await seeRows(page, ['ORDERS/a UP'])
    expect(await page.getByRole('button', { name: /^(Take out|Remove)/ }).count()).toBe(0)
    await page.getByTestId('sign-in').click()
    await page.getByLabel('User').fill('오퍼레이터')
    await page.getByLabel('Password').fill('wrong')
    await page.getByTestId('sign-in-submit').click()
    await expect.poll(() => page.getByTestId('sign-in-problem').textContent(), SOON).toContain('do not go together')
    await page.getByLabel('Password').fill('secret')
    await page.getByTestId('sign-in-submit').click()
    await page.getByRole('button', { name: 'Take out of service: a' }).waitFor()
    expect(await page.evaluate<string>('JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie')).not.toContain('secret')
    await page.getByTestId('sign-in').click()
    await expect.poll(() => page.getByRole('button', { name: /^(Take out|Remove)/ }).count(), SOON).toBe(0)
  })

  test('where even looking needs a sign-in, the page asks for it once', async () => {
    await register('ORDERS', 'a')
    const visit = await openVisit(browser)
    visits.push(visit)
    const { page } = visit
    for (const path of ['**/dashboard/*?*', '**/apps/stream']) {
      await page.route(path, async (route) => {
        if ((await route.request().allHeaders()).authorization) return route.continue()
        return route.fulfill({ status: 401 })
      })
    }
    await page.goto(registry.url)
    await page.getByLabel('Password').waitFor()
    await page.keyboard.press('Escape')
    await page.waitForResponse((answer) => answer.status() === 401)
    expect(await page.getByTestId('sign-in-dialog').isVisible()).toBe(false)
    expect(await page.getByTestId('lost').textContent()).toContain('only to those who sign in')
    await page.getByTestId('sign-in').click()
    await page.getByLabel('User').fill('reader')
    await page.getByLabel('Password').fill('secret')
    await page.keyboard.press('Enter')
    await seeRows(page, ['ORDERS/a UP'])
    await expect.poll(() => page.getByTestId('live').textContent(), SOON).toBe('Live')
    visit.complaints.splice(0) // the console tells of each 401
  })

  test('on a registry that asks for accounts, a reader looks and an operator acts', async () => {
    const everything = (actions: string[]) => actions.map((action) => ({ action, applications: ['*'] }))
    const guarded = await startRegistry({
      'eureka.server.security.enabled': 'true',
      'eureka.server.security.accounts': [
        { name: 'reader', password: 'look', may: everything(['read']) },
        { name: 'operator', password: 'act', may: everything(['read', 'register', 'override', 'operate']) },
      ],
    })
    const visit = await openVisit(browser)
    visits.push(visit)
    const { page } = visit
    const challenges: (string | undefined)[] = []
    page.on('response', (answer) => answer.status() === 401 && challenges.push(answer.headers()['www-authenticate']))
    try {
      const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa('operator:act')}` }
      const instance = { instanceId: 'a', hostName: 'web1', app: 'ORDERS', ipAddr: '10.1.2.3', dataCenterInfo: { name: 'MyOwn' } }
      await fetch(`${guarded.serviceUrl}apps/ORDERS`, { method: 'POST', headers, body: JSON.stringify({ instance }) })

      await page.goto(guarded.url)
      await signIn(page, 'reader', 'look')
      await seeRows(page, ['ORDERS/a UP'])
      expect(await page.getByRole('button', { name: /^(Take out|Remove)/ }).count()).toBe(0)
      await page.reload()
      await signIn(page, 'operator', 'act')
      await page.getByRole('button', { name: 'Take out of service: a' }).click()
      await seeRows(page, ['ORDERS/a OUT_OF_SERVICE'])
      await page.getByRole('button', { name: 'Restore a' }).click()
      await seeRows(page, ['ORDERS/a UP'])
      // Or the browser would ask its user beside the page.
      expect(challenges.length).toBeGreaterThan(0)
      expect(new Set(challenges)).toEqual(new Set([undefined]))
      visit.complaints.splice(0) // the console tells of each 401
    } finally {
      await page.goto('about:blank')
      await guarded.stop()
    }
  })

  test('peers are shown with what waits for them', async () => {
    const visit = await openVisit(browser)
    visits.push(visit)
    const { page } = visit
    const peers = [
      { url: 'http://b.example:8761/eureka/', isReachable: true, queued: 0, lagMs: 12 },
      { url: 'http://c.example:8761/eureka/', isReachable: false, queued: 1234, lagMs: 65_000, lastProblem: 'connect <b>ECONNREFUSED</b>' },
    ]
    await page.route('**/dashboard/state*', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...(await answer.json()), peers } })
    })
    await page.goto(registry.url)
    await page.getByTestId('peer').nth(1).waitFor()
    expect(await texts(page, 'peer')).toEqual([
      'http://b.example:8761/eureka/Reachable 0 waiting · lag 12 ms',
      'http://c.example:8761/eureka/Not reachable 1,234 waiting · lag 1 minconnect <b>ECONNREFUSED</b>',
    ])
  })

  test('self-preservation is explained as it changes', async () => {
    const ids = ['0', '1', '2', '3', '4', '5', '6', '7']
    const page = await look()
    await seePreservation(page, 'empty', 'No instance is registered yet.')
    for (const id of ids) await register('ORDERS', id, SHORT_INTERVAL)
    let heard = ids
    const renewing = setInterval(() => heard.map((id) => renew('ORDERS', id)), 300)
    try {
      await seePreservation(page, 'well', 'All 8 registered instances are heard. Up to 2 of them may fall silent at once')
      heard = ids.slice(3)
      await seePreservation(
        page,
        'active',
        /^Active since \d\d:\d\d:\d\d: only 5 of 8 instances are heard\..* It ends when 6 are heard again\./,
      )
      heard = []
      await seePreservation(page, 'deaf', /not one of 8 instances is heard any more/)
      heard = ids
      await seePreservation(page, 'well', 'All 8 registered instances are heard.')
    } finally {
      clearInterval(renewing)
    }
  })

  test('what instances say of themselves stays text', async () => {
    const evil = '<img src=x onerror="window.harmed=1">'
    await register('ORDERS', evil, {
      hostName: '<script>window.harmed=1</script>',
      homePageUrl: 'javascript:window.harmed=1',
      statusPageUrl: ' javascript:window.harmed=1',
      healthCheckUrl: 'data:text/html,<script>1</script>',
      metadata: { '<b>key</b>': evil, zone: '"><svg onload=window.harmed=1>', __proto__x: '{id} $&' },
    })
    await register('__PROTO__', 'constructor')
    const page = await look()
    await seeRows(page, ['__PROTO__/constructor UP', `ORDERS/${evil} UP`])
    await page.getByRole('button', { name: `Details of ${evil}` }).click()
    await page.getByText('<b>key</b>').waitFor()
    await page.getByRole('button', { name: `Take out of service: ${evil}` }).click()
    await seeNotice(page, `${evil} is out of service`)
    expect(await page.locator('main img, main svg, main script, main b').count()).toBe(0)
    expect(await page.locator('#instance-table a').count()).toBe(0)
    expect(await page.evaluate('window.harmed')).toBeUndefined()
  })

  test('it speaks Korean, by the browser’s language or when asked to, and remembers it', async () => {
    await register('ORDERS', 'a')
    const page = await look('/', { locale: 'ko-KR' })
    await expect.poll(() => page.title(), SOON).toBe('서비스 레지스트리')
    await expect.poll(() => texts(page, 'preservation-text'), SOON).toEqual(['등록된 인스턴스 1개가 모두 응답하고 있습니다.'])
    await page.getByRole('button', { name: 'a: 서비스에서 제외' }).waitFor()
    await page.getByTestId('language').click()
    await page.getByRole('heading', { level: 1, name: 'Service registry' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Service registry' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
  })

  test('with many instances applications are closed at first, and filters find the few', async () => {
    for (let index = 0; index < 150; index++) {
      await register('ORDERS', `orders-${index}`, { metadata: { zone: index % 2 ? 'east' : 'west' }, status: index === 7 ? 'DOWN' : 'UP' })
    }
    const page = await look()
    await expect.poll(() => texts(page, 'totals'), SOON).toEqual(['150 instances in 1 application'])
    expect(await page.getByTestId('instance').count()).toBe(0)
    await page.getByRole('button', { name: /^ORDERS/ }).click()
    await expect.poll(() => page.getByTestId('instance').count(), SOON).toBe(100)
    await page.getByRole('button', { name: 'Show 50 more of 50' }).click()
    await expect.poll(() => page.getByTestId('instance').count(), SOON).toBe(150)
    await page.getByTestId('filter-text').fill('orders-14')
    await expect.poll(() => page.getByTestId('instance').count(), SOON).toBe(11)
    await page.getByTestId('filter-zone').selectOption({ label: 'east' })
    await expect.poll(() => page.getByTestId('instance').count(), SOON).toBe(5)
    await page.getByTestId('filter-text').fill('')
    await page.getByRole('button', { name: 'Down 1', exact: true }).click()
    await seeRows(page, ['ORDERS/orders-7 DOWN'])
    await page.getByTestId('filter-text').fill('nobody')
    await page.getByRole('button', { name: 'Show all' }).click()
    await expect.poll(() => page.getByTestId('instance').count(), SOON).toBe(100)
  })

  test('it says when the registry is gone, and catches up when it is back', async () => {
    await register('ORDERS', 'a')
    const page = await look()
    await seeRows(page, ['ORDERS/a UP'])
    const settings = { 'server.port': registry.port }
    await registry.stop()
    await expect.poll(() => page.getByTestId('lost').textContent(), SOON).toContain('cannot be reached')
    await seeRows(page, ['ORDERS/a UP'])
    registry = await startRegistry(settings)
    await register('ORDERS', 'b')
    await seeRows(page, ['ORDERS/b UP'])
    expect(await page.getByTestId('lost').isVisible()).toBe(false)
    await expect.poll(() => texts(page, 'change'), SOON).toHaveLength(1)
    visits[0]?.complaints.splice(0) // the console tells that nobody answered
  })

  test('recent changes have an address of their own', async () => {
    await register('ORDERS', 'a')
    const page = await look('/lastn')
    await expect.poll(() => texts(page, 'change'), SOON).toHaveLength(1)
    expect(await page.getByTestId('instance').first().isVisible()).toBe(false)
    await markDocument(page)
    await page.getByRole('link', { name: 'Instances', exact: true }).click()
    await page.getByTestId('instance').first().waitFor()
    await page.goBack()
    await expect.poll(() => page.getByTestId('instance').first().isVisible(), SOON).toBe(false)
    expect(await isUnloaded(page)).toBe(false)
  })

  test('it can be used with the keyboard alone, and the focus stays where it is', async () => {
    await register('ORDERS', 'a')
    const page = await look()
    await seeRows(page, ['ORDERS/a UP'])
    await focusByKey(page, 'filter-text')
    for (let presses = 0; presses < 20 && (await focusedName(page)) !== 'Remove a'; presses++) await page.keyboard.press('Tab')
    await register('ORDERS', '0')
    await seeRows(page, ['ORDERS/0 UP', 'ORDERS/a UP'])
    expect(await focusedName(page)).toBe('Remove a')
    await page.keyboard.press('Enter')
    await page.getByTestId('confirm').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => focusedName(page), SOON).toBe('Remove a')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await seeRows(page, ['ORDERS/0 UP'])
    expect(await page.evaluate('document.activeElement.id')).toBe('instances')
  })

  test.each([
    ['on a desk', {}],
    ['on a phone', PHONE],
    ['in Korean, in the dark', { ...PHONE, locale: 'ko-KR', colorScheme: 'dark' as const }],
  ])('%s nothing sticks out, and assistive technology can read it', async (_where, options) => {
    await register('A-SERVICE-WITH-A-VERY-LONG-NAME-INDEED-THAT-GOES-ON', 'web1.internal.example.com:a-service-with-a-very-long-name:8080')
    await register('ORDERS', 'a', { status: 'DOWN', metadata: { zone: 'ap-northeast-2a' } })
    for (const path of ['/', '/lastn']) {
      const page = await look(path, options)
      await page.getByTestId('change').nth(1).waitFor()
      if (path === '/') {
        await seeRows(page, [expect.stringContaining('A-SERVICE'), 'ORDERS/a DOWN'])
        await page.getByTestId('instance').first().getByRole('button').first().click()
      }
      expect(await overflowPx(page), path).toBe(0)
      expect(await accessibilityFaults(page), path).toEqual([])
      expect(await page.evaluate(FAINT_TEXTS), path).toEqual([])
    }
  })
})

/** The instances that are shown, as `APP/id STATUS`. */
async function signIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel('User').fill(user)
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
}

function seeRows(page: Page, expected: unknown[]): Promise<void> {
  const read = () =>
    page.getByTestId('instance').evaluateAll((rows) =>
      rows.map((row) => {
        const app = row.closest('[data-app]')?.getAttribute('data-app')
        return `${app}/${row.querySelector('.id')?.textContent} ${row.getAttribute('data-status')}`
      }),
    )
  return expect.poll(read, SOON).toEqual(expected)
}

async function seeNotice(page: Page, text: string): Promise<void> {
  await expect.poll(() => page.getByTestId('notice').textContent(), SOON).toContain(text)
}

async function seePreservation(page: Page, kind: string, text: string | RegExp): Promise<void> {
  await page.locator(`[data-testid="preservation"][data-kind="${kind}"]`).waitFor()
  await expect.poll(() => page.getByTestId('preservation-text').textContent(), SOON).toMatch(text)
}

function texts(page: Page, testId: string): Promise<string[]> {
  return page.getByTestId(testId).allTextContents()
}

function focusedName(page: Page): Promise<string | null> {
  return page.evaluate(`document.activeElement.getAttribute('aria-label')`)
}

/** Texts with less contrast than WCAG 2.2 asks for (1.4.3: 4.5 to 1), evaluated in the page. */
const FAINT_TEXTS = `(() => {
  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number)
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const backgroundOf = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = parse(getComputedStyle(each).backgroundColor)
      if (color.length === 3 || color[3] === 1) return color
    }
    return [255, 255, 255]
  }
  const faint = []
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')
    if (!hasText || !element.checkVisibility({ opacityProperty: true }) || element.closest('.notice, .unseen')) continue
    const [one, other] = [luminance(parse(getComputedStyle(element).color)), luminance(backgroundOf(element))]
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    if (contrast < 4.5) faint.push(element.textContent + ' ' + contrast.toFixed(2))
  }
  return faint
})()`
