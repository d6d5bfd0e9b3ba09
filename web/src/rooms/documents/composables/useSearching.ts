/** The answer to what the address looks for. */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { search, toldSimilar, type Found } from '../api'
import type { Sought } from '../finding/query'

const HITS = 60
const KEPT_MS = 60_000

export function useSearching(sought: Ref<Sought>) {
  const { locale } = useI18n({ useScope: 'global' })
  const asked = computed(
    () =>
      sought.value.question !== '' || sought.value.query !== null || sought.value.similar !== null,
  )
  const query = useQuery({
    queryKey: computed(() => ['library-search', sought.value, locale.value]),
    queryFn: ({ signal }) => answer(sought.value, locale.value, signal),
    enabled: asked,
    staleTime: KEPT_MS,
    placeholderData: keepPreviousData,
  })
  return { asked, query, found: computed(() => (asked.value ? (query.data.value ?? null) : null)) }
}

async function answer(sought: Sought, language: string, signal: AbortSignal): Promise<Found> {
  if (sought.similar !== null) return toldSimilar(sought.similar, signal)
  if (sought.query !== null) return search({ query: sought.query }, language, HITS, signal)
  const { question, folder } = sought
  return search(folder === null ? { question } : { question, folder }, language, HITS, signal)
}
