import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { accessibilityFaults } from '../src/accessibility.ts'
import { brokenRules } from '../src/broken-rules.ts'
import {
  describePage,
  findChromium,
  focusByKey,
  isUnloaded,
  markDocument,
  openVisit,
  overflowPx,
  startBrowser,
  typeInto,
  type Visit,
  watchAttribute,
} from '../src/browser.ts'
import { chosenDeployment, type DeployedShop } from '../src/deployments.ts'
import { createFaultProxy } from '../src/fault-proxy.ts'
import { type Person, register, signIn } from '../src/person.ts'
import type { System } from '../src/system.ts'

const SOON = { timeout: 20_000, interval: 50 }
const START_TIMEOUT_MS = 120_000
const PHONE = { viewport: { width: 390, height: 844 } }
const PLACED = 'io.orderflow.order.placed.v1'
const CONFIRMED = 'io.orderflow.order.confirmed.v1'
const REJECTED = 'io.orderflow.order.rejected.v1'
const CANCEL_REQUESTED = 'io.orderflow.order.cancel_requested.v1'
const CANCELLED = 'io.orderflow.order.cancelled.v1'

const chromium = findChromium(process.env.PATH ?? '')
const isRequired = process.env.ORDER_FLOW_REQUIRE_BROWSER === '1'
const NO_CHROMIUM = 'There is no chromium, chromium-browser or google-chrome on the PATH. Debian: apt install chromium'
if (!chromium && !isRequired) console.warn(`The browser tests are skipped. ${NO_CHROMIUM}`)

let shop: DeployedShop
let system: System
let browser: Browser
let visits: Visit[] = []

/** Opens a browser of its own; what its page complains about fails the test in the end. */
async function visit(options?: BrowserContextOptions): Promise<Visit> {
  const opened = await openVisit(browser, options)
  visits.push(opened)
  return opened
}

/** Signs in through the page, and waits until the page follows its live topics. */
async function enter(person: Person, { at = system.gateway, topic = 'user:me', ...options }: Entry = {}): Promise<Visit> {
  const opened = await visit(options)
  await opened.page.goto(`${at}/sign-in`)
  await fillSignIn(opened.page, person)
  await expect.poll(() => opened.subscribed, SOON).toContain(topic)
  return opened
}

type Entry = BrowserContextOptions & { at?: string; topic?: string }

async function fillSignIn(page: Page, { credentials }: Person) {
  await page.getByTestId('email').fill(credentials.email)
  await page.getByTestId('password').fill(credentials.password)
  await page.getByTestId('sign-in').click()
}

/** Puts one product in the basket and goes to the checkout, as one does. */
async function takeToCheckout(page: Page, sku: string) {
  await page.goto(`${system.gateway}/products/${sku}`)
  await page.getByTestId('add-to-basket').click()
  await page.getByTestId('basket-link').click()
  await page.getByTestId('checkout-link').click()
  await page.getByTestId('place-order').waitFor()
}

const seeStatus = (page: Page, status: string) => page.locator(`[data-testid="order-status"][data-status="${status}"]`).waitFor()

const seeTimeline = (page: Page, types: string[]) =>
  expect
    .poll(() => page.getByTestId('timeline-entry').evaluateAll((entries) => entries.map((entry) => entry.getAttribute('data-type'))), SOON)
    .toEqual(types)

const seeMessages = (page: Page, bodies: string[]) =>
  expect.poll(() => page.getByTestId('chat-message').locator('p:first-child').allInnerTexts(), SOON).toEqual(bodies)

/** Looks at whole pages: nothing sticks out at the side, and assistive technology can read them. */
async function inspect(page: Page, paths: string[]) {
  for (const path of paths) {
    await page.goto(system.gateway + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    expect(await overflowPx(page), path).toBe(0)
    expect(await accessibilityFaults(page), path).toEqual([])
  }
}

async function say(page: Page, body: string) {
  await page.getByTestId('chat-input').fill(body)
  await page.getByTestId('chat-send').click()
}

test.runIf(isRequired)('a Chromium is found', () => {
  expect(chromium, NO_CHROMIUM).toBeDefined()
})

// A second try: twice in some thirty runs the keyboard test failed, once with the sign-in not gone through, for a reason
// not found. What the pages showed is printed when a test fails. A lasting fault of the shop fails both tries.
describe.skipIf(!chromium)('in a browser', { timeout: 60_000, retry: 1 }, () => {
  beforeAll(async () => {
    ;[shop, browser] = await Promise.all([chosenDeployment().start(), startBrowser(chromium ?? '')])
    system = shop.system
  }, START_TIMEOUT_MS)
  afterAll(async () => {
    await browser.close()
    await system.stop()
    expect(await brokenRules(shop.audit, { atRest: true })).toEqual([])
    await shop.remove()
  }, START_TIMEOUT_MS)
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') for (const { page } of visits) console.warn(await describePage(page))
    const complaints = visits.flatMap((opened) => opened.complaints)
    await Promise.all(visits.map((opened) => opened.close()))
    visits = []
    expect(complaints).toEqual([])
  })

  test('a customer searches, signs in, pays, and sees the order confirmed without a reload', async () => {
    const { page } = await visit()
    await page.goto(system.gateway)
    await markDocument(page)
    await page.getByTestId('search-input').fill('watering')
    await expect.poll(() => page.getByTestId('product-card').count(), SOON).toBe(1)
    await page.getByTestId('product-card').getByTestId('add-to-basket').click()
    await expect.poll(() => page.getByTestId('basket-count').textContent(), SOON).toBe('1')
    await page.getByTestId('basket-link').click()
    await page.getByTestId('checkout-link').click()
    await fillSignIn(page, await signIn(system, 'customer'))
    await page.getByTestId('test-card-select').selectOption('tok_slow')
    const statuses = await watchAttribute(page, 'order-status', 'data-status')
    await page.getByTestId('place-order').click()
    await seeStatus(page, 'confirmed')
    await seeTimeline(page, [PLACED, CONFIRMED])
    expect(await statuses()).toEqual(['placed', 'confirmed'])
    expect(await page.getByTestId('basket-count').textContent()).toBe('0')
    expect(await isUnloaded(page)).toBe(false)

    const number = await page.getByTestId('order-number').getAttribute('data-number')
    await page.reload()
    await seeStatus(page, 'confirmed')
    expect(await page.getByTestId('order-number').getAttribute('data-number')).toBe(number)
  })

  test('a declined card is explained', async () => {
    const { page } = await enter(await register(system))
    await takeToCheckout(page, 'TBL-002')
    await page.getByTestId('test-card-select').selectOption('tok_insufficient_funds')
    await page.getByTestId('place-order').click()
    await seeStatus(page, 'rejected')
    await seeTimeline(page, [PLACED, REJECTED])
    const explanation = await page.getByRole('alert').textContent()
    expect(explanation).toContain('You have not been charged.')
    expect(explanation).toContain('insufficient funds')
  })

  test('an order cancelled in one window is seen cancelled and refunded in the other', async () => {
    const customer = await register(system)
    const order = await customer.order('KIT-005', 2)
    const [one, other] = await Promise.all([enter(customer), enter(customer)])
    for (const { page } of [one, other]) {
      await page.goto(`${system.gateway}/orders/${order.id}`)
      await seeStatus(page, 'confirmed')
      await markDocument(page)
    }
    await one.page.getByTestId('cancel-order').click()
    await one.page.getByTestId('cancel-order-confirm').click()
    for (const { page } of [one, other]) {
      await seeStatus(page, 'cancelled')
      await seeTimeline(page, [PLACED, CONFIRMED, CANCEL_REQUESTED, CANCELLED])
      await page.getByText('Refunded').waitFor()
      expect(await page.getByTestId('cancel-order').count()).toBe(0)
      expect(await isUnloaded(page)).toBe(false)
    }
  })

  test('a customer elsewhere in the shop is told, and led to the order', async () => {
    const customer = await register(system)
    const { page } = await enter(customer)
    const order = await customer.order('TBL-001')
    await page.getByTestId('toast').getByRole('link').click()
    await seeStatus(page, 'confirmed')
    expect(page.url()).toBe(`${system.gateway}/orders/${order.id}`)
  })

  test('customer and agent chat about an order, both live', async () => {
    const [customer, agent] = await Promise.all([register(system), signIn(system, 'agent')])
    const order = await customer.order('TBL-001')
    const [{ page: mine }, { page: desk }] = await Promise.all([enter(customer), enter(agent, { topic: 'support' })])
    expect(new URL(desk.url()).pathname).toBe('/support')
    await mine.goto(`${system.gateway}/orders/${order.id}`)
    await mine.getByTestId('open-order-chat').click()
    await Promise.all([markDocument(mine), markDocument(desk)])

    await say(mine, 'Where is it?')
    await desk.getByTestId('conversation-item').filter({ hasText: 'Where is it?' }).click()
    await seeMessages(desk, ['Where is it?'])
    await desk.getByRole('heading', { level: 2, name: /^Customer / }).waitFor()
    await say(desk, 'On its way.')
    await seeMessages(mine, ['Where is it?', 'On its way.'])
    await mine.getByTestId('chat-input').fill('Thank you!')
    await mine.keyboard.press('Enter')
    await seeMessages(desk, ['Where is it?', 'On its way.', 'Thank you!'])
    await seeMessages(mine, ['Where is it?', 'On its way.', 'Thank you!'])
    expect(await Promise.all([isUnloaded(mine), isUnloaded(desk)])).toEqual([false, false])
  })

  test('a lost connection heals and shows what was missed, each once', async () => {
    const { hostname, port } = new URL(system.gateway)
    const line = await createFaultProxy({ host: hostname, port: Number(port) })
    const address = `http://127.0.0.1:${line.port}`
    const [customer, agent] = await Promise.all([register(system), signIn(system, 'agent')])
    const order = await customer.order('TBL-001')
    const opening = { orderId: order.id, body: 'Where is it?', clientId: randomUUID() }
    const { conversation } = await customer.shop.openConversation(opening)
    const opened = await enter(customer, { at: address })
    const { page } = opened
    await page.goto(`${address}/orders/${order.id}`)
    await seeTimeline(page, [PLACED, CONFIRMED])
    await page.getByTestId('open-order-chat').click()
    await seeMessages(page, ['Where is it?'])
    await expect.poll(() => opened.subscribed.length, SOON).toBe(2)
    await markDocument(page)

    line.cut()
    await page.getByText('Reconnecting…').waitFor()
    await agent.shop.postMessage(conversation.id, { body: 'On its way.', clientId: randomUUID() })
    await customer.shop.cancelOrder(order.id)
    await expect.poll(async () => (await customer.shop.order(order.id)).status, SOON).toBe('cancelled')
    await seeStatus(page, 'confirmed')
    line.mend()

    await seeStatus(page, 'cancelled')
    await seeTimeline(page, [PLACED, CONFIRMED, CANCEL_REQUESTED, CANCELLED])
    await seeMessages(page, ['Where is it?', 'On its way.'])
    await page.getByText('Live', { exact: true }).waitFor()
    expect(await isUnloaded(page)).toBe(false)
    // While the line was cut, the browser itself says so on the console.
    opened.complaints = opened.complaints.filter((complaint) => !/net::ERR_|WebSocket/.test(complaint))
    await page.goto('about:blank')
    await line.close()
  })

  test('the keyboard alone is enough to order and to cancel', async () => {
    const { credentials } = await register(system)
    const { page } = await visit()
    await page.goto(system.gateway)
    await focusByKey(page, 'sign-in-link')
    await page.keyboard.press('Enter')
    await typeInto(page, 'email', credentials.email)
    await typeInto(page, 'password', credentials.password)
    await page.keyboard.press('Enter')
    await page.getByTestId('sign-out').waitFor()

    await focusByKey(page, 'search-input', 'Shift+Tab')
    await page.keyboard.type('kettle')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByTestId('product-card').count(), SOON).toBe(1)
    await focusByKey(page, 'add-to-basket')
    await page.keyboard.press('Enter')
    await focusByKey(page, 'basket-link', 'Shift+Tab')
    await page.keyboard.press('Enter')
    await focusByKey(page, 'checkout-link')
    await page.keyboard.press('Enter')
    await focusByKey(page, 'test-card-select')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.getByTestId('test-card-select').inputValue(), SOON).toBe('tok_declined')
    await page.keyboard.press('ArrowUp')
    await focusByKey(page, 'place-order')
    await page.keyboard.press('Enter')
    await seeStatus(page, 'confirmed')

    await focusByKey(page, 'cancel-order')
    await page.keyboard.press('Enter')
    await focusByKey(page, 'cancel-order-confirm')
    await page.keyboard.press('Enter')
    await seeStatus(page, 'cancelled')
  })

  test('everything is in Korean after a switch, stays so, and is English again after another', async () => {
    const customer = await register(system)
    const order = await customer.order('TBL-001')
    const { page } = await enter(customer)
    await page.goto(`${system.gateway}/orders/${order.id}`)
    await page.getByTestId('order-status').getByText('Confirmed').waitFor()
    await page.getByTestId('language-switch').click()
    await page.getByTestId('order-status').getByText('주문 확정').waitFor()
    await page.reload()
    await page.getByTestId('order-status').getByText('주문 확정').waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('ko')
    expect(await page.getByTestId('timeline-entry').first().textContent()).toContain('주문이 접수되었습니다')
    await page.getByTestId('language-switch').click()
    await page.getByTestId('order-status').getByText('Confirmed').waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
  })

  test('no page is wider than a phone’s 390 px, and each can be used with a screen reader', async () => {
    const customer = await register(system)
    const order = await customer.order('TBL-001')
    const { conversation } = await customer.shop.openConversation({ orderId: order.id, body: 'Where is it?', clientId: randomUUID() })
    const [stranger, shopper, desk] = await Promise.all([
      visit({ ...PHONE, locale: 'ko-KR' }),
      enter(customer, PHONE),
      enter(await signIn(system, 'agent'), PHONE),
    ])
    await takeToCheckout(shopper.page, 'TBL-001')
    const tours: [Page, string[]][] = [
      [stranger.page, ['/', '/?category=Garden', '/?search=mug', '/products/TBL-001', '/basket', '/sign-in', '/register', '/nowhere']],
      [shopper.page, ['/', '/basket', '/checkout', '/orders', `/orders/${order.id}`, '/notifications', '/support']],
      [desk.page, ['/support', `/support/${conversation.id}`]],
    ]
    await Promise.all(tours.map(([page, paths]) => inspect(page, paths)))
  })

  test('who signs out leaves nothing behind', async () => {
    const customer = await register(system)
    const order = await customer.order('TBL-001')
    const { page } = await enter(customer)
    await page.getByTestId('sign-out').click()
    await page.getByTestId('sign-in-link').waitFor()
    await page.goto(`${system.gateway}/orders/${order.id}`)
    await page.getByTestId('email').waitFor()
  })
})
