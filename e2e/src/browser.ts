import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page, type WebSocket } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const DEBIAN_CHROMIUM = '/usr/bin/chromium'
/** Nothing but the page under test is to load the machine or leave it. */
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const WAIT_MS = 20_000

/** Finds a Chromium in the folders of a PATH, else where Debian puts it; undefined when there is none. */
export function findChromium(searchPath: string): string | undefined {
  const places = searchPath.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)))
  return [...places, DEBIAN_CHROMIUM].find(isExecutable)
}

/** Starts a Chromium without a window; the caller closes it. */
export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ARGS })
}

/** Somebody's browser: a page with cookies and storage of its own, and what it has said. */
export interface Visit {
  page: Page
  /** Errors on the console, errors that nobody caught, and violations of the content policy, as they come. */
  complaints: string[]
  /** The live topics that the page has been subscribed to, in order; a reconnection adds them again. */
  subscribed: string[]
  close(): Promise<void>
}

/** Opens a page in English, 1280 x 800, unless told otherwise. Every wait on it ends after 20 s. */
export async function openVisit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 800 }, ...options })
  context.setDefaultTimeout(WAIT_MS)
  await context.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => console.error('Content policy: ' + event.violatedDirective + ' ' + event.blockedURI))`,
  )
  const page = await context.newPage()
  const visit: Visit = { page, complaints: [], subscribed: [], close: () => context.close() }
  page.on('console', (message) => {
    if (message.type() === 'error') visit.complaints.push(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => visit.complaints.push(String(error)))
  page.on('websocket', (socket) => followSubscriptions(socket, visit.subscribed))
  return visit
}

/** Marks the document that is shown now, so that `isUnloaded` can tell whether it was loaded anew since. */
export async function markDocument(page: Page): Promise<void> {
  await page.evaluate(`window.markedByTest = true`)
}

/** True when the page was reloaded, or left by a real navigation, since it was marked. */
export async function isUnloaded(page: Page): Promise<boolean> {
  return (await page.evaluate(`window.markedByTest`)) !== true
}

/**
 * Notes every value that an attribute of the element with the test id has from now on, however short and whenever the
 * element comes; the answer reads them.
 */
export async function watchAttribute(page: Page, testId: string, attribute: string): Promise<() => Promise<string[]>> {
  await page.evaluate(`
    window.watchedByTest = []
    new MutationObserver(() => {
      const value = document.querySelector('[data-testid="${testId}"]')?.getAttribute('${attribute}')
      if (value && value !== window.watchedByTest.at(-1)) window.watchedByTest.push(value)
    }).observe(document, { subtree: true, childList: true, attributes: true })`)
  return () => page.evaluate<string[]>(`window.watchedByTest`)
}

/** How far the document is wider than the window, in CSS pixels. */
export async function overflowPx(page: Page): Promise<number> {
  return Number(await page.evaluate(`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
}

/** Presses `key` until the element with the test id has the focus, as somebody without a mouse does. */
export async function focusByKey(page: Page, testId: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const focused = page.locator(`[data-testid="${testId}"]:focus`)
  await page.getByTestId(testId).first().waitFor()
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press(key)
    if ((await focused.count()) > 0) return
  }
  throw new Error(`${key} does not reach "${testId}" at ${page.url()}.`)
}

/** Goes to a field by Tab and enters text at one stroke; throws when not all of it arrived. */
export async function typeInto(page: Page, testId: string, text: string): Promise<void> {
  await focusByKey(page, testId)
  await page.keyboard.insertText(text)
  const typed = await page.getByTestId(testId).inputValue()
  if (typed !== text) throw new Error(`Of the ${text.length} characters typed into "${testId}" ${typed.length} arrived at ${page.url()}.`)
}

/** What a page shows, for the report of a test that failed: its address, its text, and how full each field is. */
export async function describePage(page: Page): Promise<string> {
  const fields = await page.evaluate<string>(
    `[...document.querySelectorAll('input')].map((field) => field.name + ': ' + field.value.length + ' characters' + (field === document.activeElement ? ', focused' : '')).join('; ')`,
  )
  const text = await page.evaluate<string>(`document.body.innerText.slice(0, 600)`)
  return `${page.url()}\n${fields}\n${text}`
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function followSubscriptions(socket: WebSocket, subscribed: string[]) {
  socket.on('framereceived', ({ payload }) => {
    const topic = /^\{"type":"subscribed","topic":"([^"]+)"/.exec(payload.toString())?.[1]
    if (topic !== undefined) subscribed.push(topic)
  })
}
