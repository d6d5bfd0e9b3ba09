/** One's notices: asked for gently while the page is looked at, and when it comes back. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, told, type Shape } from '@/api/client'

export type Notice = Shape<'NoticeShown'>

const POLL_MS = 60_000
const ROWS = 20
export const NOTICES = ['notices'] as const

export function useNotices() {
  const client = useQueryClient()
  const query = useInfiniteQuery({
    queryKey: NOTICES,
    queryFn: ({ pageParam }) =>
      told(api.GET('/api/notices', { params: { query: { limit: ROWS, cursor: pageParam } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: POLL_MS,
    refetchOnWindowFocus: 'always',
  })
  const notices = computed(() => query.data.value?.pages.flatMap((page) => page.notices) ?? [])
  const unread = computed(() => query.data.value?.pages[0]?.unread ?? 0)
  const reading = useMutation({
    mutationFn: (ids: string[] | null) => told(api.POST('/api/notices/read', { body: { ids } })),
    onSuccess: () => client.invalidateQueries({ queryKey: NOTICES }),
  })
  const read = (notice: Notice): void => {
    if (notice.read_at === null) reading.mutate([notice.id])
  }
  const readAll = (): void => reading.mutate(null)
  return { query, notices, unread, read, readAll, reading }
}
