const formats = new Map<string, Intl.NumberFormat>() // bounded: languages of the app x currencies of the shop

/** An amount of minor units (pence, won) as people of `language` write it, e.g. `£12.50`, `₩12,000`. */
export function formatMoney(minorUnits: number, currency: string, language: string): string {
  const format = moneyFormat(currency, language)
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(minorUnits / 10 ** digits)
}

function moneyFormat(currency: string, language: string): Intl.NumberFormat {
  const key = `${language} ${currency}`
  const known = formats.get(key)
  if (known) return known
  const format = new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
  formats.set(key, format)
  return format
}
