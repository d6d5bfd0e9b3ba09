/** Categories as the shipped policy names them; what is sent is the Chinese name. Pure. */

export const CATEGORIES = [
  { name: '餐饮', en: 'Meals', also: ['餐费', 'meals'] },
  { name: '交通', en: 'Transport', also: ['市内交通', 'transport'] },
  { name: '住宿', en: 'Hotel', also: ['hotel'] },
  { name: '办公', en: 'Office', also: ['办公用品', 'office'] },
  { name: '招待', en: 'Entertainment', also: ['业务招待', 'entertainment'] },
] as const

export const UNSPECIFIED = 'unspecified'

/** What a category is called in a language; a company's own are shown as they are. */
export function categoryName(category: string, language: string): string {
  const chinese = language.startsWith('zh')
  if (category === UNSPECIFIED || category === '') return chinese ? '未指定' : 'Not named'
  const found = CATEGORIES.find(
    ({ name, also }) => name === category || (also as readonly string[]).includes(category),
  )
  if (found === undefined) return category
  return chinese ? category : found.en
}

const OWN_MAX = 6

/** Other categories that were used before, the latest first. */
export function usedBefore(categories: readonly string[]): string[] {
  const shipped = new Set<string>(CATEGORIES.flatMap(({ name, also }) => [name, ...also]))
  const own = categories.filter((each) => each !== UNSPECIFIED && !shipped.has(each))
  return [...new Set(own)].slice(0, OWN_MAX)
}
