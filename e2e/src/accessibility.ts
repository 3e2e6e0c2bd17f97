import type { Page } from 'playwright-core'

/** Roles that are of no use without a name. */
const NAMED = ['button', 'link', 'textbox', 'searchbox', 'combobox', 'spinbutton', 'dialog', 'img']
/** A line of Playwright's accessibility tree with such a role and no name after it, e.g. `- button:`. */
const NAMELESS = new RegExp(`^\\s*- (?:${NAMED.join('|')})(?:$|:| \\[)`)

/**
 * What the page's accessibility tree lacks, as sentences: exactly one first heading, one main region, header and
 * navigation, a language, a title, a name for everything that can be used, and a label for every field.
 */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const lines = (await page.locator('body').ariaSnapshot()).split('\n')
  const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length
  const faults = lines.filter((line) => NAMELESS.test(line)).map((line) => `There is no name in "${line.trim()}".`)
  const firstHeadings = count(/^\s*- heading .*\[level=1\]/)
  if (firstHeadings !== 1) faults.push(`There are ${firstHeadings} first headings.`)
  if (count(/^\s*- main(?:$|:)/) !== 1) faults.push('There is not exactly one main region.')
  if (count(/^\s*- banner(?:$|:)/) !== 1) faults.push('There is not exactly one header.')
  if (count(/^\s*- navigation "/) === 0) faults.push('There is no named navigation.')
  if (!(await page.locator('html').getAttribute('lang'))) faults.push('The document has no language.')
  if ((await page.title()) === '') faults.push('The document has no title.')
  return [...faults, ...(await fieldsWithoutLabel(page))]
}

/** A placeholder is no label: it goes when one types. */
async function fieldsWithoutLabel(page: Page): Promise<string[]> {
  const fields = await page.locator('input:visible, textarea:visible, select:visible').all()
  const faults = await Promise.all(
    fields.map(async (field) => {
      const id = await field.getAttribute('id')
      const labels = id === null ? 0 : await page.locator(`label[for="${id}"]`).count()
      return labels > 0 || (await field.getAttribute('aria-label')) ? [] : [`The field ${id ?? 'without an id'} has no label.`]
    }),
  )
  return faults.flat()
}
