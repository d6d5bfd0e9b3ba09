/** Pages that fit what somebody types. Pure. */

export interface FoundPage {
  path: string
  title: string
  about: string
}

/** All of them for nothing typed; else those whose title, then whose description has it. */
export function pagesLike(sought: string, pages: readonly FoundPage[]): FoundPage[] {
  const wanted = sought.trim().toLowerCase()
  if (wanted === '') return [...pages]
  const titled = pages.filter((page) => page.title.toLowerCase().includes(wanted))
  const described = pages.filter(
    (page) => !titled.includes(page) && page.about.toLowerCase().includes(wanted),
  )
  return [...titled, ...described]
}
