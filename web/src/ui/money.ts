/** Money as text: exact decimals in, as the language writes them out. */

const DECIMAL = /^-?\d{1,18}(\.\d{1,6})?$/

/** `¥1,234.50`; what is no number is given back as it is, nothing as an empty text. */
export function moneyText(
  amount: string | number | null | undefined,
  language: string,
  currency = 'CNY',
): string {
  if (amount === null || amount === undefined || amount === '') return ''
  const text = String(amount)
  if (!DECIMAL.test(text)) return text
  const format = formatOf(language, currency)
  // A text is formatted exactly, a number only to 15 digits.
  return format === null ? `${text} ${currency}` : format.format(text as Intl.StringNumericLiteral)
}

function formatOf(language: string, currency: string): Intl.NumberFormat | null {
  const locale = language.startsWith('zh') ? 'zh-CN' : 'en'
  try {
    return new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
    })
  } catch {
    return null // no code of a currency
  }
}
