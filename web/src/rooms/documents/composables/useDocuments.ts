/** The documents of a list, page by page, and how far the reading of new ones is. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, watch, type Ref } from 'vue'
import { toldDocuments, toldProgress, type DocumentShown, type Wanted } from '../api'

const LOOK_AGAIN_MS = 3_000
const LOOK_SELDOM_MS = 30_000

export function useDocuments(wanted: Ref<Wanted>) {
  const client = useQueryClient()
  const key = computed(() => ['library', 'documents', wanted.value])
  const pages = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => toldDocuments(wanted.value, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    refetchOnWindowFocus: false,
    staleTime: 30_000,
  })
  const rows = computed<DocumentShown[]>(
    () => pages.data.value?.pages.flatMap((page) => page.documents) ?? [],
  )
  const unread = computed(() =>
    rows.value.some((each) => each.state === 'waiting' || each.state === 'reading'),
  )
  const progress = useQuery({
    queryKey: ['library-progress'],
    queryFn: ({ signal }) => toldProgress(signal),
    refetchInterval: computed(() => (unread.value ? LOOK_AGAIN_MS : LOOK_SELDOM_MS)),
    enabled: computed(() => !wanted.value.trashed),
  })
  // Something was read meanwhile: what is shown is asked anew.
  watch(
    () => JSON.stringify(progress.data.value),
    (_, before) => {
      if (before !== undefined) void client.invalidateQueries({ queryKey: ['library'] })
    },
  )

  return {
    rows,
    progress: computed(() => progress.data.value ?? null),
    error: pages.error,
    pending: pages.isPending,
    more: pages.hasNextPage,
    loadingMore: pages.isFetchingNextPage,
    async loadMore() {
      if (pages.hasNextPage.value && !pages.isFetchingNextPage.value) await pages.fetchNextPage()
    },
    refresh: () => client.invalidateQueries({ queryKey: ['library'] }),
  }
}
