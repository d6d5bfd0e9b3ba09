/** The claims of the list, page by page, by the filters in the address. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, problemIn, send, told, type Shape } from '@/api/client'
import type { Filters } from '../list/filters'

const ROWS = 100
const HEAD_ROWS = 20
const LOOK_AGAIN_MS = 20_000

export function useClaimList(filters: Ref<Filters>) {
  const queries = useQueryClient()
  const key = computed(() => ['claims', 'list', filters.value])

  const query = (cursor: string | undefined, limit: number) => {
    const { mine, status, category } = filters.value
    return {
      mine,
      limit,
      ...(status ? { status } : {}),
      ...(category ? { category } : {}),
      ...(cursor ? { cursor } : {}),
    }
  }
  const pages = useInfiniteQuery({
    queryKey: key,
    enabled: computed(() => filters.value.q === ''),
    queryFn: ({ pageParam, signal }) =>
      told(api.GET('/api/claims', { params: { query: query(pageParam, ROWS) }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    // A hundred pages are not asked anew because somebody looked away.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    staleTime: 60_000,
  })
  /** The newest rows, asked again and again: whether the list is still true. */
  const head = useQuery({
    queryKey: computed(() => ['claims', 'head', filters.value]),
    enabled: computed(() => filters.value.q === ''),
    queryFn: ({ signal }) =>
      told(api.GET('/api/claims', { params: { query: query(undefined, HEAD_ROWS) }, signal })),
    refetchInterval: LOOK_AGAIN_MS,
  })
  const found = useQuery({
    queryKey: computed(() => ['claims', 'search', filters.value.q]),
    enabled: computed(() => filters.value.q !== ''),
    queryFn: ({ signal }) => search(filters.value.q, signal),
  })

  /** Rows that changed since their page was loaded, as they are now. */
  const now = computed(
    () => new Map((head.data.value?.claims ?? []).map((each) => [each.id, each])),
  )
  const rows = computed(() => {
    if (filters.value.q !== '') return found.data.value?.claims ?? []
    const loaded = pages.data.value?.pages.flatMap((page) => page.claims) ?? []
    return loaded.map((row) => now.value.get(row.id) ?? row)
  })
  /** New ones above, or ones that moved elsewhere: a press away, so that nothing jumps. */
  const outdated = computed(() => {
    const known = new Set(rows.value.map((row) => row.id))
    return filters.value.q === '' && [...now.value.keys()].some((id) => !known.has(id))
  })
  const asked = computed(() => (filters.value.q === '' ? pages : found))

  return {
    rows,
    outdated,
    error: computed(() => asked.value.error.value),
    pending: computed(() => asked.value.isPending.value),
    more: pages.hasNextPage,
    loadingMore: pages.isFetchingNextPage,
    async loadMore() {
      if (filters.value.q === '' && pages.hasNextPage.value && !pages.isFetchingNextPage.value)
        await pages.fetchNextPage()
    },
    refresh: () =>
      filters.value.q === '' ? queries.resetQueries({ queryKey: key.value }) : found.refetch(),
  }
}

/** Claims within reach by id, note, number, seller or amount. */
async function search(q: string, signal: AbortSignal): Promise<{ claims: Shape<'ClaimShown'>[] }> {
  const address = `${window.location.origin}/api/search?${new URLSearchParams({ q })}`
  const response = await send(new Request(address, { signal }))
  if (!response.ok) throw await problemIn(response)
  return (await response.json()) as { claims: Shape<'ClaimShown'>[] }
}
