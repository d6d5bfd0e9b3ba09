/** The queue as it is shown: pages of it, asked again in the background without a jump. */
import { useInfiniteQuery } from '@tanstack/vue-query'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { api, told } from '@/api/client'
import { askedOf, oldEnough, refreshed, type Filters, type Queued } from '../queue'

const REFRESH_MS = 20_000
const PAGE_ROWS = 100

export const queueKey = (filters: Filters) => ['reviews', askedOf(filters)] as const

export function useQueue(filters: Ref<Filters>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => queueKey(filters.value)),
    queryFn: ({ pageParam, signal }) =>
      told(
        api.GET('/api/reviews', {
          params: {
            query: { ...askedOf(filters.value), limit: PAGE_ROWS, cursor: pageParam ?? undefined },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: REFRESH_MS,
  })

  const current = computed(() => query.data.value?.pages.flatMap((page) => page.reviews) ?? [])
  const counts = computed(() => {
    const told = query.data.value?.pages[0]?.counts
    return told ? { decide: told.decide ?? 0, appeal: told.appeal ?? 0 } : null
  })
  const shown = shallowRef<Queued[]>([])
  const gone = shallowRef(new Set<string>())
  const fresh = ref(0)
  let pages = 0

  /** All that stands now, in its order. */
  function takeOver(): void {
    shown.value = current.value
    gone.value = new Set()
    fresh.value = 0
  }

  watch(
    // The same filters may come as another object.
    () => JSON.stringify(queueKey(filters.value)),
    () => takeOver(),
  )
  watch(
    current,
    (now) => {
      const grown = (query.data.value?.pages.length ?? 0) > pages
      pages = query.data.value?.pages.length ?? 0
      if (shown.value.length === 0 || grown || window.scrollY === 0) return takeOver()
      const told = refreshed(shown.value, now)
      shown.value = told.rows
      gone.value = told.gone
      fresh.value = told.fresh
    },
    { immediate: true },
  )

  const rows = computed(() => shown.value.filter((row) => oldEnough(row, filters.value)))
  async function refresh(): Promise<void> {
    await query.refetch()
    takeOver()
  }

  return { query, rows, gone, fresh, counts, refresh, takeOver }
}
