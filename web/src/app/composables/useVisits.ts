/** What happens when another page opens: its title, the focus on its heading, and a word of it. */
import { nextTick, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { useAnnounce } from '@/ui/useAnnounce'

const TRIES_MAX = 20
const TRY_MS = 50

export function useVisits(): void {
  const router = useRouter()
  const { t, locale } = useI18n({ useScope: 'global' })
  const announce = useAnnounce()
  const titleOf = (): string => t(router.currentRoute.value.meta.title ?? 'product')
  const name = (): void => {
    const title = titleOf()
    document.title = title === t('product') ? title : `${title} · ${t('product')}`
  }

  watch(locale, name)
  router.afterEach((to, from, failure) => {
    if (failure) return
    if (to.path !== from.path) name()
    // The first page has the browser's own announcement; the same page keeps its focus.
    if (from.matched.length === 0 || to.name === from.name) return
    announce(t('frame.opened', { title: titleOf() }))
    if (!to.meta.ownFocus) void focusHeading(() => router.currentRoute.value.path === to.path)
  })
}

/** The heading of the new page, which may still be on its way; until then, the place for it. */
async function focusHeading(still: () => boolean): Promise<void> {
  await nextTick()
  const main = document.getElementById('main')
  main?.focus({ preventScroll: true })
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    // Whoever moved the focus meanwhile keeps it.
    if (!still() || (document.activeElement !== main && document.activeElement !== document.body))
      return
    const heading = main?.querySelector<HTMLElement>('h1')
    if (heading) {
      if (!heading.hasAttribute('tabindex')) heading.tabIndex = -1
      heading.focus({ preventScroll: true })
      return
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_MS))
  }
}
